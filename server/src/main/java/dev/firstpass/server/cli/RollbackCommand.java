package dev.firstpass.server.cli;

import dev.firstpass.registry.ModelRef;
import dev.firstpass.server.cli.RegistryAccess.AliasMove;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

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

    @Mixin
    private AliasArguments alias = new AliasArguments();

    @Mixin
    private ExpectOption expect = new ExpectOption();

    RollbackCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        ModelRef.Aliased ref = alias.ref();
        try (RegistryAccess registry = target.registry(session)) {
            AliasMove move = registry.rollBack(ref.name(), ref.alias(), expect.version());
            session.print(move, List.of(ModelsCommand.line(ref.name(), move)));
        }
        return ExitCode.OK;
    }
}
