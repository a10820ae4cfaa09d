package dev.firstpass.server.pipeline;

import java.util.EnumMap;
import java.util.Map;
import java.util.function.LongSupplier;

/// Splits a request's time into spans without gaps: each mark books the time since the mark before. Knows of what was spared, too.
///
/// For one thread.
final class Stopwatch {
    enum Span {
        FETCH("fetch"),
        DECODE("decode"),
        QUEUE("queue"),
        INFER("infer"),
        POSTPROCESS("postprocess"),
        WRITE("write");

        private final String id;

        Span(String id) {
            this.id = id;
        }
    }

    private final LongSupplier nanoClock;
    private final StageListener listener;
    private final Map<Span, Long> spans = new EnumMap<>(Span.class);
    private final long start;
    private long last;
    private boolean isEncoderSpared;

    Stopwatch(LongSupplier nanoClock) {
        this(nanoClock, StageListener.NONE);
    }

    /// @param listener hears of each span as it ends
    Stopwatch(LongSupplier nanoClock, StageListener listener) {
        this.nanoClock = nanoClock;
        this.listener = listener;
        this.start = nanoClock.getAsLong();
        this.last = start;
    }

    /// Books the time since the last mark.
    void mark(Span span) {
        long now = nanoClock.getAsLong();
        book(span, last, now);
        last = now;
    }

    /// Books the time since the last mark, of which `inferNanos` were spent running and the rest waiting.
    void markInference(long inferNanos) {
        long now = nanoClock.getAsLong();
        long running = Math.min(inferNanos, now - last);
        book(Span.QUEUE, last, now - running);
        book(Span.INFER, now - running, now);
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

    private void book(Span span, long began, long ended) {
        spans.merge(span, ended - began, Long::sum);
        listener.ended(span.id, began, ended);
    }

    private long of(Span span) {
        return spans.getOrDefault(span, 0L);
    }
}
