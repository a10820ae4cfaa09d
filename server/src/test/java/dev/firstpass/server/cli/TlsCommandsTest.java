package dev.firstpass.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.server.config.Authentication;
import dev.firstpass.server.config.IdentityConfig;
import dev.firstpass.server.frontend.TestServer;
import dev.firstpass.server.tls.TestPki;
import dev.firstpass.server.tls.TlsFiles;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Commands that talk to a server with TLS.
final class TlsCommandsTest {
    private static void assertLists(Endpoint endpoint) {
        try (RegistryAccess registry = new RemoteRegistry(endpoint)) {
            assertEquals("coco", registry.list().getFirst().name());
        }
    }

    private static String refusal(Endpoint endpoint) {
        try (RegistryAccess registry = new RemoteRegistry(endpoint)) {
            return String.valueOf(
                    assertThrows(CliException.class, registry::list).getMessage());
        }
    }

    @Test
    void command_trustsAFileWithAuthorities_orTheServersOwnCertificate(@TempDir Path temp) throws IOException {
        TestPki authority = new TestPki("authority");
        TlsFiles files = authority.issue("server").write(temp, "server");
        Path other = new TestPki("other").write(temp);
        try (TestServer server = TestServer.identified(
                Authentication.NONE, new IdentityConfig(Optional.of(files), Map.of(), Optional.empty()))) {
            URI root = server.listeners.managementUri();
            assertLists(Endpoint.of(
                    root, Map.of("FIRSTPASS_CA_FILE", authority.write(temp).toString())));
            assertTrue(refusal(Endpoint.of(root, Map.of("FIRSTPASS_CA_FILE", other.toString())))
                    .contains("FIRSTPASS_CA_FILE"));
            assertTrue(refusal(Endpoint.of(root)).contains("does not prove who it is"));
            CliException none = assertThrows(
                    CliException.class,
                    () -> new RemoteRegistry(Endpoint.of(root, Map.of("FIRSTPASS_CA_FILE", "none"))));
            assertTrue(String.valueOf(none.getMessage()).contains("a file that can be read"));

            ServerFile file = new ServerFile(
                    ProcessHandle.current().pid(),
                    server.listeners.dataUri(),
                    root,
                    Instant.now(),
                    Optional.empty(),
                    Optional.of(files.certificate()));
            assertTrue(file.isAnswering());
            assertLists(file.management());

            // Under the same name, and not the server that this file is of.
            TlsFiles another = authority.issue("server").write(temp, "another");
            ServerFile wrong = new ServerFile(
                    file.pid(),
                    file.url(),
                    root,
                    file.startedAt(),
                    Optional.empty(),
                    Optional.of(another.certificate()));
            assertFalse(wrong.isAnswering());
            wrong.write(temp);
            String said = CommandRun.of(new FakeParts(), "models", "list", "--data", temp.toString())
                    .err();
            assertTrue(said.contains("shows another certificate than that in " + another.certificate()), said);
        }
    }
}
