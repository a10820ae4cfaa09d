package dev.firstpass.server.rollout;

import dev.firstpass.postprocess.annotation.Annotation;
import java.util.List;
import java.util.OptionalDouble;
import org.HdrHistogram.Histogram;

/// What one arm of a rollout has done.
///
/// Thread-safe.
final class ArmFigures {
    private final Histogram micros = new Histogram(3);
    private long requests;
    private long cached;
    private long errors;
    private long labels;
    private double scores;

    synchronized void answered(List<Annotation> annotations, boolean isCached, long nanos) {
        requests++;
        if (isCached) {
            cached++;
        } else {
            micros.recordValue(Math.max(0, nanos / 1000));
        }
        labels += annotations.size();
        for (Annotation annotation : annotations) {
            scores += annotation.candidate().score();
        }
    }

    synchronized void failed() {
        requests++;
        errors++;
    }

    synchronized ArmReport report() {
        return new ArmReport(
                requests,
                cached,
                errors,
                Latencies.of(micros),
                labels,
                labels == 0 ? OptionalDouble.empty() : OptionalDouble.of(scores / labels));
    }
}
