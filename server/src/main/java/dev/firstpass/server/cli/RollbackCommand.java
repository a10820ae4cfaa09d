package dev.firstpass.server.cli;

import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.server.cli.RegistryAccess.AliasMove;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `models rollback`.
///
/// For one thread.
@Command(
        name = "rollback",
        description = {
            "Point an alias back to the version that it named before, of those that are AVAILABLE.",
            "A second one goes back further; what was rolled back from is not come back to."
        },
        footer = {
            "",
            "Examples:",
            "  firstpass models rollback weeds production",
            "  firstpass models rollback weeds production --expect 3   only if it is 3 now"
        })
final class RollbackCommand implements Callable<Integer> {
    private final Session session;

    @Mixin
    private Target target = new Target();

    @Parameters(index = "0", paramLabel = "NAME", description = "Name of the model.")
    private String name = "";

    @Parameters(index = "1", paramLabel = "ALIAS", description = "The alias, for instance production.")
    private String alias = "";

    @Option(
            names = "--expect",
            paramLabel = "VERSION",
            description = "Change nothing unless the alias points to this version now.")
    private Optional<Long> expect = Optional.empty();

    RollbackCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        ModelName model = new ModelName(name);
        String checked = new ModelRef.Aliased(model, alias).alias();
        OptionalLong expected = expect.map(OptionalLong::of).orElseGet(OptionalLong::empty);
        try (RegistryAccess registry = target.registry(session)) {
            AliasMove move = registry.rollBack(model, checked, expected);
            session.print(move, List.of(ModelsCommand.line(model, move)));
        }
        return ExitCode.OK;
    }
}
