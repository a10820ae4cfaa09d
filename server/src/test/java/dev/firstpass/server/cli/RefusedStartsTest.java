package dev.firstpass.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.store.RegistrySettings;
import dev.firstpass.server.ServerRuntime;
import dev.firstpass.server.e2e.JavaProcess;
import dev.firstpass.server.tls.TestPki;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A start with a wrong setting, a missing secret or a bad certificate is refused: exit code 2, one line with the key and the mend,
/// and nothing half-started, which is no listener, no thread, no data directory that was made, and none that was touched.
final class RefusedStartsTest {
    private static final ServerParts PARTS = new ServerParts(Optional.empty());

    @TempDir
    Path temp = Path.of("");

    private int port;
    private int adminPort;

    /// `FILE` in the cases below stands for this folder.
    @BeforeEach
    void files() throws IOException {
        TestPki authority = new TestPki("authority");
        authority.issue("server").write(temp, "server");
        authority.issue("another").write(temp, "another");
        authority
                .issue("old", Instant.parse("2019-01-02T03:04:05Z"), Instant.parse("2020-01-02T03:04:05Z"))
                .write(temp, "old");
        Files.writeString(temp.resolve("garbage"), "no certificate, no key and no secret of any kind: \t\n");
        Files.writeString(temp.resolve("empty"), "\n");
        Files.createDirectory(temp.resolve("folder"));
        try (ServerSocket one = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = one.getLocalPort();
            adminPort = other.getLocalPort();
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            security.tls: {certificate: FILE/server.crt, key: FILE/another.key}  | security.tls.key: 'FILE/another.key' (expected: the private key of the certificate; this one is of another)
            security.tls: {certificate: FILE/old.crt, key: FILE/old.key}         | security.tls.certificate: 'FILE/old.crt' (expected: a certificate that has not expired; this one did at 2020-01-02T03:04:05Z)
            security.tls: {certificate: FILE/garbage, key: FILE/server.key}      | security.tls.certificate: 'FILE/garbage' (expected: certificates in PEM: `-----BEGIN CERTIFICATE-----`)
            security.tls: {certificate: FILE/folder, key: FILE/server.key}       | security.tls.certificate: 'FILE/folder' (expected: a file that can be read)
            security.tls: {certificate: FILE/server.crt}                         | security.tls.certificate: 'FILE/server.crt' (expected: security.tls.key beside it)
            security.tls: {certificate: FILE/server.crt, key: FILE/none}         | security.tls.key: 'FILE/none' (expected: a file that can be read)
            security: {authentication: tokens, tls: {certificate: FILE/server.crt, key: FILE/server.key, client-authorities: FILE/garbage}} | security.tls.client-authorities: 'FILE/garbage' (expected: certificates in PEM: `-----BEGIN CERTIFICATE-----`)
            security: {authentication: tokens, oidc: {issuer: "https://id", audience: a}} | security.oidc.issuer: 'https://id' (expected: security.oidc.jwks beside it)
            security: {authentication: tokens, oidc: {issuer: "https://id", audience: a, jwks: FILE/none}} | security.oidc.jwks: 'FILE/none' (expected: a file that can be read, or an https URL)
            security: {authentication: tokens, oidc: {issuer: "https://id", audience: a, jwks: FILE/garbage}} | security.oidc.jwks: 'FILE/garbage' (expected: a JSON Web Key Set: {"keys": [...]})
            label-studio: {url: "http://studio", token-file: FILE/none}          | label-studio.token-file: 'FILE/none' (expected: a file that can be read)
            label-studio: {url: "http://studio", token-file: FILE/empty}         | label-studio.token-file: 'FILE/empty' (expected: a file whose first line is a token)
            registry: {database: "jdbc:postgresql:x", bucket: "s3://models", database-password-file: FILE/none}  | registry.database-password-file: 'FILE/none' (expected: a file that can be read)
            registry: {database: "jdbc:postgresql:x", bucket: "s3://models", database-password-file: FILE/empty} | registry.database-password-file: 'FILE/empty' (expected: a file whose first line is a password)
            registry: {signature-keys: FILE/garbage}                             | registry.signature-keys: 'FILE/garbage' (expected: in FILE/garbage one public key in PEM, as of `openssl pkey -pubout`: Ed25519, or ECDSA on P-256, P-384 or P-521)
            prot: 80                                                             | prot: unknown key (the nearest known one is port)
            limits: {timeout: 30}                                                | limits.timeout: '30' (expected: a duration from 1ms to 24h, for instance 500ms, 30s or 10m)
            runtime: {row-bytes: 512M}                                           | runtime.row-bytes: '512M' (expected: bytes from 1MiB to 1024GiB, for instance 512MiB)
            host: 0.0.0.0                                                        | host: '0.0.0.0' (expected: a loopback address, or security.authentication: tokens; insecure: true, or --insecure, opens it to everybody who can reach it)
            """)
    void serve_withASettingThatDoesNotDo_isRefusedAndNothingIsLeft(String yaml, String complaint) throws IOException {
        Path file = Files.writeString(temp.resolve("settings.yaml"), yaml.replace("FILE", temp.toString()));
        String expected = "firstpass serve: " + file + ": " + complaint.replace("FILE", temp.toString());

        assertRefused(expected, serve(data(), "--config", file.toString()));
        assertTrue(Files.notExists(data()), "a data directory was made");
    }

    @Test
    void serve_onADataDirectoryThatIsThere_leavesItAsItWas() throws IOException {
        ServerRuntime.openRegistry(data(), RegistrySettings.LOCAL).close();
        Map<Path, String> before = contents();
        Path file = Files.writeString(
                temp.resolve("settings.yaml"),
                "security.tls: {certificate: %1$s/server.crt, key: %1$s/none}".formatted(temp));

        assertRefused(
                "firstpass serve: " + file + ": security.tls.key: '" + temp.resolve("none")
                        + "' (expected: a file that can be read)",
                serve(data(), "--config", file.toString()));
        assertEquals(before, contents());
    }

    @Test
    void serve_fileOfSettingsThatIsMissing_isRefused() throws IOException {
        Path none = temp.resolve("none.yaml");

        assertRefused("firstpass serve: " + none + ": no such file", serve(data(), "--config", none.toString()));
        assertTrue(Files.notExists(data()), "a data directory was made");
    }

    @Test
    void serve_variableThatIsUnknown_isRefused() throws IOException {
        CommandRun run = CommandRun.of(
                PARTS,
                Map.of("HOME", "/nonexistent", "FIRSTPASS_DRAIN", "5s"),
                command(data()).toArray(String[]::new));

        assertRefused(
                "firstpass serve: FIRSTPASS_DRAIN: unknown variable (the nearest known one is FIRSTPASS_DRAIN_DELAY)",
                run);
        assertTrue(Files.notExists(data()), "a data directory was made");
    }

    /// The whole program, as it is started by a service manager.
    @Test
    void process_withAKeyOfAnotherCertificate_endsWithCode2AndLeavesNothing() throws Exception {
        Path out = temp.resolve("stdout");
        Path err = temp.resolve("stderr");
        List<String> command = JavaProcess.command(
                List.of(), Main.class.getName(), command(data()).toArray(String[]::new));
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment().clear();
        builder.environment()
                .putAll(Map.of(
                        "HOME",
                        temp.resolve("home").toString(),
                        "ORT_DISABLE_TELEMETRY",
                        "1",
                        "FIRSTPASS_SECURITY_TLS_CERTIFICATE",
                        temp.resolve("server.crt").toString(),
                        "FIRSTPASS_SECURITY_TLS_KEY",
                        temp.resolve("another.key").toString()));
        Process process = builder.start();
        try {
            assertTrue(process.waitFor(60, TimeUnit.SECONDS), "it goes on");
        } finally {
            process.destroyForcibly();
        }

        assertRefused(
                "firstpass serve: FIRSTPASS_SECURITY_TLS_KEY: '" + temp.resolve("another.key")
                        + "' (expected: the private key of the certificate; this one is of another)",
                new CommandRun(process.exitValue(), Files.readString(out), Files.readString(err)));
        assertTrue(Files.notExists(data()) && Files.notExists(temp.resolve("home")), "a folder was made");
    }

    private Path data() {
        return temp.resolve("data");
    }

    private List<String> command(Path data) {
        return List.of(
                "serve",
                "--data",
                data.toString(),
                "--port",
                Integer.toString(port),
                "--admin-port",
                Integer.toString(adminPort),
                "--exit-when-ready");
    }

    private CommandRun serve(Path data, String... more) {
        return CommandRun.of(
                PARTS, Stream.concat(command(data).stream(), Stream.of(more)).toArray(String[]::new));
    }

    private void assertRefused(String message, CommandRun run) {
        assertEquals(message, run.err().strip());
        assertEquals(ExitCode.USAGE, run.exitCode());
        assertEquals("", run.out());
        for (int listener : new int[] {port, adminPort}) {
            assertThrows(ConnectException.class, () -> new Socket(InetAddress.getLoopbackAddress(), listener).close());
        }
    }

    /// File -> when it was changed, and what is in it.
    private Map<Path, String> contents() throws IOException {
        Map<Path, String> contents = new TreeMap<>();
        try (Stream<Path> files = Files.walk(data())) {
            for (Path file : files.toList()) {
                contents.put(
                        file,
                        Files.getLastModifiedTime(file) + " "
                                + (Files.isDirectory(file) ? "" : HexFormat.of().formatHex(Files.readAllBytes(file))));
            }
        }
        return contents;
    }
}
