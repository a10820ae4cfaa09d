package dev.firstpass.server.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.server.tls.TestPki;
import dev.firstpass.server.tls.TlsFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A start with a certificate that does not do, or with half of a setting, is refused by its name and with the mend.
final class IdentitySettingsTest {
    private final TestPki authority = new TestPki("authority");

    @TempDir
    Path temp = Path.of("");

    private final Map<String, String> options = new LinkedHashMap<>();

    private IdentityConfig read() {
        return ServerSettings.read(Optional.empty(), Map.of(), options, 4)
                .listening()
                .identity();
    }

    private String refusal() {
        return String.valueOf(assertThrows(SettingsException.class, this::read).getMessage())
                .replace(temp + "/", "");
    }

    private TlsFiles set(TlsFiles files) {
        options.put("security.tls.certificate", files.certificate().toString());
        options.put("security.tls.key", files.key().toString());
        return files;
    }

    @Test
    void certificate_withItsKey_isTaken() {
        TlsFiles files = set(authority.issue("server").write(temp, "server"));

        assertEquals(Optional.of(files), read().tls());
    }

    @Test
    void clientsOfAnAuthority_areMapped() {
        set(authority.issue("server").write(temp, "server"));
        options.put("security.authentication", "tokens");
        options.put("security.tls.client-authorities", authority.write(temp).toString());
        options.put("security.tls.client-certificates", "required");
        options.put("security.tls.clients", "robot=prelabel+tensors, a=b=register, theirs=prelabel@acme");

        IdentityConfig identity = read();

        assertTrue(identity.tls().orElseThrow().clients().orElseThrow().areRequired());
        assertEquals(
                Map.of(
                        "robot", new Grant(Tenant.LOCAL, Set.of(Scope.PRELABEL, Scope.TENSORS)),
                        "a=b", new Grant(Tenant.LOCAL, Set.of(Scope.REGISTER)),
                        "theirs", new Grant(new Tenant("acme"), Set.of(Scope.PRELABEL))),
                identity.clients());
    }

    @Test
    void file_thatDoesNotDo_isRefusedByTheNameOfItsKey() throws IOException {
        TlsFiles good = set(authority.issue("server").write(temp, "server"));

        options.put("security.tls.certificate", temp.resolve("none.crt").toString());
        assertEquals("--security.tls.certificate: 'none.crt' (expected: a file that can be read)", refusal());

        options.put(
                "security.tls.certificate",
                Files.writeString(temp.resolve("text.crt"), "text").toString());
        assertEquals(
                "--security.tls.certificate: 'text.crt' (expected: certificates in PEM: `-----BEGIN CERTIFICATE-----`)",
                refusal());

        options.put("security.tls.certificate", good.certificate().toString());
        options.put("security.tls.key", temp.resolve("none.key").toString());
        assertEquals("--security.tls.key: 'none.key' (expected: a file that can be read)", refusal());

        options.put(
                "security.tls.key",
                authority.issue("another").write(temp, "another").key().toString());
        assertEquals(
                "--security.tls.key: 'another.key' (expected: the private key of the certificate; this one is of another)",
                refusal());

        set(authority
                .issue("old", Instant.parse("2019-01-02T03:04:05Z"), Instant.parse("2020-01-02T03:04:05Z"))
                .write(temp, "old"));
        assertEquals(
                "--security.tls.certificate: 'old.crt' (expected: a certificate that has not expired; this one did at"
                        + " 2020-01-02T03:04:05Z)",
                refusal());

        set(authority
                .issue("new", Instant.parse("2125-01-02T03:04:05Z"), Instant.parse("2126-01-02T03:04:05Z"))
                .write(temp, "new"));
        assertEquals(
                "--security.tls.certificate: 'new.crt' (expected: a certificate that is valid already; this one is from"
                        + " 2125-01-02T03:04:05Z on)",
                refusal());

        set(good);
        Files.setPosixFilePermissions(good.key(), PosixFilePermissions.fromString("rw-r--r--"));
        assertEquals(
                "--security.tls.key: 'server.key' (expected: a file that not everybody can read: `chmod o-r`, or in"
                        + " Kubernetes `defaultMode: 0440` of the volume)",
                refusal());

        Files.setPosixFilePermissions(good.key(), PosixFilePermissions.fromString("rw-r-----"));
        Files.writeString(good.key(), "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n");
        assertTrue(refusal().contains("PKCS #8"), this::refusal);
    }

    @Test
    void keysOfAnIssuer_inAFile_areThere() throws IOException {
        options.put("security.authentication", "tokens");
        options.put("security.oidc.issuer", "https://id.example.org");
        options.put("security.oidc.audience", "firstpass");
        Path file = temp.resolve("keys.json");
        options.put("security.oidc.jwks", file.toString());
        assertEquals(
                "--security.oidc.jwks: 'keys.json' (expected: a file that can be read, or an https URL)", refusal());

        Files.writeString(file, "no keys");
        assertEquals("--security.oidc.jwks: 'keys.json' (expected: a JSON Web Key Set: {\"keys\": [...]})", refusal());

        Files.writeString(file, "{\"keys\": [{\"kty\": \"oct\", \"k\": \"aHVzaA\"}]}");
        assertEquals(
                "--security.oidc.jwks: 'keys.json' (expected: a JSON Web Key Set with a public key in it)", refusal());

        Files.writeString(file, """
                {"keys": [{"kty": "EC", "crv": "P-256", "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
                 "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]}
                """);
        assertEquals(Optional.of(new OidcConfig.Keys.In(file)), read().oidc().map(OidcConfig::keys));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            security.tls.key                | k                | security.tls.certificate beside it
            security.tls.client-authorities | a                | security.authentication: tokens beside it
            security.tls.clients            | robot=prelabel   | security.tls.client-authorities beside it, whose certificates these are
            security.tls.clients            | robot=everything | names with scopes
            security.tls.clients            | robot            | names with scopes
            security.tls.clients            | robot=metrics@acme | names with scopes
            security.tls.client-certificates | maybe           | optional or required
            security.tls.client-certificates | required        | security.tls.client-authorities beside it, whose certificates are required
            security.oidc.audience          | firstpass        | security.oidc.issuer beside it
            security.oidc.jwks              | http://id.example.org/keys | an https URL (http on loopback), or the path of a file
            security.oidc.issuer            | https://id.example.org | security.oidc.jwks beside it
            """)
    void setting_thatDoesNotGoWithTheOthers_isRefused(String key, String value, String expected) {
        options.put(key, value);

        String refusal = refusal();
        assertTrue(refusal.contains(key) && refusal.contains("(expected: " + expected), refusal);
    }
}
