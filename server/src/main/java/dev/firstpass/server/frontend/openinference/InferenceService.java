package dev.firstpass.server.frontend.openinference;

import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.unsafe.grpc.GrpcUnsafeBufferUtil;
import dev.firstpass.proto.inference.DataType;
import dev.firstpass.proto.inference.GRPCInferenceServiceGrpc;
import dev.firstpass.proto.inference.ModelConfig;
import dev.firstpass.proto.inference.ModelConfigRequest;
import dev.firstpass.proto.inference.ModelConfigResponse;
import dev.firstpass.proto.inference.ModelDynamicBatching;
import dev.firstpass.proto.inference.ModelInferRequest;
import dev.firstpass.proto.inference.ModelInferResponse;
import dev.firstpass.proto.inference.ModelInput;
import dev.firstpass.proto.inference.ModelMetadataRequest;
import dev.firstpass.proto.inference.ModelMetadataResponse;
import dev.firstpass.proto.inference.ModelOutput;
import dev.firstpass.proto.inference.ModelReadyRequest;
import dev.firstpass.proto.inference.ModelReadyResponse;
import dev.firstpass.proto.inference.ModelStatisticsRequest;
import dev.firstpass.proto.inference.ModelStatisticsResponse;
import dev.firstpass.proto.inference.ModelStreamInferResponse;
import dev.firstpass.proto.inference.RepositoryIndexRequest;
import dev.firstpass.proto.inference.RepositoryIndexResponse;
import dev.firstpass.proto.inference.RepositoryModelLoadRequest;
import dev.firstpass.proto.inference.RepositoryModelLoadResponse;
import dev.firstpass.proto.inference.RepositoryModelUnloadRequest;
import dev.firstpass.proto.inference.RepositoryModelUnloadResponse;
import dev.firstpass.proto.inference.ServerLiveRequest;
import dev.firstpass.proto.inference.ServerLiveResponse;
import dev.firstpass.proto.inference.ServerMetadataRequest;
import dev.firstpass.proto.inference.ServerMetadataResponse;
import dev.firstpass.proto.inference.ServerReadyRequest;
import dev.firstpass.proto.inference.ServerReadyResponse;
import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.server.config.Limits;
import dev.firstpass.server.frontend.Backend;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.OpenStreams;
import dev.firstpass.server.frontend.ReadinessProbe;
import dev.firstpass.server.frontend.RequestNotes;
import dev.firstpass.server.frontend.RequestThreads;
import dev.firstpass.server.frontend.RequestTime;
import dev.firstpass.server.frontend.TensorCalls;
import dev.firstpass.server.frontend.UnreadAnswers;
import dev.firstpass.server.frontend.grpc.UnaryReply;
import dev.firstpass.server.pipeline.TensorAnswer;
import dev.firstpass.server.pipeline.TensorModel;
import dev.firstpass.server.pipeline.TensorOutput;
import dev.firstpass.server.pipeline.TensorRequest;
import dev.firstpass.server.pipeline.TensorTarget;
import dev.firstpass.server.security.Callers;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/// The service `inference.GRPCInferenceService`, as far as it is served.
///
/// Thread-safe. Called on event loops; inference needs no thread of its own, what reads the registry does.
final class InferenceService extends GRPCInferenceServiceGrpc.GRPCInferenceServiceImplBase {
    private final Backend backend;
    private final Limits limits;
    private final RequestThreads threads;
    private final UnreadAnswers unread;
    private final OpenStreams streams;
    private final ReadinessProbe readiness;
    private final Repository repository;
    private final PrelabelModel prelabels;
    private final TensorCalls calls;

    InferenceService(FrontendContext context) {
        this.backend = context.backend();
        this.limits = context.limits();
        this.threads = context.threads();
        this.unread = context.unread();
        this.streams = context.streams();
        this.readiness = context.readiness();
        this.prelabels = new PrelabelModel(context);
        this.calls = new TensorCalls(context);
        this.repository = new Repository(backend, limits.timeout());
    }

    @Override
    public void modelInfer(ModelInferRequest message, StreamObserver<ModelInferResponse> observer) {
        ServiceRequestContext context = ServiceRequestContext.current();
        RequestNotes.of(context).bodyRead();
        UnaryReply<ModelInferResponse> reply = new UnaryReply<>(context, observer, InferenceFailures::grpcCode);
        if (PrelabelModel.is(message.getModelName())) {
            prelabel(message, context, reply);
            return;
        }
        TensorRequest request;
        try {
            Callers.require(context, Scope.TENSORS);
            unread.requireReading(context);
            request = GrpcMessages.request(
                    message, limits, Callers.of(context), limit -> RequestTime.beginCall(context, limit));
        } catch (RuntimeException | Error e) {
            GrpcUnsafeBufferUtil.releaseBuffer(message, context);
            reply.fail(e);
            return;
        }
        calls.infer(context, request, new TensorCalls.Listener() {
            @Override
            public void taken() {
                GrpcUnsafeBufferUtil.releaseBuffer(message, context);
            }

            @Override
            public void answered(TensorAnswer answer) {
                InferenceService.this.classified(request, GrpcMessages.classes(message), answer, context, reply);
            }

            @Override
            public void failed(Throwable failure) {
                reply.fail(failure);
            }
        });
    }

    private void prelabel(
            ModelInferRequest message, ServiceRequestContext context, UnaryReply<ModelInferResponse> reply) {
        PrelabelModel.Asked asked;
        try {
            Callers.require(context, Scope.PRELABEL);
            unread.requireReading(context);
            asked = GrpcMessages.prelabels(message, limits, Callers.of(context));
        } catch (RuntimeException e) {
            reply.fail(e);
            return;
        } finally {
            GrpcUnsafeBufferUtil.releaseBuffer(message, context);
        }
        String name = message.getModelName();
        Optional<String> id = GrpcMessages.id(message);
        CompletableFuture<ModelInferResponse> answer = threads.run(context, () -> {
            PrelabelModel.Answer found = prelabels.infer(
                    context,
                    asked,
                    limit -> RequestTime.beginCall(context, limit),
                    RequestNotes.of(context).requestId());
            ModelInferResponse response = GrpcMessages.response(name, id, found.version(), found.outputs())
                    .build();
            unread.hold(context, response.getSerializedSize());
            return response;
        });
        reply.follow(answer);
    }

    @Override
    public StreamObserver<ModelInferRequest> modelStreamInfer(StreamObserver<ModelStreamInferResponse> observer) {
        ServiceRequestContext context = ServiceRequestContext.current();
        InferenceStream stream = new InferenceStream(
                backend, prelabels, threads, limits, context, (ServerCallStreamObserver<ModelStreamInferResponse>)
                        observer);
        streams.began(context, stream::end);
        return stream;
    }

    /// Takes over the answer.
    private void classified(
            TensorRequest request,
            Map<String, Integer> classes,
            TensorAnswer answer,
            ServiceRequestContext context,
            UnaryReply<ModelInferResponse> reply) {
        var _ = GrpcMessages.wanted(classes, answer, threads, context.eventLoop())
                .whenComplete((outputs, failure) -> {
                    if (failure == null) {
                        answered(request, outputs, answer, context, reply);
                    } else {
                        answer.close();
                        reply.fail(failure);
                    }
                });
    }

    /// The wire library copies the message out of the slab before `succeed` returns, since this is its event loop.
    private void answered(
            TensorRequest request,
            List<TensorOutput> outputs,
            TensorAnswer answer,
            ServiceRequestContext context,
            UnaryReply<ModelInferResponse> reply) {
        try (answer) {
            ModelInferResponse message =
                    GrpcMessages.response(request, answer, outputs).build();
            unread.hold(context, message.getSerializedSize());
            reply.succeed(message);
            answer.sent();
        } catch (RuntimeException e) {
            reply.fail(e);
        }
    }

    @Override
    public void serverLive(ServerLiveRequest request, StreamObserver<ServerLiveResponse> observer) {
        observer.onNext(ServerLiveResponse.newBuilder().setLive(true).build());
        observer.onCompleted();
    }

    @Override
    public void serverReady(ServerReadyRequest request, StreamObserver<ServerReadyResponse> observer) {
        observer.onNext(
                ServerReadyResponse.newBuilder().setReady(readiness.isReady()).build());
        observer.onCompleted();
    }

    @Override
    public void serverMetadata(ServerMetadataRequest request, StreamObserver<ServerMetadataResponse> observer) {
        observer.onNext(ServerMetadataResponse.newBuilder()
                .setName(Descriptions.SERVER)
                .setVersion(Descriptions.serverVersion())
                .addAllExtensions(Descriptions.EXTENSIONS)
                .build());
        observer.onCompleted();
    }

    @Override
    public void modelReady(ModelReadyRequest request, StreamObserver<ModelReadyResponse> observer) {
        Tenant tenant = tenant();
        TensorTarget target = new TensorTarget(tenant, request.getName(), request.getVersion());
        answer(
                observer,
                () -> ModelReadyResponse.newBuilder()
                        .setReady(readiness.isReady() && isReady(target))
                        .build());
    }

    /// Whose names those of the present call are.
    private static Tenant tenant() {
        return Callers.tenant(ServiceRequestContext.current());
    }

    private boolean isReady(TensorTarget target) {
        try {
            return backend.tensors().isReady(PrelabelModel.is(target) ? PrelabelModel.model(target) : target);
        } catch (RegistryException.ModelNotFound | RegistryException.VersionNotFound _) {
            return false;
        }
    }

    @Override
    public void modelMetadata(ModelMetadataRequest request, StreamObserver<ModelMetadataResponse> observer) {
        Tenant tenant = tenant();
        TensorTarget target = new TensorTarget(tenant, request.getName(), request.getVersion());
        describe(target, observer, model -> {
            ModelMetadataResponse.Builder response = ModelMetadataResponse.newBuilder()
                    .setName(target.name())
                    .addAllVersions(Descriptions.versions(
                            backend, model, !target.version().isEmpty()))
                    .setPlatform(Descriptions.platform(model));
            model.signature()
                    .inputs()
                    .forEach(input -> response.addInputs(ModelMetadataResponse.TensorMetadata.newBuilder()
                            .setName(input.name())
                            .setDatatype(DataTypes.name(input.type()))
                            .addAllShape(input.shape().extents())));
            model.signature()
                    .outputs()
                    .forEach(output -> response.addOutputs(ModelMetadataResponse.TensorMetadata.newBuilder()
                            .setName(output.name())
                            .setDatatype(DataTypes.name(output.type()))
                            .addAllShape(output.shape().extents())));
            return response.build();
        });
    }

    @Override
    public void modelConfig(ModelConfigRequest request, StreamObserver<ModelConfigResponse> observer) {
        Tenant tenant = tenant();
        TensorTarget target = new TensorTarget(tenant, request.getName(), request.getVersion());
        describe(
                target,
                observer,
                model -> ModelConfigResponse.newBuilder()
                        .setConfig(config(target.name(), model))
                        .build());
    }

    @Override
    public void modelStatistics(ModelStatisticsRequest request, StreamObserver<ModelStatisticsResponse> observer) {
        Tenant tenant = tenant();
        answer(
                observer,
                () -> Statistics.message(
                        request.getName().isEmpty()
                                ? backend.tensors().statistics(tenant)
                                : Statistics.of(
                                        backend.tensors(),
                                        new TensorTarget(tenant, request.getName(), request.getVersion())),
                        Instant.now()));
    }

    @Override
    public void repositoryIndex(RepositoryIndexRequest request, StreamObserver<RepositoryIndexResponse> observer) {
        Tenant tenant = tenant();
        answer(observer, () -> {
            repository.requireNone(request.getRepositoryName());
            return repository.index(tenant, request.getReady());
        });
    }

    @Override
    public void repositoryModelLoad(
            RepositoryModelLoadRequest request, StreamObserver<RepositoryModelLoadResponse> observer) {
        Tenant tenant = tenant();
        answer(observer, () -> {
            repository.load(
                    tenant,
                    request.getRepositoryName(),
                    request.getModelName(),
                    request.getParametersMap().keySet());
            return RepositoryModelLoadResponse.getDefaultInstance();
        });
    }

    @Override
    public void repositoryModelUnload(
            RepositoryModelUnloadRequest request, StreamObserver<RepositoryModelUnloadResponse> observer) {
        Tenant tenant = tenant();
        answer(observer, () -> {
            repository.unload(
                    tenant,
                    request.getRepositoryName(),
                    request.getModelName(),
                    request.getParametersMap().keySet());
            return RepositoryModelUnloadResponse.getDefaultInstance();
        });
    }

    private static ModelConfig config(String name, TensorModel model) {
        ModelConfig.Builder config = ModelConfig.newBuilder()
                .setName(name)
                .setPlatform(Descriptions.platform(model))
                .setBackend(Descriptions.backend(model))
                .setMaxBatchSize(model.mostRows());
        model.signature()
                .inputs()
                .forEach(input -> config.addInput(ModelInput.newBuilder()
                        .setName(input.name())
                        .setDataType(DataType.valueOf(Descriptions.configName(input.type())))
                        .addAllDims(Descriptions.dims(model, input))
                        .setOptional(PrelabelModel.isOptional(model, input))));
        model.signature()
                .outputs()
                .forEach(output -> config.addOutput(ModelOutput.newBuilder()
                        .setName(output.name())
                        .setDataType(DataType.valueOf(Descriptions.configName(output.type())))
                        .addAllDims(Descriptions.dims(model, output))));
        if (model.mostRows() > 0) {
            config.setDynamicBatching(ModelDynamicBatching.getDefaultInstance());
        }
        return config.build();
    }

    private <T> void describe(TensorTarget target, StreamObserver<T> observer, Function<TensorModel, T> described) {
        ServiceRequestContext context = ServiceRequestContext.current();
        answer(
                observer,
                () -> described.apply(
                        PrelabelModel.is(target)
                                ? prelabels.describe(context, target)
                                : calls.describe(context, target)));
    }

    /// Answers on a thread of its own.
    private <T> void answer(StreamObserver<T> observer, Callable<T> work) {
        ServiceRequestContext context = ServiceRequestContext.current();
        RequestNotes.of(context).bodyRead();
        new UnaryReply<>(context, observer, InferenceFailures::grpcCode).follow(threads.run(context, work));
    }
}
