package dev.firstpass.server.observe;

import dev.firstpass.server.pipeline.StageListener;
import java.util.Map;
import java.util.Optional;

/// The trace of one request: a span of the server's, below the caller's where it named one, and one below that for each stage.
///
/// Thread-safe. Takes no time, and does not throw.
public interface RequestTrace extends StageListener {
    /// 32 hexadecimal digits.
    String traceId();

    /// Of the server's span: 16 hexadecimal digits.
    String spanId();

    /// Whether it is sent to the collector. What nobody will see costs a few marks and nothing more.
    boolean isSampled();

    /// The trace's, as W3C's `traceparent`.
    @Override
    Map<String, String> carried();

    /// The request has ended. Once.
    void ended(End end);

    /// How a request ended. None of it is what a caller wrote.
    ///
    /// Immutable.
    ///
    /// @param route pattern of its path
    /// @param api its door
    /// @param model `coco@3`; empty where it was for none that exists
    /// @param httpStatus of the answer
    /// @param grpcStatus name of the code; empty where it was no call
    /// @param reason why it was not answered, or `OK`
    /// @param isFault whether that is the server's doing
    record End(
            String method,
            String route,
            String api,
            String requestId,
            Optional<String> model,
            int httpStatus,
            Optional<String> grpcStatus,
            String reason,
            boolean isFault) {}
}
