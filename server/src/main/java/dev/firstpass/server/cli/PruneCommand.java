package dev.firstpass.server.cli;

import dev.firstpass.registry.ModelName;
import dev.firstpass.server.cli.RegistryAccess.ModelSummary;
import dev.firstpass.server.cli.RegistryAccess.OldVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `models prune`.
///
/// For one thread.
@Command(
        name = "prune",
        description = {
            "Remove old versions and their files, for good. Only shows them unless --yes is given.",
            "A version that an alias names, a canary, and one that is held always stay; of the others, the last N."
        },
        footer = {
            "",
            "Examples:",
            "  firstpass models prune weeds --keep 5           what would go",
            "  firstpass models prune weeds --keep 5 --yes",
            "  firstpass models prune --all --keep 5 --yes"
        })
final class PruneCommand implements Callable<Integer> {
    private final Session session;

    @Mixin
    private Target target = new Target();

    @Parameters(arity = "0..1", paramLabel = "NAME", description = "Name of the model.")
    private Optional<String> name = Optional.empty();

    @Option(names = "--all", description = "All models, each by itself.")
    private boolean all;

    @Option(names = "--keep", paramLabel = "N", required = true, description = "How many unused versions stay.")
    private int keep;

    @Option(names = "--yes", description = "Remove them.")
    private boolean yes;

    PruneCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        if (all == name.isPresent()) {
            throw CliException.usage("which model? (expected: NAME, or --all)");
        }
        if (keep < 0) {
            throw CliException.usage("--keep: " + keep + " (expected: >= 0)");
        }
        List<OldVersion> old = new ArrayList<>();
        try (RegistryAccess registry = target.registry(session)) {
            List<ModelName> models = name.map(one -> List.of(new ModelName(one)))
                    .orElseGet(() -> registry.list().stream()
                            .map(ModelSummary::name)
                            .map(ModelName::new)
                            .toList());
            models.forEach(model -> old.addAll(registry.prune(model, keep, !yes)));
        }
        session.print(new Pruned(yes, old), lines(old));
        if (!yes && !old.isEmpty()) {
            session.say("Nothing was removed; --yes removes these for good.");
        }
        return ExitCode.OK;
    }

    private static List<String> lines(List<OldVersion> old) {
        if (old.isEmpty()) {
            return List.of("no version is to go");
        }
        Table table = new Table().row("VERSION", "STATE", "BYTES", "DIGEST");
        old.forEach(
                version -> table.row(version.ref(), version.state(), Long.toString(version.bytes()), version.digest()));
        return table.lines();
    }

    /// @param removed whether they were, or would be
    record Pruned(boolean removed, List<OldVersion> versions) {}
}
