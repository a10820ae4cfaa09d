package dev.firstpass.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ServerFileTest {
    @TempDir
    Path data = Path.of("");

    @Test
    void file_written_isReadBack() throws IOException {
        ServerFile file = file(ProcessHandle.current().pid());

        file.write(data);

        assertEquals(Optional.of(file), ServerFile.read(data));
        assertEquals(Optional.of(file), ServerFile.findAlive(data));
    }

    @Test
    void file_ofAProcessThatEnded_isStale() throws Exception {
        Process ended = new ProcessBuilder("true").start();
        ended.waitFor();

        file(ended.pid()).write(data);

        assertEquals(Optional.empty(), ServerFile.findAlive(data));
    }

    @Test
    void delete_ofAnotherServersFile_leavesIt() throws IOException {
        file(1).write(data);

        file(2).delete(data);
        assertTrue(Files.exists(data.resolve("server.json")));

        file(1).delete(data);
        assertFalse(Files.exists(data.resolve("server.json")));
    }

    @Test
    void token_canBeReadByTheOwnerAlone_andIsInNoText() throws IOException {
        file(1).write(data);

        assertEquals(
                Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE),
                Files.getPosixFilePermissions(data.resolve("server.json")));
        ServerFile read = ServerFile.read(data).orElseThrow();
        assertEquals(Optional.of("fp_secret"), read.management().token());
        assertEquals(read.data().token(), read.management().token());
        for (Object text : List.of(read, read.data(), read.management())) {
            assertFalse(text.toString().contains("fp_"), text::toString);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[]", "{\"pid\": 1, \"url\": \"http://h h\"}", "\u0000"})
    void damagedFile_isNoServer(String content) throws IOException {
        Files.writeString(data.resolve("server.json"), content);

        assertEquals(Optional.empty(), ServerFile.read(data));
    }

    private static ServerFile file(long pid) {
        return new ServerFile(
                pid,
                URI.create("http://127.0.0.1:8080/"),
                URI.create("http://127.0.0.1:8081/"),
                Instant.parse("2026-01-01T00:00:00Z"),
                Optional.of("fp_secret"),
                Optional.of(Path.of("/etc/firstpass/tls.crt")));
    }
}
