package dev.firstpass.server.cli;

import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.Rollout;
import dev.firstpass.server.cli.RegistryAccess.RolloutState;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `models rollout`.
///
/// For one thread.
@Command(
        name = "rollout",
        description = {
            "Send some assets of an alias' requests to another version, a canary; without options, show it.",
            "One asset always meets the same version, and stays with the canary when the percentage grows. Moving the alias"
                    + " ends it."
        },
        footer = {
            "",
            "Examples:",
            "  firstpass models rollout weeds production --canary 3 --percent 20",
            "  firstpass models rollout weeds production",
            "  firstpass models rollout weeds production --end",
            "  firstpass models alias weeds production 3     the canary for all, which ends it, too"
        })
final class RolloutCommand implements Callable<Integer> {
    private final Session session;

    @Mixin
    private Target target = new Target();

    @Parameters(index = "0", paramLabel = "NAME", description = "Name of the model.")
    private String name = "";

    @Parameters(index = "1", paramLabel = "ALIAS", description = "The alias, for instance production.")
    private String alias = "";

    @Option(names = "--canary", paramLabel = "VERSION", description = "The other version.")
    private Optional<Long> canary = Optional.empty();

    @Option(names = "--percent", paramLabel = "P", description = "Of the assets, 0 to 100.")
    private Optional<Integer> percent = Optional.empty();

    @Option(names = "--end", description = "Send all requests to the version that the alias names.")
    private boolean end;

    RolloutCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        ModelRef.Aliased ref = new ModelRef.Aliased(new ModelName(name), alias);
        Optional<Rollout> rollout = canary.flatMap(version -> percent.map(share -> new Rollout(version, share)));
        if (canary.isPresent() != percent.isPresent()) {
            throw CliException.usage("--canary and --percent go together");
        }
        if (end && rollout.isPresent()) {
            throw CliException.usage("--end does not go with --canary");
        }
        try (RegistryAccess registry = target.registry(session)) {
            RolloutState state = state(registry, ref, rollout);
            session.print(state, List.of(line(state) + ModelsCommand.behind(state.behind())));
        }
        return ExitCode.OK;
    }

    private RolloutState state(RegistryAccess registry, ModelRef.Aliased ref, Optional<Rollout> rollout) {
        if (end) {
            return registry.endRollout(ref.name(), ref.alias());
        }
        return rollout.map(wanted -> registry.rollOut(ref.name(), ref.alias(), wanted))
                .orElseGet(() -> registry.rollout(ref.name(), ref.alias()));
    }

    private static String line(RolloutState state) {
        String stable = state.ref() + " -> version " + state.stable();
        return state.canary().isPresent()
                ? stable + ", and version " + state.canary().getAsLong() + " for " + state.percent()
                        + " % of the assets"
                : stable;
    }
}
