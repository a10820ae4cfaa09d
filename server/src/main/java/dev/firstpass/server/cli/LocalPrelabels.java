package dev.firstpass.server.cli;

import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.postprocess.family.ModelFamilies;
import dev.firstpass.postprocess.family.ModelFamily;
import dev.firstpass.postprocess.format.LabelFormat;
import dev.firstpass.postprocess.format.LabelFormats;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.spec.Prompt;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.Project;
import dev.firstpass.registry.ProjectRef;
import dev.firstpass.server.ServerRuntime;
import dev.firstpass.server.asset.AssetRef;
import dev.firstpass.server.call.CacheUse;
import dev.firstpass.server.call.Caller;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.call.Priority;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Failures;
import dev.firstpass.server.pipeline.FormatChoice;
import dev.firstpass.server.pipeline.PrelabelAnswer;
import dev.firstpass.server.pipeline.PrelabelRequest;
import dev.firstpass.server.pipeline.StageTimes;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/// Pre-labels from this process, without a listener in between.
///
/// Thread-safe. Owns the runtime.
final class LocalPrelabels implements PrelabelAccess {
    private static final Duration TIMEOUT = Duration.ofMinutes(10);
    private static final double NANOS_PER_MILLI = 1e6;

    private final ServerRuntime runtime;

    LocalPrelabels(ServerRuntime runtime) {
        this.runtime = runtime;
    }

    @Override
    public Model model(ModelRef ref) {
        try {
            ModelVersion version = runtime.registry().resolve(ref);
            ModelSpec spec = version.manifest().spec();
            Optional<ModelFamily> family = ModelFamilies.byId(spec.family());
            List<String> labels = family.map(known -> known.labels(spec)).orElse(spec.classes());
            Map<String, Double> thresholds = new LinkedHashMap<>();
            spec.labels(labels).forEach(label -> thresholds.put(label, spec.threshold(label)));
            return new Model(
                    version.ref(), labels, family.map(known -> known.nativeGeometry(spec.parameters())), thresholds);
        } catch (RuntimeException e) {
            throw new FailureException(Failures.of(e), e);
        }
    }

    @Override
    public Project project(ProjectRef ref) {
        try {
            return runtime.registry().project(ref);
        } catch (RuntimeException e) {
            throw new FailureException(Failures.of(e), e);
        }
    }

    @Override
    public Answer prelabel(Job job) {
        try {
            return answer(job);
        } catch (RuntimeException e) {
            throw new FailureException(Failures.of(e), e);
        }
    }

    /// Formats after the first are written from findings that the runtime still knows.
    private Answer answer(Job job) {
        Map<String, LabelFile> files = new LinkedHashMap<>();
        Map<String, Double> millis = Map.of();
        Optional<Prelabels> prelabels = Optional.empty();
        for (String format : job.formats()) {
            PrelabelAnswer answer = runtime.prelabeler().prelabel(request(job, format));
            files.put(format, new LabelFile(answer.body(), extension(format, answer)));
            if (prelabels.isEmpty()) {
                prelabels = Optional.of(answer.prelabels());
                millis = millis(answer.times());
            }
        }
        var provenance = prelabels.orElseThrow().provenance();
        return new Answer(
                provenance.model() + "@" + provenance.version(),
                files,
                prelabels.filter(_ -> job.wantPrelabels()),
                millis,
                dropped(prelabels.orElseThrow()));
    }

    private static Map<String, Integer> dropped(Prelabels prelabels) {
        Map<String, Integer> counts = new LinkedHashMap<>();
        prelabels.dropped().forEach(one -> counts.put(one.reason().name(), one.count()));
        return counts;
    }

    private static PrelabelRequest request(Job job, String format) {
        return new PrelabelRequest(
                job.model(),
                new AssetRef.Inline(job.image(), Optional.empty()),
                Optional.of(job.assetId()),
                new Prompt.None(),
                job.labeling(),
                Optional.of(new FormatChoice(
                        format, format.equals(job.formats().getFirst()) ? job.formatOptions() : Map.of())),
                Priority.BULK,
                Deadline.after(TIMEOUT, System::nanoTime),
                CacheUse.FULL,
                Caller.LOCAL,
                UUID.randomUUID().toString());
    }

    private static String extension(String format, PrelabelAnswer answer) {
        return answer.mediaType().equals("application/zip")
                ? ".zip"
                : LabelFormats.byId(format).map(LabelFormat::fileExtension).orElse(".txt");
    }

    private static Map<String, Double> millis(StageTimes times) {
        Map<String, Double> millis = new LinkedHashMap<>();
        times.spans().forEach(span -> millis.put(span.name(), span.nanos() / NANOS_PER_MILLI));
        millis.put("total", times.totalNanos() / NANOS_PER_MILLI);
        return millis;
    }

    @Override
    public void close() {
        runtime.close();
    }
}
