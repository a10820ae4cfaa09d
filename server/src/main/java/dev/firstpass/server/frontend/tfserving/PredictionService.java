package dev.firstpass.server.frontend.tfserving;

import com.google.protobuf.Any;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.unsafe.grpc.GrpcUnsafeBufferUtil;
import dev.firstpass.proto.tensorflow.serving.ClassificationRequest;
import dev.firstpass.proto.tensorflow.serving.ClassificationResponse;
import dev.firstpass.proto.tensorflow.serving.GetModelMetadataRequest;
import dev.firstpass.proto.tensorflow.serving.GetModelMetadataResponse;
import dev.firstpass.proto.tensorflow.serving.MultiInferenceRequest;
import dev.firstpass.proto.tensorflow.serving.MultiInferenceResponse;
import dev.firstpass.proto.tensorflow.serving.PredictRequest;
import dev.firstpass.proto.tensorflow.serving.PredictResponse;
import dev.firstpass.proto.tensorflow.serving.PredictionServiceGrpc;
import dev.firstpass.proto.tensorflow.serving.RegressionRequest;
import dev.firstpass.proto.tensorflow.serving.RegressionResponse;
import dev.firstpass.proto.tensorflow.serving.SignatureDefMap;
import dev.firstpass.server.call.Priority;
import dev.firstpass.server.call.TimeLimit;
import dev.firstpass.server.config.Limits;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Words;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.RequestNotes;
import dev.firstpass.server.frontend.RequestRules;
import dev.firstpass.server.frontend.RequestThreads;
import dev.firstpass.server.frontend.RequestTime;
import dev.firstpass.server.frontend.TensorCalls;
import dev.firstpass.server.frontend.UnreadAnswers;
import dev.firstpass.server.frontend.grpc.UnaryReply;
import dev.firstpass.server.pipeline.TensorAnswer;
import dev.firstpass.server.pipeline.TensorModel;
import dev.firstpass.server.pipeline.TensorRequest;
import dev.firstpass.server.security.Callers;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.Optional;

/// The service `tensorflow.serving.PredictionService`, as far as it is served.
///
/// Thread-safe. Called on event loops; inference needs no thread of its own.
final class PredictionService extends PredictionServiceGrpc.PredictionServiceImplBase {
    static final String SIGNATURES = "signature_def";

    private final Limits limits;
    private final RequestThreads threads;
    private final UnreadAnswers unread;
    private final TensorCalls calls;

    PredictionService(FrontendContext context) {
        this.limits = context.limits();
        this.threads = context.threads();
        this.unread = context.unread();
        this.calls = new TensorCalls(context);
    }

    @Override
    public void predict(PredictRequest message, StreamObserver<PredictResponse> observer) {
        ServiceRequestContext context = ServiceRequestContext.current();
        RequestNotes.of(context).bodyRead();
        UnaryReply<PredictResponse> reply = reply(context, observer);
        try {
            unread.requireReading(context);
            Spec spec = Spec.of(Callers.tenant(context), message.hasModelSpec(), message.getModelSpec());
            new Prediction(context, message, reply, spec).begin();
        } catch (RuntimeException | Error e) {
            GrpcUnsafeBufferUtil.releaseBuffer(message, context);
            reply.fail(e);
        }
    }

    @Override
    public void getModelMetadata(GetModelMetadataRequest request, StreamObserver<GetModelMetadataResponse> observer) {
        ServiceRequestContext context = ServiceRequestContext.current();
        RequestNotes.of(context).bodyRead();
        reply(context, observer).follow(threads.run(context, () -> metadata(context, request)));
    }

    private GetModelMetadataResponse metadata(ServiceRequestContext context, GetModelMetadataRequest request) {
        Spec spec = Spec.of(Callers.tenant(context), request.hasModelSpec(), request.getModelSpec());
        if (request.getMetadataFieldCount() == 0) {
            throw RequestRules.invalid("metadata_field", "metadata_field: none (expected: " + SIGNATURES + ")");
        }
        for (String field : request.getMetadataFieldList()) {
            if (!field.equals(SIGNATURES)) {
                throw RequestRules.invalid(
                        "metadata_field", "metadata_field: " + Words.quoted(field) + " (expected: " + SIGNATURES + ")");
            }
        }
        TensorModel model = calls.describe(context, spec.target());
        SignatureDefMap signatures = SignatureDefMap.newBuilder()
                .putSignatureDef(Signatures.name(model), Signatures.message(model.signature()))
                .build();
        return GetModelMetadataResponse.newBuilder()
                .setModelSpec(PredictMessages.model(spec, model.version().number()))
                .putMetadata(SIGNATURES, Any.pack(signatures))
                .build();
    }

    @Override
    public void classify(ClassificationRequest request, StreamObserver<ClassificationResponse> observer) {
        reply(ServiceRequestContext.current(), observer).fail(TfServingFrontend.notServed("Classify"));
    }

    @Override
    public void regress(RegressionRequest request, StreamObserver<RegressionResponse> observer) {
        reply(ServiceRequestContext.current(), observer).fail(TfServingFrontend.notServed("Regress"));
    }

    @Override
    public void multiInference(MultiInferenceRequest request, StreamObserver<MultiInferenceResponse> observer) {
        reply(ServiceRequestContext.current(), observer).fail(TfServingFrontend.notServed("MultiInference"));
    }

    private static <T> UnaryReply<T> reply(ServiceRequestContext context, StreamObserver<T> observer) {
        return new UnaryReply<>(context, observer, TfServingErrors::grpcCode);
    }

    /// One request and its answer.
    ///
    /// For one thread at a time, its event loop but for the end of what it waits for.
    private final class Prediction implements TensorCalls.Listener {
        private final ServiceRequestContext context;
        private final PredictRequest message;
        private final UnaryReply<PredictResponse> reply;
        private final Spec spec;

        Prediction(
                ServiceRequestContext context, PredictRequest message, UnaryReply<PredictResponse> reply, Spec spec) {
            this.context = context;
            this.message = message;
            this.reply = reply;
            this.spec = spec;
        }

        void begin() {
            TensorRequest request = new TensorRequest(
                    spec.target(),
                    Optional.empty(),
                    PredictMessages.inputs(message, limits.maxBodyBytes()),
                    message.getOutputFilterList(),
                    Priority.INTERACTIVE,
                    RequestTime.beginCall(context, new TimeLimit(limits.timeout(), false)),
                    Callers.of(context));
            if (Signatures.isEverywhere(spec.signature())) {
                calls.infer(context, request, this);
            } else {
                inferBySignature(request);
            }
        }

        /// A name that not every model's signature has is looked up.
        private void inferBySignature(TensorRequest request) {
            var _ = context.whenRequestCancelling().thenAccept(reply::fail);
            var _ = calls.described(spec.target())
                    .whenCompleteAsync(
                            (model, failure) -> {
                                if (failure != null) {
                                    reply.fail(failure);
                                    taken();
                                    return;
                                }
                                try {
                                    Signatures.requireServed(spec.signature(), model);
                                } catch (FailureException e) {
                                    reply.fail(e, Status.Code.FAILED_PRECONDITION);
                                    taken();
                                    return;
                                }
                                calls.infer(context, request, this);
                            },
                            context.eventLoop())
                    .whenComplete((_, fault) -> {
                        if (fault != null) {
                            reply.fail(fault);
                        }
                    });
        }

        @Override
        public void taken() {
            GrpcUnsafeBufferUtil.releaseBuffer(message, context);
        }

        /// The wire library copies the message out of the slab before `succeed` returns, since this is its event loop.
        @Override
        public void answered(TensorAnswer answer) {
            try (answer) {
                PredictResponse response = PredictMessages.response(spec, answer);
                unread.hold(context, response.getSerializedSize());
                reply.succeed(response);
                answer.sent();
            } catch (RuntimeException e) {
                reply.fail(e);
            }
        }

        @Override
        public void failed(Throwable failure) {
            reply.fail(failure);
        }
    }
}
