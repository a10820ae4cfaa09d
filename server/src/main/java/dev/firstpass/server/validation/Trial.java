package dev.firstpass.server.validation;

import dev.firstpass.postprocess.family.ModelFamily;
import dev.firstpass.postprocess.family.OutputInvalidException;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.ImageTransform;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.RotatedRect;
import dev.firstpass.postprocess.geometry.RowSource;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.spec.SizeRule;
import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.postprocess.tensor.Tensor;
import dev.firstpass.postprocess.tensor.TensorInfo;
import dev.firstpass.registry.Manifest.GoldenSample;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.validation.Check;
import dev.firstpass.registry.validation.Check.Outcome;
import dev.firstpass.registry.validation.GoldenResult;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Failures;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.runtime.batch.LimitedSession;
import dev.firstpass.server.runtime.batch.Supervision;
import dev.firstpass.server.runtime.engine.Closing;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.RunLostException;
import dev.firstpass.server.runtime.graph.SavedGraphs;
import dev.firstpass.server.runtime.lifecycle.Room;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One version on its bench: opened, run with a photo, with rows of several shapes, with more and more rows at a time,
/// with images that show nothing, and with its golden samples. What the first failure makes senseless is not looked at.
///
/// For one thread. Owns the sessions that it opens; not the bench.
final class Trial implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Trial.class);
    private static final double NANOS_PER_MILLI = 1e6;
    private static final String SEE_LOG = ": look at the server's log for the engine's words";
    private static final Set<Integer> PHOTO_CHANNELS = Set.of(1, 3);

    /// Parts of the photo in the shapes that assets have: landscape, portrait, square, wide.
    private static final List<Rect> SHAPES = List.of(
            new Rect(0, 0, 768, 576),
            new Rect(100, 0, 432, 576),
            new Rect(120, 60, 480, 480),
            new Rect(0, 60, 768, 432));

    /// Two parts of the photo that are as large and show something else.
    private static final List<RowSource> PARTS =
            List.of(new RowSource.Crop(new Rect(40, 40, 480, 480)), new RowSource.Crop(new Rect(250, 80, 480, 480)));

    private final ModelVersion version;
    private final ModelSpec spec;
    private final ModelFamily family;
    private final Bench bench;
    private final Room room;
    private final RowMaker rows;
    private final BenchRunner runner;
    private final Supervision supervision;
    private final SavedGraphs graphs;
    private final TrialLimits limits;
    private final Deadline end;
    private final Map<String, EngineSession> sessions = new LinkedHashMap<>();
    private final List<Runnable> closings = new ArrayList<>();
    private final Walk walk;
    private final List<Check> checks = new ArrayList<>();
    private final Map<String, Integer> rowLimits = new TreeMap<>();
    private final List<GoldenResult> golden = new ArrayList<>();
    private final Picture photo = Picture.photo();

    /// What the host holds without the version: all models in this process, where that is the host.
    private long bytesBefore;

    /// @param end after which no further step is begun
    Trial(
            ModelVersion version,
            ModelFamily family,
            Bench bench,
            Room room,
            RowMaker rows,
            Supervision supervision,
            SavedGraphs graphs,
            TrialLimits limits,
            Deadline end) {
        this.version = version;
        this.spec = version.manifest().spec();
        this.family = family;
        this.bench = bench;
        this.room = room;
        this.rows = rows;
        this.runner = new BenchRunner(bench.slab());
        this.supervision = supervision;
        this.graphs = graphs;
        this.limits = limits;
        this.end = end;
        this.walk = new Walk(spec, family, sessions, rows, runner);
    }

    List<Check> checks() {
        return List.copyOf(checks);
    }

    /// Stage -> rows that work in one run.
    Map<String, Integer> rows() {
        return Map.copyOf(rowLimits);
    }

    List<GoldenResult> golden() {
        return List.copyOf(golden);
    }

    /// Makes all checks; their outcome is in what the getters give.
    void run(ProgressListener progress) throws InterruptedException {
        List<Step> steps = steps();
        boolean isBroken = false;
        for (int i = 0; i < steps.size(); i++) {
            progress.progress(ProgressListener.Step.VALIDATING, i, steps.size());
            Step step = steps.get(i);
            if (isBroken) {
                checks.add(new Check(step.name(), Outcome.SKIPPED, "not looked at after what failed"));
            } else {
                Check check = made(step);
                checks.add(check);
                isBroken = check.outcome() == Outcome.FAILED && !step.isSample();
            }
        }
        progress.progress(ProgressListener.Step.VALIDATING, steps.size(), steps.size());
    }

    private List<Step> steps() {
        List<Step> steps = new ArrayList<>();
        steps.add(new Step("open", false, this::open));
        if (takesPhotos()) {
            steps.add(new Step(photo.name(), false, this::walkPhoto));
        }
        for (StageSpec stage : spec.stages()) {
            String suffix = spec.stages().size() == 1 ? "" : " " + stage.name();
            steps.add(new Step("shapes" + suffix, false, name -> shapes(name, stage)));
            steps.add(new Step("batches" + suffix, false, name -> batches(name, stage)));
        }
        if (takesPhotos()) {
            for (Picture picture : List.of(Picture.black(), Picture.grey(), Picture.noise())) {
                steps.add(new Step(picture.name(), false, name -> nothing(name, picture)));
            }
        }
        for (GoldenSample sample : version.manifest().golden()) {
            steps.add(new Step(sample.image(), true, name -> golden(name, sample)));
        }
        return steps;
    }

    private Check made(Step step) throws InterruptedException {
        if (end.isPassed()) {
            return new Check(step.name(), Outcome.FAILED, "trying it out took longer than " + words(limits.total()));
        }
        try {
            return step.look().check(step.name());
        } catch (RuntimeException e) {
            if (Thread.interrupted()) {
                // What was thrown comes of that.
                throw new InterruptedException();
            }
            LOG.warn("{}: {} failed", version.ref().qualified(), step.name(), e);
            return new Check(step.name(), Outcome.FAILED, words(step.name(), e));
        }
    }

    /// What went wrong, for anybody.
    private String words(String step, RuntimeException thrown) {
        return switch (thrown) {
            case RunLostException _ -> "the model brings its process down (" + step + ")";
            case FailureException e
            when e.failure().reason() == Reason.WORKER_LOST -> "the model brings its process down (" + step + ")";
            case FailureException e -> e.failure().detail();
            case EngineException e
            when LimitedSession.TOO_LONG.equals(e.getMessage()) -> LimitedSession.TOO_LONG + " (" + step + ")";
            case EngineException _ ->
                step.equals("open")
                        ? "the model version cannot be loaded" + SEE_LOG
                        : "the model failed (" + step + ")" + SEE_LOG;
            case BenchRunner.NoRoomException _ -> "one run does not fit into the slab (" + step + ")";
            case OutputInvalidException e ->
                "the family " + spec.family() + " cannot read what the model puts out: "
                        + Failures.of(e).detail();
            default -> step + ": " + Failures.of(thrown).detail();
        };
    }

    private Check open(String name) {
        List<String> took = new ArrayList<>();
        bytesBefore = bench.host().reclaim();
        for (StageSpec stage : spec.stages()) {
            long start = end.nanoClock().getAsLong();
            EngineSession session = bench.host()
                    .open(
                            version.stageFile(stage.name()).engine(),
                            version.file(stage.name()),
                            graphs.of(version, stage.name()));
            closings.addFirst(session::close);
            if (stage.source() instanceof InputSpec input
                    && session.signature().input(input.name()).isEmpty()) {
                return new Check(
                        name,
                        Outcome.FAILED,
                        "the model has no input " + input.name() + " (it has "
                                + session.signature().inputs().stream()
                                        .map(TensorInfo::name)
                                        .toList() + ")");
            }
            LimitedSession limited = new LimitedSession(session, supervision, end.nanoClock());
            closings.addFirst(limited::close);
            sessions.put(stage.name(), limited);
            took.add(String.format(
                    Locale.ROOT,
                    "%s in %.0f ms",
                    stage.name(),
                    (end.nanoClock().getAsLong() - start) / NANOS_PER_MILLI));
        }
        return new Check(name, Outcome.PASSED, String.join(", ", took));
    }

    private boolean takesPhotos() {
        return PHOTO_CHANNELS.contains(spec.firstStage().input().channels());
    }

    private Check walkPhoto(String name) throws InterruptedException {
        Walk.Walked walked = walk.of(photo.bytes(), end);
        return walked.hasNaN()
                ? new Check(name, Outcome.FAILED, "what the model makes of a photo is no number (NaN)")
                : new Check(name, Outcome.PASSED, count(walked.annotations().size()));
    }

    private static String count(int labels) {
        return labels == 1 ? "1 label" : labels + " labels";
    }

    /// One row of each shape that assets bring about. All runs are warm-up to the engine, which steps back for those that
    /// serve.
    private Check shapes(String name, StageSpec stage) throws InterruptedException {
        if (stage.isMade()) {
            return madeShapes(name, stage);
        }
        if (stage.input().size() instanceof SizeRule.Fixed(ImageSize size)) {
            return new Check(name, Outcome.PASSED, "always " + stage.input().rowShape(size));
        }
        Set<String> seen = new LinkedHashSet<>();
        for (Rect shape : SHAPES) {
            PreparedRow row =
                    prepared(stage.input(), List.of(new RowSource.Crop(shape))).getFirst();
            if (seen.add(row.shape().toString())) {
                boolean hasNaN = runner.run(
                        session(stage),
                        stage.input().name(),
                        List.of(row),
                        shares -> shares.getFirst().stream()
                                .anyMatch(tensor -> Snapshot.of(tensor).hasNaN()));
                if (hasNaN) {
                    return new Check(
                            name,
                            Outcome.FAILED,
                            "what the model makes of a photo is no number (NaN), with a row of " + row.shape());
                }
            }
        }
        return new Check(name, Outcome.PASSED, String.join(", ", seen));
    }

    private Check madeShapes(String name, StageSpec stage) {
        Set<String> seen = new LinkedHashSet<>();
        for (List<Tensor> row : family.samples(stage, session(stage).signature().inputs())) {
            var _ = runner.run(session(stage), row, List::size);
            row.forEach(tensor -> seen.add(tensor.name() + " " + tensor.shape()));
        }
        return new Check(name, Outcome.PASSED, String.join(", ", seen));
    }

    private Check batches(String name, StageSpec stage) throws InterruptedException {
        if (stage.maxBatch() == 1) {
            return new Check(name, Outcome.PASSED, "1 row in a run, as it claims");
        }
        BatchProbe probe = new BatchProbe(
                session(stage),
                stage.input().name(),
                runner,
                Deadline.after(limits.batches(), end.nanoClock()),
                end,
                room::most,
                this::heldBytes);
        BatchProbe.Found found = probe.probe(prepared(stage.input(), PARTS), stage.maxBatch());
        rowLimits.put(stage.name(), found.rows());
        return found.why()
                .map(why -> new Check(
                        name,
                        Outcome.NOTED,
                        "at most " + found.rows() + " of the " + stage.maxBatch() + " rows that it claims: " + why))
                .orElseGet(() -> new Check(name, Outcome.PASSED, stage.maxBatch() + " rows in a run, as it claims"));
    }

    private long heldBytes() {
        long held = Math.max(0, bench.host().reclaim() - bytesBefore);
        room.holds(held);
        return held;
    }

    /// What an image that shows nothing is read as.
    private Check nothing(String name, Picture picture) throws InterruptedException {
        try {
            Walk.Walked walked = walk.of(picture.bytes(), end);
            return walked.hasNaN()
                    ? new Check(name, Outcome.NOTED, "what the model makes of it is no number (NaN)")
                    : new Check(name, Outcome.PASSED, count(walked.annotations().size()));
        } catch (EngineException | OutputInvalidException e) {
            LOG.info("{}: {}", version.ref().qualified(), name, e);
            return new Check(name, Outcome.NOTED, words(name, e));
        }
    }

    private Check golden(String name, GoldenSample sample) throws InterruptedException {
        GoldenResult result = new GoldenTrial(version, walk).compare(sample, end);
        golden.add(result);
        int expected = result.classes().stream()
                .mapToInt(GoldenResult.ClassResult::expected)
                .sum();
        if (result.isMet()) {
            return new Check(name, Outcome.PASSED, count(expected) + " as expected");
        }
        int others = result.deviations().size() - 1;
        return new Check(
                name,
                Outcome.FAILED,
                sample.image() + ": " + result.deviations().getFirst()
                        + (others == 0 ? "" : ", and " + others + " more"));
    }

    /// Rows of the photo; of nothing where a model takes more bands than a photo has.
    private List<PreparedRow> prepared(InputSpec input, List<RowSource> sources) throws InterruptedException {
        if (PHOTO_CHANNELS.contains(input.channels())) {
            return rows.make(photo.bytes(), input, sources, end).rows();
        }
        return sources.stream().map(source -> blank(input, source)).toList();
    }

    private static PreparedRow blank(InputSpec input, RowSource source) {
        ImageSize asset = switch (source) {
            case RowSource.Whole _ ->
                new ImageSize(
                        (int) SHAPES.getFirst().width(), (int) SHAPES.getFirst().height());
            case RowSource.Crop(Rect area) -> new ImageSize((int) area.width(), (int) area.height());
            case RowSource.Turned(RotatedRect area) ->
                new ImageSize((int) Math.max(1, area.width()), (int) Math.max(1, area.height()));
        };
        ImageSize size = input.size().of(asset);
        var shape = input.rowShape(size);
        return new PreparedRow(
                shape,
                input.dtype(),
                ImageTransform.scaling(asset, size, 1, 1, 0, 0),
                new byte[Math.toIntExact(input.dtype().bytes(shape))]);
    }

    private EngineSession session(StageSpec stage) {
        return Optional.ofNullable(sessions.get(stage.name())).orElseThrow();
    }

    private static String words(Duration duration) {
        return duration.toSeconds() + " s";
    }

    /// Closes the sessions.
    @Override
    public void close() {
        Closing.all(closings.stream());
    }

    /// @param isSample whether others are looked at where this fails
    private record Step(String name, boolean isSample, Look look) {}

    /// Looks at something.
    @FunctionalInterface
    private interface Look {
        Check check(String name) throws InterruptedException;
    }
}
