package dev.firstpass.server.frontend.grpc;

import dev.firstpass.proto.v1.PrelabelRequest;
import dev.firstpass.proto.v1.PrelabelResponse;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.server.call.CacheUse;
import dev.firstpass.server.call.Caller;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Failures;
import dev.firstpass.server.frontend.Backend;
import dev.firstpass.server.frontend.Faults;
import dev.firstpass.server.frontend.ModelDescription;
import dev.firstpass.server.frontend.RequestNotes;
import dev.firstpass.server.observe.Metrics.ModelLabel;
import dev.firstpass.server.pipeline.PrelabelAnswer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One message answered, measured and, where the server is at fault, logged: the same for a unary call and for
/// each message of a stream.
///
/// Thread-safe. Blocks.
final class Calls {
    private static final Logger LOG = LoggerFactory.getLogger(Calls.class);

    private final Backend backend;
    private final RequestMessages messages;

    Calls(Backend backend, RequestMessages messages) {
        this.backend = backend;
        this.messages = messages;
    }

    /// @param deadline of the call as a whole, begun when the message came
    /// @param cache what the call's metadata say of caches
    /// @param caller whose call it is
    /// @param requestId the message's
    /// @param call notes of the call that it came by
    Outcome answer(
            PrelabelRequest message,
            Deadline deadline,
            CacheUse cache,
            Caller caller,
            String requestId,
            RequestNotes call) {
        long began = System.nanoTime();
        ModelLabel label = ModelLabel.NONE;
        try {
            ModelRef ref = ModelRef.parse(caller.tenant(), message.getModel());
            ModelDescription model = backend.models().model(ref);
            label = model.label();
            var request = messages.request(message, ref, model, deadline, cache, caller, requestId);
            PrelabelAnswer answer = backend.prelabeler().prelabel(request.with(call.stages()));
            backend.metrics().answered(label, answer, call.sampledTrace());
            PrelabelResponse response =
                    AnswerMessages.response(answer, request.written().isPresent());
            measure(label, "OK", "OK", began, call);
            return new Outcome.Answered(response);
        } catch (Throwable thrown) {
            // An Error, too: a stream has nobody else who would answer the message, log it and count it.
            Failure failure = Failures.of(thrown);
            Faults.log(LOG, requestId, call.trace(), failure, thrown);
            measure(label, failure.reason().grpcCode(), failure.reason().name(), began, call);
            return new Outcome.Failed(failure);
        }
    }

    private void measure(ModelLabel label, String code, String reason, long began, RequestNotes call) {
        call.model(label);
        backend.metrics()
                .request(GrpcFrontend.API, label, code, reason, System.nanoTime() - began, call.sampledTrace());
    }

    /// What became of a message.
    sealed interface Outcome {
        record Answered(PrelabelResponse response) implements Outcome {}

        record Failed(Failure failure) implements Outcome {}
    }
}
