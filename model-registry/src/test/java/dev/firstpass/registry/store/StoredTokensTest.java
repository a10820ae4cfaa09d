package dev.firstpass.registry.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.FakeFamily;
import dev.firstpass.registry.FakeModel;
import dev.firstpass.registry.RegistryException.AlreadyExists;
import dev.firstpass.registry.RegistryException.ArgumentInvalid;
import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.audit.AuditCheck;
import dev.firstpass.registry.audit.AuditVerdict;
import dev.firstpass.registry.token.ApiToken;
import dev.firstpass.registry.token.NewToken;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.registry.token.TokenSecret;
import dev.firstpass.registry.token.Tokens.Created;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Tokens of the API, as the registry keeps them.
final class StoredTokensTest {
    private static final Tenant ACME = new Tenant("acme");

    @TempDir
    private Path temp;

    private Instant now = Instant.parse("2026-11-27T09:12:34.567Z");
    private ModelRegistry registry;

    @BeforeEach
    void openRegistry() {
        registry = open();
    }

    private ModelRegistry open() {
        return ModelRegistry.open(temp.resolve("data"), List.of(FakeFamily.BOXES), FakeModel.reader(), () -> now);
    }

    @AfterEach
    void closeRegistry() {
        registry.close();
    }

    private Created create(Tenant tenant, String name, Optional<Instant> expires) {
        return registry.tokens()
                .create(new NewToken(tenant, name, Set.of(Scope.PRELABEL, Scope.TENSORS), expires), "owner");
    }

    private Optional<ApiToken> find(TokenSecret secret) {
        return registry.tokens().find(secret);
    }

    @Test
    void create_isFoundByItsSecret_alsoAfterARestart_andByNothingElse() {
        Instant end = now.plus(Duration.ofDays(90));
        Created created = create(ACME, "label-studio", Optional.of(end));

        ApiToken expected = new ApiToken(
                TokenSecret.id(created.secret().hash()),
                ACME,
                "label-studio",
                Set.of(Scope.PRELABEL, Scope.TENSORS),
                now,
                Optional.of(end),
                Optional.empty());
        assertEquals(expected, created.token());
        assertEquals(Optional.of(expected), find(created.secret()));
        assertEquals(Optional.empty(), find(TokenSecret.generate(new SecureRandom())));

        registry.close();
        registry = open();
        assertEquals(Optional.of(expected), find(created.secret()));
        assertEquals(List.of(expected), registry.tokens().list());
    }

    @Test
    void expiry_isTheCallersToSee() {
        Created created = create(ACME, "short", Optional.of(now.plusSeconds(1)));

        assertFalse(created.token().isExpired(now));
        assertTrue(created.token().isExpired(now.plusSeconds(1)));
        assertFalse(create(ACME, "long", Optional.empty()).token().isExpired(Instant.MAX));
        assertThrows(ArgumentInvalid.class, () -> create(ACME, "past", Optional.of(now)));
    }

    @Test
    void name_isOneOfItsTenants() {
        var _ = create(ACME, "ci", Optional.empty());

        assertThrows(AlreadyExists.class, () -> create(ACME, "ci", Optional.empty()));
        var _ = create(Tenant.LOCAL, "ci", Optional.empty());
        assertEquals(2, registry.tokens().list().size());
        for (String name : List.of("", "Ci", "a b", "-a", "a.b", "x".repeat(64))) {
            assertThrows(ArgumentInvalid.class, () -> create(ACME, name, Optional.empty()));
        }
        assertThrows(ArgumentInvalid.class, () -> new NewToken(ACME, "none", Set.of(), Optional.empty()));
    }

    @Test
    void wholeServer_isTheLocalTenants_soNoOthersTokenReadsItsMetrics() {
        assertThrows(
                ArgumentInvalid.class,
                () -> new NewToken(ACME, "ci", Set.of(Scope.PRELABEL, Scope.METRICS), Optional.empty()));
        for (Scope scope : Scope.values()) {
            assertEquals(Set.of(scope), new NewToken(Tenant.LOCAL, "ci", Set.of(scope), Optional.empty()).scopes());
            if (scope != Scope.METRICS) {
                assertEquals(Set.of(scope), new NewToken(ACME, "ci", Set.of(scope), Optional.empty()).scopes());
            }
        }
    }

    @Test
    void revoke_endsItAtOnce_andLeavesTheNameFree() {
        Created created = create(ACME, "ci", Optional.empty());

        assertFalse(registry.tokens().revoke(Tenant.LOCAL, "ci", "owner"));
        assertTrue(registry.tokens().revoke(ACME, "ci", "owner"));
        assertEquals(Optional.empty(), find(created.secret()));
        assertFalse(registry.tokens().revoke(ACME, "ci", "owner"));

        Created second = create(ACME, "ci", Optional.empty());
        assertEquals(Optional.empty(), find(created.secret()));
        assertEquals(Optional.of(second.token()), find(second.secret()));
    }

    @Test
    void audit_saysWhoMadeAndEndedIt_andStaysWhole() {
        Created created = create(ACME, "ci", Optional.of(Instant.parse("2027-01-01T00:00:00Z")));
        registry.tokens().revoke(ACME, "ci", "somebody");

        String id = created.token().id();
        assertEquals(
                List.of(
                        "acme owner token ci " + id + " >prelabel,tensors until 2027-01-01T00:00:00Z done",
                        "acme somebody revoke ci " + id + " prelabel,tensors> done"),
                registry.audit(0, 10).lines().stream()
                        .map(line -> String.join(
                                " ",
                                line.tenant(),
                                line.principal(),
                                line.action(),
                                line.name(),
                                line.subject(),
                                line.from() + ">" + line.to(),
                                line.result()))
                        .toList());
        registry.close();
        registry = open();
        assertEquals(List.of(), registry.damage());
        assertEquals(
                AuditVerdict.Whole.class,
                AuditCheck.of(after -> registry.audit(after, 100)).getClass());
    }

    @Test
    void use_isWrittenDownToTheHour_andNotForEachRequest() {
        Created created = create(ACME, "ci", Optional.empty());
        long line = registry.audit(0, 1).head().id();
        for (int i = 0; i < 1000; i++) {
            registry.tokens().used(created.token());
        }
        assertEquals(Optional.empty(), registry.tokens().list().getFirst().lastUsedAt());

        registry.tokens().writeDown();
        assertEquals(
                Optional.of(Instant.parse("2026-11-27T09:00:00Z")),
                registry.tokens().list().getFirst().lastUsedAt());
        now = now.plus(Duration.ofHours(1));
        registry.tokens().used(created.token());
        registry.tokens().writeDown();
        registry.tokens().writeDown();
        assertEquals(
                Optional.of(Instant.parse("2026-11-27T10:00:00Z")),
                registry.tokens().list().getFirst().lastUsedAt());
        assertEquals(line, registry.audit(0, 1).head().id());
    }

    /// Neither in the database, nor in its journal, nor in anything beside.
    @Test
    void secret_isNowhereInTheDataDirectory() throws IOException {
        Created created = create(ACME, "ci", Optional.empty());
        byte[] text = created.secret().text().getBytes(StandardCharsets.US_ASCII);
        byte[] random = created.secret().text().substring(3, 46).getBytes(StandardCharsets.US_ASCII);

        int files = 0;
        try (Stream<Path> all = Files.walk(temp)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                String bytes = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
                assertFalse(bytes.contains(new String(text, StandardCharsets.ISO_8859_1)), file::toString);
                assertFalse(bytes.contains(new String(random, StandardCharsets.ISO_8859_1)), file::toString);
                files++;
            }
        }
        assertTrue(files > 0);
    }
}
