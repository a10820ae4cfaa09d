package dev.firstpass.server.cli;

import dev.firstpass.registry.ModelRef;
import dev.firstpass.server.cli.RegistryAccess.HeldVersion;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `models release`.
///
/// For one thread.
@Command(
        name = "release",
        description = "End the hold on a version: 'models prune' may remove it again.",
        footer = {"", "Examples:", "  firstpass models release weeds@3"})
final class ReleaseCommand implements Callable<Integer> {
    private final Session session;

    @Mixin
    private Target target = new Target();

    @Parameters(paramLabel = "REF", description = "The version: coco@3.")
    private String ref = "";

    ReleaseCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        ModelRef wanted = ModelRef.parse(ref);
        try (RegistryAccess registry = target.registry(session)) {
            HeldVersion held = registry.release(wanted);
            session.print(held, List.of(HoldCommand.line(held)));
        }
        return ExitCode.OK;
    }
}
