package dev.firstpass.server.cli;

import dev.firstpass.registry.ModelRef;
import dev.firstpass.server.cli.RegistryAccess.VersionState;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `models retire`.
///
/// For one thread.
@Command(
        name = "retire",
        description = {
            "Take a version out of service: it is refused from now on, and unloaded when its requests have ended.",
            "Not while an alias names it. Registering the same content again brings it back."
        },
        footer = {"", "Examples:", "  firstpass models retire weeds@1"})
final class RetireCommand implements Callable<Integer> {
    private final Session session;

    @Mixin
    private Target target = new Target();

    @Parameters(paramLabel = "REF", description = "The version: coco@3.")
    private String ref = "";

    RetireCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        ModelRef wanted = ModelRef.parse(ref);
        try (RegistryAccess registry = target.registry(session)) {
            VersionState version = registry.retire(wanted);
            session.print(
                    version, List.of(version.ref() + "  " + version.state() + ModelsCommand.behind(version.behind())));
        }
        return ExitCode.OK;
    }
}
