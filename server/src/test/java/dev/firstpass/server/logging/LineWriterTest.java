package dev.firstpass.server.logging;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.server.config.Authentication;
import dev.firstpass.server.config.LogFormat;
import dev.firstpass.server.config.ObservabilityConfig;
import dev.firstpass.server.config.RequestLines;
import dev.firstpass.server.frontend.FakeBackend;
import dev.firstpass.server.frontend.TestServer;
import java.io.ByteArrayOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/// That nobody waits for a log that takes no lines.
@Isolated
final class LineWriterTest {
    private static final int MOST_BYTES = 16 << 10;

    @Test
    void lines_areWrittenInOrder() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (LineWriter writer = new LineWriter(out, MOST_BYTES, lost -> "lost " + lost + "\n")) {
            for (int i = 0; i < 100; i++) {
                writer.accept(i + "\n");
            }
        }
        String[] lines = out.toString(StandardCharsets.UTF_8).split("\n", -1);
        assertEquals(101, lines.length);
        assertEquals("99", lines[99]);
    }

    @Test
    void logThatRefusesLines_losesThem_andNothingElse() {
        OutputStream full = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("No space left on device");
            }
        };
        LineWriter writer = new LineWriter(full, MOST_BYTES, lost -> "lost " + lost + "\n");
        for (int i = 0; i < 10; i++) {
            writer.accept(i + "\n");
        }
        writer.close();
        assertEquals(10, writer.dropped());
    }

    /// A server whose log is a pipe that nobody reads.
    @Test
    void pipeThatNobodyReads_keepsNoRequestWaiting(@TempDir Path folder) throws Exception {
        Path pipe = folder.resolve("log");
        assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
        Logger root = Logger.getLogger("");
        try (RandomAccessFile reader = new RandomAccessFile(pipe.toFile(), "rw");
                FileOutputStream out = new FileOutputStream(pipe.toFile());
                LineWriter writer = new LineWriter(out, MOST_BYTES, lost -> lost + " lines are lost\n")) {
            LogHandler handler =
                    new LogHandler(LineForm.of(LogFormat.JSON), writer::accept, new LineLimits(), System::nanoTime);
            try (TestServer server = TestServer.observed(
                    new FakeBackend(), Authentication.NONE, ObservabilityConfig.STANDARD.with(RequestLines.ALL))) {
                root.addHandler(handler);
                int sent = 0;
                while (writer.dropped() == 0) {
                    assertEquals(200, server.get("/v1/models").statusCode());
                    sent++;
                    assertTrue(sent < 10_000, "the log takes whatever comes");
                }
                long began = System.nanoTime();
                for (int i = 0; i < 100; i++) {
                    assertEquals(200, server.get("/v1/models").statusCode());
                }
                assertTrue(System.nanoTime() - began < Duration.ofSeconds(10).toNanos());
                assertTrue(writer.dropped() >= 100, () -> "dropped: " + writer.dropped());
            } finally {
                root.removeHandler(handler);
            }

            // Somebody reads again.
            String line = "";
            while (!line.contains("lines are lost")) {
                line = reader.readLine();
                assertFalse(line == null, "the pipe ended");
            }
            assertTrue(Integer.parseInt(line.substring(0, line.indexOf(' '))) >= 100, line);
        }
    }
}
