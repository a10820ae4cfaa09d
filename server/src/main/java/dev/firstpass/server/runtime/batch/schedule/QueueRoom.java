package dev.firstpass.server.runtime.batch.schedule;

/// How much may wait.
///
/// Immutable.
///
/// @param rows 1 at least
/// @param bytes of rows' memory
/// @param pixels of rows' buckets
public record QueueRoom(int rows, long bytes, long pixels) {
    static final QueueRoom DEFAULT = new QueueRoom(4096, 4L << 30, 4096L * 1024 * 1024);

    public QueueRoom {
        if (rows < 1 || bytes < 1 || pixels < 1) {
            throw new IllegalArgumentException(
                    "room: " + rows + " rows, " + bytes + " bytes, " + pixels + " pixels (expected: >= 1 of each)");
        }
    }

    public QueueRoom withRows(int newRows) {
        return new QueueRoom(newRows, bytes, pixels);
    }

    /// A part of it, of which there is one row at least.
    QueueRoom part(double share) {
        return new QueueRoom(
                (int) Math.max(1, rows * share), (long) Math.max(1, bytes * share), (long) Math.max(1, pixels * share));
    }
}
