package dev.firstpass.server.runtime.device.worker;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The thread of a worker process. Linux ends a worker with the *thread* that started it; so each has a platform thread of
/// its own, which starts it, logs what it says on stderr, and ends after it.
///
/// Thread-safe.
final class WorkerThread {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerThread.class);

    /// A crash says two thousand lines, and a worker may say what it likes.
    private static final int MOST_LINES = 60;

    private static final int LONGEST_LINE = 500;

    private WorkerThread() {}

    /// Starts a process on a new thread.
    ///
    /// @param name of the thread
    /// @throws java.util.concurrent.CompletionException if the process does not start
    static Process start(String name, ProcessBuilder builder) {
        CompletableFuture<Process> started = new CompletableFuture<>();
        Thread.ofPlatform().name(name).daemon().start(() -> supervise(builder, started));
        return started.join();
    }

    private static void supervise(ProcessBuilder builder, CompletableFuture<Process> started) {
        Process process;
        try {
            process = builder.start();
        } catch (IOException | RuntimeException e) {
            started.completeExceptionally(e);
            return;
        }
        started.complete(process);
        try (BufferedReader lines = process.errorReader()) {
            log(process.pid(), lines);
        } catch (IOException e) {
            LOG.warn("worker {}: its stderr cannot be read", process.pid(), e);
        }
        var _ = process.onExit().join();
    }

    private static void log(long pid, BufferedReader lines) throws IOException {
        int count = 0;
        StringBuilder line = new StringBuilder();
        for (int c = lines.read(); c >= 0; c = lines.read()) {
            if (c != '\n') {
                if (line.length() < LONGEST_LINE) {
                    line.append((char) c);
                }
                continue;
            }
            if (++count <= MOST_LINES) {
                LOG.warn("worker {}: {}", pid, RemoteSession.shown(line.toString()));
            }
            line.setLength(0);
        }
        if (count > MOST_LINES) {
            LOG.warn("worker {}: {} lines more", pid, count - MOST_LINES);
        }
    }
}
