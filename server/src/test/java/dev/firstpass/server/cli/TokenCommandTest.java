package dev.firstpass.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.token.NewToken;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.registry.token.TokenSecret;
import dev.firstpass.server.cli.RegistryAccess.CreatedToken;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.frontend.TestServer;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `token`, in this process and against a server.
class TokenCommandTest {
    private final FakeParts parts = new FakeParts();

    @TempDir
    private Path temp;

    private CommandRun run(String... arguments) {
        return CommandRun.of(parts, arguments);
    }

    @Test
    void create_printsTheTokenAlone_andSaysTheRestToThePerson() {
        CommandRun run = run("token", "create", "label-studio", "--scope", "prelabel,tensors", "--scope", "metrics");

        assertEquals(ExitCode.OK, run.exitCode(), run.err());
        assertTrue(TokenSecret.parse(run.out().strip()).isPresent(), run.out());
        assertTrue(run.err().startsWith("label-studio of local may prelabel, tensors, metrics until 20"), run.err());
        assertFalse(run.err().contains("fp_"), run.err());
        Instant end = parts.tokens.list().getFirst().expiresAt().orElseThrow();
        Duration life = Duration.between(Instant.now(), end);
        assertTrue(life.compareTo(NewToken.USUAL_LIFE) <= 0 && life.plusHours(1).compareTo(NewToken.USUAL_LIFE) > 0);
    }

    @Test
    void create_asJson_hasTheTokenOnce_andTheListHasItNever() throws IOException {
        JsonNode made = run(
                        "token",
                        "create",
                        "ci",
                        "--scope",
                        "prelabel",
                        "--tenant",
                        "acme",
                        "--expires",
                        "12h",
                        "--json")
                .json();
        assertTrue(TokenSecret.parse(made.path("token").asText()).isPresent());
        assertEquals("acme", made.at("/details/tenant").asText());

        CommandRun list = run("token", "list", "--json");
        assertEquals("ci", list.json().at("/tokens/0/name").asText());
        assertEquals("prelabel", list.json().at("/tokens/0/scopes/0").asText());
        assertFalse(list.out().contains("fp_"));
        assertFalse(run("token", "list").out().contains("fp_"));
    }

    @Test
    void revoke_endsIt_andSaysWhereThereIsNone() {
        var _ = run("token", "create", "ci", "--scope", "register", "--expires", "never");
        assertTrue(run("token", "list").out().contains("until revoked  used never"));

        assertEquals("ci of local is revoked\n", run("token", "revoke", "ci").out());
        assertEquals(List.of(), parts.tokens.list());
        CommandRun again = run("token", "revoke", "ci");
        assertEquals(ExitCode.FAILED, again.exitCode());
        assertEquals(
                "firstpass token revoke: TOKEN_NOT_FOUND: ci: no such token. 'firstpass token list' lists the tokens.\n",
                again.err());
    }

    @Test
    void wrongWords_areUsageErrorsThatSayWhatIsExpected() {
        for (Map.Entry<List<String>, String> wrong : Map.of(
                        List.of("create", "ci"), "--scope",
                        List.of("create", "ci", "--scope", "prelable"), "did you mean 'prelabel'?",
                        List.of("create", "ci", "--scope", "prelabel", "--expires", "soon"), "12h or 30d, or never",
                        List.of("create", "Ci", "--scope", "prelabel"), "token name (expected: a-z",
                        List.of("create", "ci", "--scope", "metrics", "--tenant", "acme"), "expected: no metrics",
                        List.of("revoke", "../x"), "token name (expected: a-z")
                .entrySet()) {
            CommandRun run = run(
                    Stream.concat(Stream.of("token"), wrong.getKey().stream()).toArray(String[]::new));
            assertEquals(ExitCode.USAGE, run.exitCode(), run.err());
            assertTrue(run.err().contains(wrong.getValue()), run.err());
            assertEquals("", run.out());
        }
        assertEquals(List.of(), parts.tokens.list());
    }

    @Test
    void server_takesTokensAsTheCommandLineDoes_andNobodyElse() {
        try (TestServer server = TestServer.guarded()) {
            URI management = URI.create("http://127.0.0.1:" + server.managementPort());
            Endpoint owner = new Endpoint(management, Optional.of(server.backend.owner.text()));
            try (RegistryAccess registry = new RemoteRegistry(owner)) {
                CreatedToken made = registry.createToken(
                        new NewToken(Tenant.LOCAL, "ci", EnumSet.of(Scope.REGISTER), Optional.empty()));
                assertEquals(Optional.empty(), made.details().expiresAt());
                assertEquals(List.of(made.details()), registry.tokens());
                try (RegistryAccess ci = new RemoteRegistry(new Endpoint(management, Optional.of(made.token())))) {
                    assertEquals("coco", ci.list().getFirst().name());
                    assertRefused(Reason.PERMISSION_DENIED, ci);
                }
                registry.revokeToken(Tenant.LOCAL, "ci");
                try (RegistryAccess ci = new RemoteRegistry(new Endpoint(management, Optional.of(made.token())))) {
                    assertRefused(Reason.UNAUTHENTICATED, ci);
                }
                FailureException none =
                        assertThrows(FailureException.class, () -> registry.revokeToken(Tenant.LOCAL, "ci"));
                assertEquals(Reason.TOKEN_NOT_FOUND, none.failure().reason());
            }
            try (RegistryAccess nobody = new RemoteRegistry(Endpoint.of(management))) {
                assertTrue(assertRefused(Reason.UNAUTHENTICATED, nobody).contains("FIRSTPASS_TOKEN"));
            }
            assertEquals(
                    List.of("create ci by owner", "revoke ci by owner", "revoke ci by owner"),
                    List.copyOf(server.backend.tokens.changes));
        }
    }

    private static String assertRefused(Reason reason, RegistryAccess registry) {
        FailureException refused = assertThrows(FailureException.class, registry::tokens);
        assertEquals(reason, refused.failure().reason());
        return refused.failure().detail();
    }

    @Test
    void token_isTakenFromTheEnvironmentOrAFile() throws IOException {
        URI server = URI.create("http://127.0.0.1:1");
        Path file = Files.writeString(temp.resolve("token"), "fp_of_file\n");

        assertEquals(Optional.empty(), Endpoint.of(server, Map.of()).token());
        assertEquals(
                Optional.of("fp_of_environment"),
                Endpoint.of(server, Map.of("FIRSTPASS_TOKEN", " fp_of_environment ", "FIRSTPASS_TOKEN_FILE", "none"))
                        .token());
        assertEquals(
                Optional.of("fp_of_file"),
                Endpoint.of(server, Map.of("FIRSTPASS_TOKEN", "", "FIRSTPASS_TOKEN_FILE", file.toString()))
                        .token());
        Map<String, String> missing =
                Map.of("FIRSTPASS_TOKEN_FILE", temp.resolve("none").toString());
        assertThrows(CliException.class, () -> Endpoint.of(server, missing));
    }
}
