package dev.firstpass.server.frontend.grpc;

import com.google.protobuf.Duration;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.proto.v1.EndRolloutRequest;
import dev.firstpass.proto.v1.GetModelRequest;
import dev.firstpass.proto.v1.GetOperationRequest;
import dev.firstpass.proto.v1.GetProjectRequest;
import dev.firstpass.proto.v1.GetRolloutRequest;
import dev.firstpass.proto.v1.GetVersionRequest;
import dev.firstpass.proto.v1.ListAuditRequest;
import dev.firstpass.proto.v1.ListAuditResponse;
import dev.firstpass.proto.v1.ListModelsRequest;
import dev.firstpass.proto.v1.ListModelsResponse;
import dev.firstpass.proto.v1.ListOperationsRequest;
import dev.firstpass.proto.v1.ListOperationsResponse;
import dev.firstpass.proto.v1.ListProjectsRequest;
import dev.firstpass.proto.v1.ListProjectsResponse;
import dev.firstpass.proto.v1.ListVersionsRequest;
import dev.firstpass.proto.v1.ListVersionsResponse;
import dev.firstpass.proto.v1.MoveAliasRequest;
import dev.firstpass.proto.v1.Operation;
import dev.firstpass.proto.v1.Project;
import dev.firstpass.proto.v1.ProjectValidation;
import dev.firstpass.proto.v1.RegisterVersionRequest;
import dev.firstpass.proto.v1.RegistryGrpc;
import dev.firstpass.proto.v1.RegistryModel;
import dev.firstpass.proto.v1.RegistryVersion;
import dev.firstpass.proto.v1.RetireVersionRequest;
import dev.firstpass.proto.v1.RollBackRequest;
import dev.firstpass.proto.v1.RolloutState;
import dev.firstpass.proto.v1.SetProjectRequest;
import dev.firstpass.proto.v1.SetRolloutRequest;
import dev.firstpass.proto.v1.ValidateProjectRequest;
import dev.firstpass.registry.ModelEntry;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.ProjectName;
import dev.firstpass.registry.ProjectRef;
import dev.firstpass.registry.ProjectSpec;
import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.Replica;
import dev.firstpass.registry.Rollout;
import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.manifest.ProjectDocument;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.IdempotencyKey;
import dev.firstpass.server.frontend.Operations;
import dev.firstpass.server.frontend.Page;
import dev.firstpass.server.frontend.RegistryAdmin;
import dev.firstpass.server.frontend.RegistryChanges;
import dev.firstpass.server.frontend.RequestRules;
import dev.firstpass.server.frontend.RolloutStatus;
import dev.firstpass.server.pipeline.FormatChoice;
import dev.firstpass.server.security.Callers;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// The service `firstpass.v1.Registry`.
///
/// Thread-safe. Called on event loops; the work is done on virtual threads.
final class RegistryService extends RegistryGrpc.RegistryImplBase {
    private static final long LONGEST_WAIT_SECONDS = 3600;
    private static final int MAX_NANOS = 999_999_999;
    private static final int USUAL_LINES = 100;
    private static final int MAX_LINES = 1000;

    private final FrontendContext context;
    private final RegistryAdmin registry;
    private final RegistryChanges changes;
    private final Operations operations;
    private final RegistryCalls calls;

    RegistryService(FrontendContext context) {
        this.context = context;
        this.registry = context.backend().registry();
        this.changes = new RegistryChanges(context);
        this.operations = context.operations();
        this.calls = new RegistryCalls(context.threads(), context.backend().metrics());
    }

    @Override
    public void listModels(ListModelsRequest request, StreamObserver<ListModelsResponse> observer) {
        answer(observer, tenant -> {
            Page<ModelEntry> page =
                    Page.ofModels(registry.entries(tenant), size(request.getPageSize()), given(request.getPageToken()));
            ListModelsResponse.Builder response = ListModelsResponse.newBuilder();
            List<Replica> replicas = registry.replicas();
            page.items().forEach(entry -> response.addModels(RegistryMessages.model(entry, registry, replicas)));
            page.nextToken().ifPresent(response::setNextPageToken);
            return response.build();
        });
    }

    @Override
    public void getModel(GetModelRequest request, StreamObserver<RegistryModel> observer) {
        answer(
                observer,
                tenant -> RegistryMessages.model(
                        registry.entry(new ModelName(tenant, request.getModel())), registry, registry.replicas()));
    }

    @Override
    public void listVersions(ListVersionsRequest request, StreamObserver<ListVersionsResponse> observer) {
        answer(observer, tenant -> {
            Page<ModelVersion> page = Page.ofVersions(
                    registry.entry(new ModelName(tenant, request.getModel())).versions(),
                    size(request.getPageSize()),
                    given(request.getPageToken()));
            ListVersionsResponse.Builder response = ListVersionsResponse.newBuilder();
            List<Replica> replicas = registry.replicas();
            page.items().forEach(version -> response.addVersions(RegistryMessages.brief(version, registry, replicas)));
            page.nextToken().ifPresent(response::setNextPageToken);
            return response.build();
        });
    }

    @Override
    public void getVersion(GetVersionRequest request, StreamObserver<RegistryVersion> observer) {
        answer(
                observer,
                tenant ->
                        RegistryMessages.version(version(tenant, request.getModel(), request.getVersion()), registry));
    }

    /// What a call is answered with.
    private interface Answer<T> {
        /// @param tenant whose names and ids those of the call are
        T to(Tenant tenant) throws Exception;
    }

    /// Answers the present call on a thread of its own.
    private <T> void answer(StreamObserver<T> observer, Answer<T> answer) {
        ServiceRequestContext call = ServiceRequestContext.current();
        Tenant tenant = Callers.tenant(call);
        var _ = calls.answer(call, observer, () -> answer.to(tenant));
    }

    private ModelVersion version(Tenant tenant, String model, long number) {
        ModelName name = new ModelName(tenant, model);
        return registry.entry(name)
                .version(number)
                .orElseThrow(() -> new RegistryException.VersionNotFound(
                        "version: " + number + " (expected: a version of " + name + ")"));
    }

    @Override
    public StreamObserver<RegisterVersionRequest> registerVersion(StreamObserver<Operation> observer) {
        return new RegisterStream(
                context, changes, calls, ServiceRequestContext.current(), (ServerCallStreamObserver<Operation>)
                        observer);
    }

    @Override
    public void moveAlias(MoveAliasRequest request, StreamObserver<Operation> observer) {
        ServiceRequestContext call = ServiceRequestContext.current();
        var _ = calls.answer(call, observer, () -> {
            if (request.getVersion() < 1) {
                throw RequestRules.invalid("version", "version (expected: a version's number)");
            }
            OptionalLong expected =
                    request.hasExpected() ? OptionalLong.of(request.getExpected()) : OptionalLong.empty();
            Optional<java.time.Duration> wait = wait(request.hasWait(), request.getWait());
            return ended(
                    call,
                    changes.moveAlias(
                            key(request.getIdempotencyKey()),
                            new ModelName(Callers.tenant(call), request.getModel()),
                            request.getAlias(),
                            request.getVersion(),
                            expected),
                    wait);
        });
    }

    @Override
    public void rollBack(RollBackRequest request, StreamObserver<Operation> observer) {
        ServiceRequestContext call = ServiceRequestContext.current();
        var _ = calls.answer(call, observer, () -> {
            OptionalLong expected =
                    request.hasExpected() ? OptionalLong.of(request.getExpected()) : OptionalLong.empty();
            Optional<java.time.Duration> wait = wait(request.hasWait(), request.getWait());
            return ended(
                    call,
                    changes.rollBack(
                            key(request.getIdempotencyKey()),
                            new ModelName(Callers.tenant(call), request.getModel()),
                            request.getAlias(),
                            expected),
                    wait);
        });
    }

    @Override
    public void retireVersion(RetireVersionRequest request, StreamObserver<Operation> observer) {
        ServiceRequestContext call = ServiceRequestContext.current();
        var _ = calls.answer(call, observer, () -> {
            ModelVersion version = version(Callers.tenant(call), request.getModel(), request.getVersion());
            Optional<java.time.Duration> wait = wait(request.hasWait(), request.getWait());
            return ended(call, changes.retire(key(request.getIdempotencyKey()), version.ref()), wait);
        });
    }

    @Override
    public void getRollout(GetRolloutRequest request, StreamObserver<RolloutState> observer) {
        answer(
                observer,
                tenant -> rollout(alias(tenant, request.getModel(), request.getAlias()))
                        .build());
    }

    @Override
    public void setRollout(SetRolloutRequest request, StreamObserver<RolloutState> observer) {
        ServiceRequestContext call = ServiceRequestContext.current();
        var _ = calls.answer(call, observer, () -> {
            Rollout rollout = rollout(request);
            ModelRef.Aliased ref = alias(Callers.tenant(call), request.getModel(), request.getAlias());
            Optional<java.time.Duration> wait = wait(request.hasWait(), request.getWait());
            return rolledOut(call, ref, changes.rollOut(key(request.getIdempotencyKey()), ref, rollout), wait);
        });
    }

    @Override
    public void endRollout(EndRolloutRequest request, StreamObserver<RolloutState> observer) {
        ServiceRequestContext call = ServiceRequestContext.current();
        var _ = calls.answer(call, observer, () -> {
            ModelRef.Aliased ref = alias(Callers.tenant(call), request.getModel(), request.getAlias());
            Optional<java.time.Duration> wait = wait(request.hasWait(), request.getWait());
            return rolledOut(call, ref, changes.endRollout(key(request.getIdempotencyKey()), ref), wait);
        });
    }

    private static ModelRef.Aliased alias(Tenant tenant, String model, String alias) {
        return new ModelRef.Aliased(new ModelName(tenant, model), alias);
    }

    private static Rollout rollout(SetRolloutRequest request) {
        OptionalLong canary =
                request.hasCanary() ? OptionalLong.of(numbered("canary", request.getCanary())) : OptionalLong.empty();
        OptionalLong shadow =
                request.hasShadow() ? OptionalLong.of(numbered("shadow", request.getShadow())) : OptionalLong.empty();
        int usual = shadow.isPresent() ? 100 : 0;
        return new Rollout(
                canary, request.getPercent(), shadow, request.hasShadowPercent() ? request.getShadowPercent() : usual);
    }

    private static long numbered(String field, long number) {
        if (number < 1) {
            throw RequestRules.invalid(field, field + " (expected: a version's number)");
        }
        return number;
    }

    /// What came of it, or how the alias is rolled out while it is not done.
    private RolloutState rolledOut(
            ServiceRequestContext call,
            ModelRef.Aliased ref,
            dev.firstpass.server.frontend.Operation operation,
            Optional<java.time.Duration> wait)
            throws InterruptedException {
        Operation now = ended(call, operation, wait);
        return now.hasRollout()
                ? now.getRollout().toBuilder().addAllBehind(now.getBehindList()).build()
                : rollout(ref).setOperation(now.getId()).build();
    }

    private RolloutState.Builder rollout(ModelRef.Aliased ref) {
        return RolloutMessages.state(RolloutStatus.of(registry, ref));
    }

    @Override
    public void listProjects(ListProjectsRequest request, StreamObserver<ListProjectsResponse> observer) {
        answer(observer, tenant -> ProjectMessages.list(tenant, registry.projects()));
    }

    @Override
    public void getProject(GetProjectRequest request, StreamObserver<Project> observer) {
        answer(
                observer,
                tenant -> ProjectMessages.project(
                                registry.projects().project(ProjectRef.parse(tenant, request.getProject())),
                                registry.projects())
                        .build());
    }

    @Override
    public void setProject(SetProjectRequest request, StreamObserver<Project> observer) {
        answer(observer, tenant -> {
            ProjectName name = new ProjectName(tenant, request.getName());
            ProjectSpec spec = ProjectDocument.read(request.getSpec().getBytes(StandardCharsets.UTF_8));
            FormatChoice.require(spec, context.backend().formats());
            return ProjectMessages.project(registry.projects().set(name, spec), registry.projects())
                    .addAllBehind(registry.behind())
                    .build();
        });
    }

    @Override
    public void validateProject(ValidateProjectRequest request, StreamObserver<ProjectValidation> observer) {
        answer(
                observer,
                tenant -> ProjectMessages.validation(registry.projects()
                        .check(
                                ProjectRef.parse(tenant, request.getProject()),
                                ModelRef.parse(tenant, request.getModel()),
                                request.getLabelsList())));
    }

    @Override
    public void listAudit(ListAuditRequest request, StreamObserver<ListAuditResponse> observer) {
        answer(observer, tenant -> {
            int limit = request.getLimit() == 0 ? USUAL_LINES : request.getLimit();
            if (limit < 1 || limit > MAX_LINES) {
                throw RequestRules.invalid("limit", "limit: " + limit + " (expected: 1 to " + MAX_LINES + ")");
            }
            if (request.getAfter() < 0) {
                throw RequestRules.invalid("after", "after: " + request.getAfter() + " (expected: 0 or more)");
            }
            return RegistryMessages.audit(registry.audit(tenant, request.getAfter(), limit));
        });
    }

    @Override
    public void getOperation(GetOperationRequest request, StreamObserver<Operation> observer) {
        answer(observer, tenant -> RegistryMessages.operation(operations.find(tenant, request.getId())));
    }

    @Override
    public void listOperations(ListOperationsRequest request, StreamObserver<ListOperationsResponse> observer) {
        answer(observer, tenant -> {
            ListOperationsResponse.Builder response = ListOperationsResponse.newBuilder();
            operations.list(tenant).forEach(operation -> response.addOperations(brief(operation)));
            return response.build();
        });
    }

    /// Without what came of it.
    private static Operation brief(dev.firstpass.server.frontend.Operation operation) {
        return RegistryMessages.operation(operation).toBuilder()
                .clearRegistration()
                .clearMove()
                .clearVersion()
                .clearRollout()
                .build();
    }

    /// Waits on the calling thread, for which the call is given the time, unless the caller does not want to wait.
    static Operation ended(
            ServiceRequestContext call,
            dev.firstpass.server.frontend.Operation operation,
            Optional<java.time.Duration> wait)
            throws InterruptedException {
        if (wait.filter(java.time.Duration::isZero).isEmpty()) {
            call.clearRequestTimeout();
            var _ = operation.await(wait);
        }
        return RegistryMessages.operation(operation);
    }

    static Optional<String> key(String text) {
        Optional<String> key = given(text);
        key.ifPresent(IdempotencyKey::requireWellFormed);
        return key;
    }

    /// Empty: until it ends.
    static Optional<java.time.Duration> wait(boolean isGiven, Duration wait) {
        if (!isGiven) {
            return Optional.empty();
        }
        boolean fits = wait.getSeconds() >= 0
                && wait.getSeconds() < LONGEST_WAIT_SECONDS
                && wait.getNanos() >= 0
                && wait.getNanos() <= MAX_NANOS;
        if (!fits) {
            throw RequestRules.invalid("wait", "wait (expected: from 0 to less than an hour)");
        }
        return Optional.of(java.time.Duration.ofSeconds(wait.getSeconds(), wait.getNanos()));
    }

    private static Optional<Long> size(int size) {
        return size == 0 ? Optional.empty() : Optional.of((long) size);
    }

    private static Optional<String> given(String text) {
        return text.isEmpty() ? Optional.empty() : Optional.of(text);
    }
}
