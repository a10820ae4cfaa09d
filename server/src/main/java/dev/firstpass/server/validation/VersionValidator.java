package dev.firstpass.server.validation;

import dev.firstpass.postprocess.family.ModelFamily;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.Validator;
import dev.firstpass.registry.store.ModelRegistry;
import dev.firstpass.registry.validation.Check;
import dev.firstpass.registry.validation.Check.Outcome;
import dev.firstpass.registry.validation.GoldenResult;
import dev.firstpass.registry.validation.ValidationReport;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Failures;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.runtime.batch.Supervision;
import dev.firstpass.server.runtime.graph.SavedGraphs;
import dev.firstpass.server.runtime.lifecycle.ModelRuntime;
import dev.firstpass.server.runtime.lifecycle.Room;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tries versions out on benches of their own, in memory that is set aside for them, and keeps what was found.
///
/// Thread-safe; a few trials run at a time, the others wait. Owns nothing.
public final class VersionValidator implements Validator {
    private static final Logger LOG = LoggerFactory.getLogger(VersionValidator.class);
    private static final double NANOS_PER_MILLI = 1e6;
    private static final int TRIALS_AT_A_TIME = 2;

    private final ModelRegistry registry;
    private final ModelRuntime models;
    private final Bench.Maker benches;
    private final RowMaker rows;
    private final Supervision supervision;
    private final SavedGraphs graphs;
    private final List<ModelFamily> families;
    private final TrialLimits limits;
    private final InstantSource wallClock;
    private final LongSupplier nanoClock;
    private final Semaphore turns = new Semaphore(TRIALS_AT_A_TIME, true);

    /// @param registry checks files, and keeps the reports
    /// @param models among whose memory the version's is
    /// @param rows made as requests' rows are
    /// @param supervision what is done about runs that do not end
    /// @param graphs kept for the load that follows
    public VersionValidator(
            ModelRegistry registry,
            ModelRuntime models,
            Bench.Maker benches,
            RowMaker rows,
            Supervision supervision,
            SavedGraphs graphs,
            List<ModelFamily> families,
            TrialLimits limits,
            InstantSource wallClock,
            LongSupplier nanoClock) {
        this.registry = registry;
        this.models = models;
        this.benches = benches;
        this.rows = rows;
        this.supervision = supervision;
        this.graphs = graphs;
        this.families = List.copyOf(families);
        this.limits = limits;
        this.wallClock = wallClock;
        this.nanoClock = nanoClock;
    }

    @Override
    public void validate(ModelVersion version) {
        validate(version, ProgressListener.NONE);
    }

    /// @throws IllegalStateException with what anybody may read, if the version does not work
    /// @throws BrokenOffException if this thread is interrupted, or the server goes down
    @Override
    public void validate(ModelVersion version, ProgressListener progress) {
        progress.progress(ProgressListener.Step.VALIDATING, 0, 1);
        ValidationReport report;
        try {
            turns.acquire();
            try {
                report = tried(version, progress);
            } finally {
                turns.release();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BrokenOffException(
                    new FailureException(Failure.of(Reason.CANCELLED, "the trial was broken off"), e));
        }
        registry.keep(version.ref(), report);
        report.failure().ifPresent(failure -> {
            throw new IllegalStateException(failure);
        });
    }

    private ValidationReport tried(ModelVersion version, ProgressListener progress) throws InterruptedException {
        Instant at = wallClock.instant();
        long start = nanoClock.getAsLong();
        Deadline end = Deadline.after(limits.total(), nanoClock);
        Optional<String> problem = registry.check(version);
        if (problem.isPresent()) {
            return report(at, start, "", List.of(new Check("files", Outcome.FAILED, problem.get())));
        }
        Check files =
                new Check("files", Outcome.PASSED, version.manifest().files().size() + " as registered");
        try (Room room = models.room(version, end);
                Bench bench = benches.bench(room.device());
                Trial trial =
                        new Trial(version, family(version), bench, room, rows, supervision, graphs, limits, end)) {
            trial.run(progress);
            List<Check> checks = new ArrayList<>(List.of(files));
            checks.addAll(trial.checks());
            return report(at, start, room.device(), checks, trial.rows(), trial.golden());
        } catch (RuntimeException e) {
            if (Failures.of(e).reason() == Reason.DRAINING) {
                throw new BrokenOffException(e);
            }
            LOG.warn("{} cannot be tried out", version.ref().qualified(), e);
            return report(
                    at,
                    start,
                    "",
                    List.of(
                            files,
                            new Check("open", Outcome.FAILED, Failures.of(e).detail())));
        }
    }

    private ModelFamily family(ModelVersion version) {
        String id = version.manifest().spec().family();
        return families.stream()
                .filter(family -> family.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("family: " + id + " is not in this release"));
    }

    private ValidationReport report(Instant at, long start, String device, List<Check> checks) {
        return report(at, start, device, checks, Map.of(), List.of());
    }

    private ValidationReport report(
            Instant at,
            long start,
            String device,
            List<Check> checks,
            Map<String, Integer> rows,
            List<GoldenResult> golden) {
        long millis = Math.round((nanoClock.getAsLong() - start) / NANOS_PER_MILLI);
        return new ValidationReport(at, millis, device, checks, rows, golden);
    }
}
