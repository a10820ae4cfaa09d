package dev.firstpass.loadtest;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// The beginning and the end of servers in processes of their own.
///
/// Thread-safe.
public final class Servers {
    private static final String READY = "ready ";

    private Servers() {}

    /// Reads what a server prints until it serves.
    ///
    /// @param lines what it prints; not closed
    /// @return where it serves
    /// @throws IOException if it ends before; its process is ended, too
    public static URI awaitReady(Process server, BufferedReader lines) throws IOException {
        String last = "";
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.startsWith(READY)) {
                return URI.create(line.substring(READY.length()).strip());
            }
            last = line;
        }
        server.destroyForcibly();
        throw new IOException("the server ended before it was ready; its last line: " + last);
    }

    /// Waits for the end of a server that was told to end. One that takes longer is killed, as it is when the caller is
    /// interrupted.
    public static void awaitEnd(Process server, Duration longest) {
        try {
            if (!server.waitFor(longest.toSeconds(), TimeUnit.SECONDS)) {
                server.destroyForcibly();
            }
        } catch (InterruptedException _) {
            server.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
