package dev.firstpass.server.pipeline;

import java.util.List;

/// Where a request's time went: disjoint spans in the order of the walk that add up to the total, but for the few
/// microseconds between them. A span that the request did not need is 0.
///
/// Immutable.
public record StageTimes(
        long fetchNanos,
        long decodeNanos,
        long queueNanos,
        long inferNanos,
        long postprocessNanos,
        long writeNanos,
        long totalNanos) {

    /// The spans by their names on the wire, without the total.
    public List<Span> spans() {
        return List.of(
                new Span("fetch", fetchNanos),
                new Span("decode", decodeNanos),
                new Span("queue", queueNanos),
                new Span("infer", inferNanos),
                new Span("postprocess", postprocessNanos),
                new Span("write", writeNanos));
    }

    public record Span(String name, long nanos) {}
}
