package dev.firstpass.server.runtime.batch.schedule;

import java.util.ArrayList;

/// Rows of one bucket, one tenant and one class, in the order in which they are due.
///
/// One thread only. The first are taken in constant time; adding and removing others moves up to all references.
final class DueQueue<T> {
    /// The one that is due first at the end.
    private final ArrayList<QueuedRow<T>> rows = new ArrayList<>();

    int size() {
        return rows.size();
    }

    boolean isEmpty() {
        return rows.isEmpty();
    }

    /// @param index 0 is due first
    QueuedRow<T> get(int index) {
        return rows.get(rows.size() - 1 - index);
    }

    void add(QueuedRow<T> row) {
        rows.add(place(row), row);
    }

    QueuedRow<T> remove(int index) {
        return rows.remove(rows.size() - 1 - index);
    }

    void remove(QueuedRow<T> row) {
        QueuedRow<T> removed = rows.remove(place(row));
        if (!removed.equals(row)) {
            throw new IllegalStateException("the row is not here");
        }
    }

    /// How many are due before a time.
    int dueBefore(long nanos) {
        int low = 0;
        int high = rows.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (get(middle).dueNanos() - nanos < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private int place(QueuedRow<T> row) {
        int low = 0;
        int high = rows.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (row.isBefore(rows.get(middle))) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
