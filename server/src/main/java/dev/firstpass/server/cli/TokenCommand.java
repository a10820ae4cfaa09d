package dev.firstpass.server.cli;

import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.token.NewToken;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.server.cli.RegistryAccess.CreatedToken;
import dev.firstpass.server.cli.RegistryAccess.TokenDetails;
import dev.firstpass.server.failure.Words;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `token`: what callers show to a server that asks for it. What it does is in its subcommands.
///
/// For one thread.
@Command(
        name = "token",
        description = "Make, list and revoke the tokens that callers of the API show.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "A server asks for them where it is started with security.authentication: tokens.",
            "",
            "Examples:",
            "  firstpass token create label-studio --scope prelabel",
            "  firstpass token list",
            "  firstpass token revoke label-studio"
        })
final class TokenCommand implements Runnable {
    private static final String TENANT = "Whose token it is (default: whose the one is that is shown, else local).";

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(), "a command is missing (expected: one of create, list, revoke)");
    }

    private static Tenant tenant(Optional<String> name) {
        return name.map(Tenant::new).orElse(Tenant.LOCAL);
    }

    /// `token create`.
    @Command(
            name = "create",
            description = {
                "Make a token and print it. It is shown this once: the server keeps no more than a hash.",
                "Scopes: prelabel (tools that label), tensors (raw outputs), register (new versions), promote (aliases, rollouts,"
                        + " projects), admin (tokens, retention, audit), metrics."
            },
            footer = {
                "",
                "Examples:",
                "  firstpass token create label-studio --scope prelabel",
                "  firstpass token create ci --scope register,promote --expires 30d",
                "  firstpass token create prometheus --scope metrics --expires never"
            })
    static final class CreateToken implements Callable<Integer> {
        private static final Pattern LIFE = Pattern.compile("([1-9][0-9]{0,4})([hd])");

        private final Session session;

        @Mixin
        private Target target = new Target();

        @Parameters(paramLabel = "NAME", description = "What it is called: a-z, 0-9, '-', '_'.")
        private String name = "";

        @Option(
                names = "--scope",
                paramLabel = "SCOPE",
                required = true,
                split = ",",
                description = "What it may do; several with commas, or once each.")
        private List<String> scopes = new ArrayList<>();

        @Option(names = "--tenant", paramLabel = "TENANT", description = TENANT)
        private Optional<String> tenant = Optional.empty();

        @Option(
                names = "--expires",
                paramLabel = "TIME",
                description = "How long it is taken: 12h, 30d, or never (default: 90d).")
        private String expires = NewToken.USUAL_LIFE.toDays() + "d";

        CreateToken(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() {
            NewToken wish = new NewToken(tenant(tenant), name, scopes(), expiresAt(Instant.now()));
            try (RegistryAccess registry = target.registry(session)) {
                CreatedToken created = registry.createToken(wish);
                session.print(created, List.of(created.token()));
                TokenDetails details = created.details();
                session.say(details.name() + " of " + details.tenant() + " may " + String.join(", ", details.scopes())
                        + details.expiresAt().map(end -> " until " + end).orElse("")
                        + ". Keep it now: it is not shown again.");
            }
            return ExitCode.OK;
        }

        private Set<Scope> scopes() {
            Set<Scope> all = EnumSet.noneOf(Scope.class);
            for (String id : scopes) {
                all.add(Scope.of(id.strip())
                        .orElseThrow(() -> CliException.usage("--scope: " + Words.quoted(id) + " (expected: "
                                + String.join(", ", Scope.ids()) + ")" + Words.hint(id, Scope.ids()))));
            }
            return all;
        }

        private Optional<Instant> expiresAt(Instant now) {
            if (expires.equals("never")) {
                return Optional.empty();
            }
            Matcher life = LIFE.matcher(expires);
            if (!life.matches()) {
                throw CliException.usage("--expires: " + Words.quoted(expires)
                        + " (expected: hours or days such as 12h or 30d, or never)");
            }
            long amount = Long.parseLong(life.group(1));
            return Optional.of(
                    now.plus(life.group(2).equals("d") ? Duration.ofDays(amount) : Duration.ofHours(amount)));
        }
    }

    /// `token list`.
    @Command(
            name = "list",
            description = "List the tokens: what each may do, until when, and when it was last used, to the hour.",
            footer = {"", "Examples:", "  firstpass token list", "  firstpass token list --json"})
    static final class ListTokens implements Callable<Integer> {
        private final Session session;

        @Mixin
        private Target target = new Target();

        ListTokens(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() {
            try (RegistryAccess registry = target.registry(session)) {
                List<TokenDetails> tokens = registry.tokens();
                Table table = new Table();
                tokens.forEach(token -> table.row(
                        token.name(),
                        token.tenant(),
                        String.join(",", token.scopes()),
                        "until " + token.expiresAt().orElse("revoked"),
                        "used " + token.lastUsedAt().orElse("never"),
                        token.id()));
                session.print(Map.of("tokens", tokens), table.lines());
            }
            return ExitCode.OK;
        }
    }

    /// `token revoke`.
    @Command(
            name = "revoke",
            description = "End a token: no server takes it any more, some seconds later at the latest.",
            footer = {"", "Examples:", "  firstpass token revoke label-studio"})
    static final class RevokeToken implements Callable<Integer> {
        private final Session session;

        @Mixin
        private Target target = new Target();

        @Parameters(paramLabel = "NAME", description = "The token's name.")
        private String name = "";

        @Option(names = "--tenant", paramLabel = "TENANT", description = TENANT)
        private Optional<String> tenant = Optional.empty();

        RevokeToken(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() {
            NewToken.requireName(name);
            Tenant whose = tenant(tenant);
            try (RegistryAccess registry = target.registry(session)) {
                registry.revokeToken(whose, name);
                session.print(
                        Map.of("revoked", name, "tenant", whose.value()),
                        List.of(name + " of " + whose + " is revoked"));
            }
            return ExitCode.OK;
        }
    }
}
