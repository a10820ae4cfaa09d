package dev.firstpass.server.cli;

import dev.firstpass.registry.ModelRef;
import dev.firstpass.server.cli.RegistryAccess.HeldVersion;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `models hold`.
///
/// For one thread.
@Command(
        name = "hold",
        description = "Keep a version whatever 'models prune' says, for instance for an audit.",
        footer = {"", "Examples:", "  firstpass models hold weeds@3 --reason 'labels of the 2026 trial'"})
final class HoldCommand implements Callable<Integer> {
    private final Session session;

    @Mixin
    private Target target = new Target();

    @Parameters(paramLabel = "REF", description = "The version: coco@3.")
    private String ref = "";

    @Option(names = "--reason", paramLabel = "TEXT", required = true, description = "Why it must stay.")
    private String reason = "";

    HoldCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        ModelRef wanted = ModelRef.parse(ref);
        try (RegistryAccess registry = target.registry(session)) {
            HeldVersion held = registry.hold(wanted, reason);
            session.print(held, List.of(line(held)));
        }
        return ExitCode.OK;
    }

    static String line(HeldVersion version) {
        return version.ref() + version.reason().map(why -> "  held: " + why).orElse("  not held");
    }
}
