package dev.firstpass.server.pipeline;

import java.util.EnumMap;
import java.util.Map;
import java.util.function.LongSupplier;

/// Splits a request's time into spans without gaps: each mark books the time since the mark before. Knows of what was spared, too.
///
/// For one thread.
final class Stopwatch {
    enum Span {
        FETCH,
        DECODE,
        QUEUE,
        INFER,
        POSTPROCESS,
        WRITE
    }

    private final LongSupplier nanoClock;
    private final Map<Span, Long> spans = new EnumMap<>(Span.class);
    private final long start;
    private long last;
    private boolean isEncoderSpared;

    Stopwatch(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
        this.start = nanoClock.getAsLong();
        this.last = start;
    }

    /// Books the time since the last mark.
    void mark(Span span) {
        long now = nanoClock.getAsLong();
        add(span, now - last);
        last = now;
    }

    /// Books the time since the last mark, of which `inferNanos` were spent running and the rest waiting.
    void markInference(long inferNanos) {
        long now = nanoClock.getAsLong();
        long running = Math.min(inferNanos, now - last);
        add(Span.INFER, running);
        add(Span.QUEUE, now - last - running);
        last = now;
    }

    /// Notes that no encoder ran, since what it makes of the asset was known.
    void spareEncoder() {
        isEncoderSpared = true;
    }

    boolean isEncoderSpared() {
        return isEncoderSpared;
    }

    StageTimes times() {
        return new StageTimes(
                of(Span.FETCH),
                of(Span.DECODE),
                of(Span.QUEUE),
                of(Span.INFER),
                of(Span.POSTPROCESS),
                of(Span.WRITE),
                last - start);
    }

    private void add(Span span, long nanos) {
        spans.merge(span, nanos, Long::sum);
    }

    private long of(Span span) {
        return spans.getOrDefault(span, 0L);
    }
}
