package dev.firstpass.server.cli;

import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.failure.Words;
import dev.firstpass.server.ledger.Prediction;
import dev.firstpass.server.ledger.PredictionQuery;
import dev.firstpass.server.ledger.RecordedPrediction;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `predictions`: the ledger of what was answered. What it does is in its subcommands.
///
/// For one thread.
@Command(
        name = "predictions",
        description = "Look up what was answered: by id, by model and version, by time.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Each server has a ledger of its own, in its data directory; it holds no pixels and no labels.",
            "",
            "Examples:",
            "  firstpass predictions show 019ac0de-7d1f-7a02-8f5e-3b1c2d4e5f60",
            "  firstpass predictions list --model weeds@3"
        })
final class PredictionsCommand implements Runnable {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing (expected: one of list, show)");
    }

    private static double millis(Prediction prediction) {
        return prediction.latencyNanos() / (double) TimeUnit.MILLISECONDS.toNanos(1);
    }

    private static String model(Prediction prediction) {
        return prediction.model() + "@" + prediction.version();
    }

    /// `predictions list`.
    @Command(
            name = "list",
            description = "List predictions in the order in which they were written, the oldest first.",
            footer = {
                "",
                "The last sequence number that was shown, as --after, goes on from there.",
                "",
                "Examples:",
                "  firstpass predictions list --model weeds --since 2026-11-26T12:00:00Z",
                "  firstpass predictions list --model weeds@3 --after 4711 --limit 10000 --json"
            })
    static final class ListPredictions implements Callable<Integer> {
        private static final int PAGE = 1000;

        private final Session session;

        @Mixin
        private Target target = new Target();

        @Option(
                names = "--model",
                paramLabel = "REF",
                description = "Of this model, weeds, or of this version, weeds@3.")
        private Optional<String> model = Optional.empty();

        @Option(
                names = "--since",
                paramLabel = "TIME",
                description = "Ready then or later, in UTC: 2026-11-26T12:00:00Z.")
        private Optional<Instant> since = Optional.empty();

        @Option(names = "--after", paramLabel = "N", description = "With greater sequence numbers.")
        private long after;

        @Option(names = "--limit", paramLabel = "N", description = "At most so many (default: 100).")
        private int limit = 100;

        ListPredictions(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() {
            if (limit < 1) {
                throw CliException.usage("--limit: " + limit + " (expected: >= 1)");
            }
            if (after < 0) {
                throw CliException.usage("--after: " + after + " (expected: >= 0)");
            }
            Optional<ModelName> name = model.map(text -> ModelRef.parse(text).name());
            OptionalLong version = model.map(ListPredictions::version).orElse(OptionalLong.empty());
            try (PredictionAccess ledger = target.predictions(session)) {
                List<RecordedPrediction> found = pages(ledger, name.map(ModelName::value), version);
                session.print(
                        new Listing(found.stream().map(Shown::of).toList()), found.isEmpty() ? none() : lines(found));
            }
            return ExitCode.OK;
        }

        /// A model's name alone means all its versions here. An alias has meant several.
        private static OptionalLong version(String text) {
            return switch (ModelRef.parse(text)) {
                case ModelRef.Numbered numbered -> OptionalLong.of(numbered.number());
                case ModelRef.Aliased aliased -> {
                    if (text.contains("@")) {
                        throw CliException.usage("--model: " + text + " (expected: a model or a version: "
                                + aliased.name() + " or " + aliased.name() + "@3; an alias has meant several)");
                    }
                    yield OptionalLong.empty();
                }
            };
        }

        private List<RecordedPrediction> pages(PredictionAccess ledger, Optional<String> name, OptionalLong version) {
            List<RecordedPrediction> found = new ArrayList<>();
            int wanted;
            int got;
            do {
                wanted = Math.min(PAGE, limit - found.size());
                long last = found.isEmpty() ? after : found.getLast().sequence();
                List<RecordedPrediction> page =
                        ledger.list(new PredictionQuery(Optional.empty(), name, version, since, last, wanted));
                got = page.size();
                found.addAll(page);
            } while (got == wanted && found.size() < limit);
            return found;
        }

        private List<String> none() {
            session.say("No such prediction is in the ledger.");
            return List.of();
        }

        private static List<String> lines(List<RecordedPrediction> found) {
            Table table = new Table().row("SEQUENCE", "AT", "PREDICTION", "MODEL", "ARM", "ASSET", "LABELS", "MILLIS");
            for (RecordedPrediction recorded : found) {
                Prediction prediction = recorded.prediction();
                table.row(
                        Long.toString(recorded.sequence()),
                        prediction.at().toString(),
                        prediction.id().toString(),
                        model(prediction),
                        prediction.arm().id(),
                        Words.quoted(prediction.assetId()),
                        Integer.toString(prediction.labels()),
                        String.format(Locale.ROOT, "%.1f", millis(prediction)));
            }
            return table.lines();
        }

        record Listing(List<Shown> predictions) {}
    }

    /// `predictions show`.
    @Command(
            name = "show",
            description = "Show one prediction: what was asked about, and what answered.",
            footer = {
                "",
                "The id stands in the answer, and in the header Firstpass-Prediction.",
                "",
                "Examples:",
                "  firstpass predictions show 019ac0de-7d1f-7a02-8f5e-3b1c2d4e5f60"
            })
    static final class Show implements Callable<Integer> {
        private static final Pattern ID = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

        private final Session session;

        @Mixin
        private Target target = new Target();

        @Parameters(paramLabel = "ID", description = "Of the prediction.")
        private String id = "";

        Show(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() {
            if (!ID.matcher(id).matches()) {
                throw CliException.usage(
                        Words.quoted(id) + " (expected: an id such as 019ac0de-7d1f-7a02-8f5e-3b1c2d4e5f60)");
            }
            try (PredictionAccess ledger = target.predictions(session)) {
                RecordedPrediction found = ledger.find(UUID.fromString(id))
                        .orElseThrow(
                                () -> Failure.of(Reason.PREDICTION_NOT_FOUND, id + ": no such prediction in the ledger")
                                        .asException());
                session.print(Shown.of(found), lines(found));
            }
            return ExitCode.OK;
        }

        private static List<String> lines(RecordedPrediction recorded) {
            Prediction prediction = recorded.prediction();
            return new Table()
                    .row("prediction", prediction.id().toString())
                    .row("sequence", Long.toString(recorded.sequence()))
                    .row("at", prediction.at().toString())
                    .row("model", model(prediction) + "  " + prediction.versionDigest())
                    .row("arm", prediction.arm().id())
                    .row("asset", Words.quoted(prediction.assetId()) + "  " + prediction.assetDigest())
                    .row("spec", prediction.spec().isEmpty() ? "-" : prediction.spec())
                    .row("labels", prediction.labels() + "  " + prediction.labelsDigest())
                    .row("millis", String.format(Locale.ROOT, "%.3f", millis(prediction)))
                    .row("tenant", prediction.tenant())
                    .lines();
        }
    }

    /// As the management listener has it. The names are a promise to scripts.
    record Shown(
            long sequence,
            String prediction,
            Instant at,
            String tenant,
            Model model,
            String arm,
            Asset asset,
            String spec,
            Labels labels,
            double millis) {
        record Model(String name, long version, String digest) {}

        record Asset(String id, String digest) {}

        record Labels(int count, String digest) {}

        static Shown of(RecordedPrediction recorded) {
            Prediction prediction = recorded.prediction();
            return new Shown(
                    recorded.sequence(),
                    prediction.id().toString(),
                    prediction.at(),
                    prediction.tenant(),
                    new Model(prediction.model(), prediction.version(), prediction.versionDigest()),
                    prediction.arm().id(),
                    new Asset(prediction.assetId(), prediction.assetDigest()),
                    prediction.spec(),
                    new Labels(prediction.labels(), prediction.labelsDigest()),
                    PredictionsCommand.millis(prediction));
        }
    }
}
