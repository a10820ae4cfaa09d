package dev.firstpass.server.logging;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongFunction;

/// Takes lines at once and writes them on a thread of its own, so that nobody waits for a log that is full, or that nobody
/// reads. What finds no room is dropped and counted; when the log takes lines again, one tells how many were lost.
///
/// Thread-safe. The stream is its owner's; closing this waits a moment for what is left.
final class LineWriter implements AutoCloseable {
    private static final long CLOSING_MILLIS = 1000;

    private final OutputStream out;
    private final int mostBytes;
    private final LongFunction<String> lostLine;
    private final Thread thread;
    private final AtomicLong dropped = new AtomicLong();

    /// Guarded by itself.
    private final Deque<byte[]> lines = new ArrayDeque<>();

    /// Of `lines`, and guarded by them, as `isClosed` is.
    private int bytes;

    private boolean isClosed;

    /// @param out written to by one thread, and flushed after each line that none follows at once
    /// @param mostBytes of lines that wait
    /// @param lostLine the line that tells how many were lost
    LineWriter(OutputStream out, int mostBytes, LongFunction<String> lostLine) {
        this.out = out;
        this.mostBytes = mostBytes;
        this.lostLine = lostLine;
        this.thread = Thread.ofPlatform().name("log").daemon().start(this::run);
    }

    /// Returns at once, whatever the log does.
    void accept(String line) {
        byte[] encoded = line.getBytes(StandardCharsets.UTF_8);
        synchronized (lines) {
            if (!isClosed && bytes + encoded.length <= mostBytes) {
                lines.add(encoded);
                bytes += encoded.length;
                lines.notifyAll();
                return;
            }
        }
        dropped.incrementAndGet();
    }

    /// Lines that were not written, since there was no room for them or the log refused them.
    long dropped() {
        return dropped.get();
    }

    private void run() {
        long told = 0;
        try {
            while (true) {
                byte[] line = next();
                if (line.length == 0) {
                    return;
                }
                try {
                    out.write(line);
                    long lost = dropped.get();
                    if (lost > told) {
                        out.write(lostLine.apply(lost - told).getBytes(StandardCharsets.UTF_8));
                        told = lost;
                    }
                    out.flush();
                } catch (IOException _) {
                    dropped.incrementAndGet();
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /// @return an empty one at the end
    private byte[] next() throws InterruptedException {
        synchronized (lines) {
            while (lines.isEmpty() && !isClosed) {
                lines.wait();
            }
            byte[] line = lines.poll();
            if (line == null) {
                return new byte[0];
            }
            bytes -= line.length;
            return line;
        }
    }

    @Override
    public void close() {
        synchronized (lines) {
            isClosed = true;
            lines.notifyAll();
        }
        try {
            thread.join(CLOSING_MILLIS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
