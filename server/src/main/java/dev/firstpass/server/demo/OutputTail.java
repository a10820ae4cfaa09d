package dev.firstpass.server.demo;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;

/// The end of what a program prints. It is kept in memory: a program that fails because the disk is full must still be
/// able to say so.
///
/// Thread-safe; owns one virtual thread, which ends with the stream.
final class OutputTail {
    private static final int KEPT_BYTES = 8192;
    private static final int PIECE_BYTES = 4096;

    /// How long after its end a program's output is waited for, since a program that it started may hold the stream.
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final InputStream in;
    private final Thread reader;
    private byte[] kept = new byte[0];

    private OutputTail(InputStream in) {
        this.in = in;
        this.reader = Thread.ofVirtual().name("program-output").unstarted(this::read);
    }

    /// Begins to read; closes the stream at its end.
    static OutputTail of(InputStream in) {
        OutputTail tail = new OutputTail(in);
        tail.reader.start();
        return tail;
    }

    /// The last 8192 bytes as text, once the stream has ended or a moment has passed.
    String await() throws InterruptedException {
        var _ = reader.join(PATIENCE);
        synchronized (this) {
            return new String(kept, StandardCharsets.UTF_8);
        }
    }

    private void read() {
        byte[] piece = new byte[PIECE_BYTES];
        try (in) {
            for (int length = in.read(piece); length >= 0; length = in.read(piece)) {
                keep(piece, length);
            }
        } catch (IOException _) {
            // The program was ended; what it said until then is kept.
        }
    }

    private synchronized void keep(byte[] piece, int length) {
        byte[] all = Arrays.copyOf(kept, kept.length + length);
        System.arraycopy(piece, 0, all, kept.length, length);
        kept = Arrays.copyOfRange(all, Math.max(0, all.length - KEPT_BYTES), all.length);
    }
}
