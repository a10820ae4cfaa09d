package dev.firstpass.server.cli;

import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.Rollout;
import dev.firstpass.server.cli.RegistryAccess.RolloutState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `models rollout`.
///
/// For one thread.
@Command(
        name = "rollout",
        description = {
            "Send some assets of an alias' requests to another version, a canary; copy requests to a shadow, whose answers"
                    + " nobody gets; without options, show how it goes.",
            "One asset always meets the same version, and stays with the canary when the percentage grows. Moving the alias"
                    + " ends it."
        },
        footer = {
            "",
            "Examples:",
            "  firstpass models rollout weeds production --canary 3 --percent 20",
            "  firstpass models rollout weeds production --shadow 4",
            "  firstpass models rollout weeds production --canary 3 --percent 20 --shadow 4 --shadow-percent 10",
            "  firstpass models rollout weeds production",
            "  firstpass models rollout weeds production --end",
            "  firstpass models alias weeds production 3     the canary for all, which ends it, too"
        })
final class RolloutCommand implements Callable<Integer> {
    private final Session session;

    @Mixin
    private Target target = new Target();

    @Mixin
    private AliasArguments alias = new AliasArguments();

    @Option(names = "--canary", paramLabel = "VERSION", description = "The other version.")
    private Optional<Long> canary = Optional.empty();

    @Option(names = "--percent", paramLabel = "P", description = "Of the assets, 0 to 100.")
    private Optional<Integer> percent = Optional.empty();

    @Option(
            names = "--shadow",
            paramLabel = "VERSION",
            description = "A version that gets copies of the requests which the alias' version answers.")
    private Optional<Long> shadow = Optional.empty();

    @Option(
            names = "--shadow-percent",
            paramLabel = "P",
            description = "Of the assets, whose requests are copied; 100 unless given.")
    private Optional<Integer> shadowPercent = Optional.empty();

    @Option(names = "--end", description = "Send all requests to the version that the alias names, and copy none.")
    private boolean end;

    RolloutCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        ModelRef.Aliased ref = alias.ref();
        if (canary.isPresent() != percent.isPresent()) {
            throw CliException.usage("--canary and --percent go together");
        }
        if (shadow.isEmpty() && shadowPercent.isPresent()) {
            throw CliException.usage("--shadow-percent goes with --shadow");
        }
        Optional<Rollout> rollout = rollout();
        if (end && rollout.isPresent()) {
            throw CliException.usage("--end does not go with --canary or --shadow");
        }
        try (RegistryAccess registry = target.registry(session)) {
            RolloutState state = state(registry, ref, rollout);
            session.print(state, lines(state));
        }
        return ExitCode.OK;
    }

    private Optional<Rollout> rollout() {
        return canary.isEmpty() && shadow.isEmpty()
                ? Optional.empty()
                : Optional.of(new Rollout(
                        number(canary),
                        percent.orElse(0),
                        number(shadow),
                        shadow.isPresent() ? shadowPercent.orElse(100) : 0));
    }

    private static OptionalLong number(Optional<Long> version) {
        return version.map(OptionalLong::of).orElseGet(OptionalLong::empty);
    }

    private RolloutState state(RegistryAccess registry, ModelRef.Aliased ref, Optional<Rollout> rollout) {
        if (end) {
            return registry.endRollout(ref.name(), ref.alias());
        }
        return rollout.map(wanted -> registry.rollOut(ref.name(), ref.alias(), wanted))
                .orElseGet(() -> registry.rollout(ref.name(), ref.alias()));
    }

    private static List<String> lines(RolloutState state) {
        StringBuilder line = new StringBuilder(state.ref() + " -> version " + state.stable());
        state.canary()
                .ifPresent(version -> line.append(", and version ")
                        .append(version)
                        .append(" for ")
                        .append(state.percent())
                        .append(" % of the assets"));
        state.shadow()
                .ifPresent(version -> line.append("; version ")
                        .append(version)
                        .append(" gets copies for ")
                        .append(state.shadowPercent())
                        .append(" % of the assets"));
        List<String> lines = new ArrayList<>(List.of(line + ModelsCommand.behind(state.behind())));
        state.figures().ifPresent(figures -> lines.addAll(RolloutFigures.lines(figures)));
        return lines;
    }
}
