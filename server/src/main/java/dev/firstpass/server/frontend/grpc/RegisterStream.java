package dev.firstpass.server.frontend.grpc;

import com.google.protobuf.ByteString;
import com.linecorp.armeria.common.util.TimeoutMode;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.proto.v1.Operation;
import dev.firstpass.proto.v1.RegisterVersionRequest;
import dev.firstpass.proto.v1.RegisterVersionRequest.Begin;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.Tenant;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.Pace;
import dev.firstpass.server.frontend.RegistryChanges;
import dev.firstpass.server.frontend.RequestRules;
import dev.firstpass.server.frontend.RequestThreads;
import dev.firstpass.server.frontend.StreamedBundle;
import dev.firstpass.server.security.Callers;
import dev.firstpass.server.upload.UploadStore;
import dev.firstpass.server.upload.UploadWriter;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// A bundle that comes as one stream: it becomes an upload, and is registered when the client has sent all of it.
///
/// A message is asked for when the one before is on its way to the disk, so that no more than that is held.
///
/// Thread-safe: the transport's callbacks and the threads that work meet under this object's lock, which nobody holds while
/// the disk writes. One thread works at a time, on one message or on the registration, and what only it touches needs no lock.
final class RegisterStream implements StreamObserver<RegisterVersionRequest> {
    private static final int MAX_CHUNK = 1 << 20;

    private final RegistryChanges changes;
    private final RegistryCalls calls;
    private final RequestThreads threads;
    private final UploadStore uploads;
    private final Tenant tenant;
    private final Duration patience;
    private final ServiceRequestContext call;
    private final ServerCallStreamObserver<Operation> observer;
    private final long began = System.nanoTime();
    private final Pace pace;

    // Of the thread that works.
    private @Nullable Begin begin;
    private Optional<String> upload = Optional.empty();
    private Optional<UploadWriter> writer = Optional.empty();

    // Under the lock.
    private boolean working;
    private boolean halfClosed;
    private boolean ended;

    RegisterStream(
            FrontendContext context,
            RegistryChanges changes,
            RegistryCalls calls,
            ServiceRequestContext call,
            ServerCallStreamObserver<Operation> observer) {
        this.tenant = Callers.tenant(call);
        this.changes = changes;
        this.calls = calls;
        this.threads = context.threads();
        this.uploads = context.backend().uploads();
        this.pace = new Pace(context.limits(), System::nanoTime);
        this.patience = context.limits().bodyTimeout();
        this.call = call;
        this.observer = observer;
        observer.disableAutoRequest();
        observer.setOnCancelHandler(this::cancel);
        more();
    }

    private void more() {
        call.setRequestTimeout(TimeoutMode.SET_FROM_NOW, patience);
        observer.request(1);
    }

    @Override
    public void onNext(RegisterVersionRequest message) {
        if (beginWork()) {
            var _ = threads.run(() -> take(message));
        }
    }

    private synchronized boolean beginWork() {
        working = !ended;
        return working;
    }

    private void take(RegisterVersionRequest message) {
        try {
            Callers.requireStill(call);
            switch (message.getPartCase()) {
                case BEGIN -> begin(message.getBegin());
                case CHUNK -> write(message.getChunk());
                case PART_NOT_SET -> throw RequestRules.invalid("part", "part (expected: begin or chunk)");
            }
        } catch (RuntimeException e) {
            end();
            letGo();
            calls.fail(call, observer, e, began);
            return;
        }
        switch (afterMessage()) {
            case ASK -> more();
            case REGISTER -> answer();
            case LET_GO -> letGo();
        }
    }

    private enum Next {
        ASK,
        REGISTER,
        LET_GO
    }

    private synchronized Next afterMessage() {
        if (ended) {
            return Next.LET_GO;
        }
        ended = halfClosed;
        working = halfClosed;
        return halfClosed ? Next.REGISTER : Next.ASK;
    }

    private synchronized void end() {
        ended = true;
    }

    private void begin(Begin first) {
        if (begin != null) {
            throw RequestRules.invalid("begin", "begin (expected: once, as the first message)");
        }
        var _ = new ModelName(tenant, first.getModel());
        var _ = RegistryService.key(first.getIdempotencyKey());
        var _ = RegistryService.wait(first.hasWait(), first.getWait());
        begin = first;
    }

    private void write(ByteString chunk) {
        if (begin == null || !begin.getUpload().isEmpty()) {
            throw RequestRules.invalid("chunk", "chunk (expected: after begin, and not with an upload's id)");
        }
        if (chunk.size() > MAX_CHUNK) {
            throw Failure.ofField(
                            Reason.REQUEST_TOO_LARGE,
                            "chunk",
                            "chunk: " + chunk.size() + " bytes (expected: at most " + MAX_CHUNK + ")")
                    .asException();
        }
        if (upload.isEmpty()) {
            String id = uploads.create(tenant, OptionalLong.empty(), Optional.empty())
                    .id();
            upload = Optional.of(id);
            writer = Optional.of(uploads.append(tenant, id, 0));
        }
        pace.came(chunk.size());
        writer.orElseThrow().write(chunk.toByteArray(), 0, chunk.size());
    }

    @Override
    public void onCompleted() {
        if (halfClose()) {
            answer();
        }
    }

    /// A call that is cancelled at this moment may not get as far as `register`, which lets go of what came: that does no harm
    /// twice, nor to what the registration has in its hands.
    private void answer() {
        Optional<String> came = upload;
        var _ = calls.answer(call, observer, this::register)
                .whenComplete((_, _) -> came.ifPresent(id -> uploads.discard(tenant, id)));
    }

    /// @return whether the registration can begin at once
    private synchronized boolean halfClose() {
        halfClosed = true;
        boolean now = !ended && !working;
        if (now) {
            ended = true;
            working = true;
        }
        return now;
    }

    private Operation register() throws InterruptedException {
        try {
            Begin first = Optional.ofNullable(begin)
                    .orElseThrow(() -> RequestRules.invalid("begin", "begin (expected: as the first message)"));
            ModelName name = new ModelName(tenant, first.getModel());
            Optional<Duration> wait = RegistryService.wait(first.hasWait(), first.getWait());
            Optional<String> key = RegistryService.key(first.getIdempotencyKey());
            return RegistryService.ended(
                    call,
                    first.getUpload().isEmpty()
                            ? changes.register(key, name, bundle())
                            : changes.registerUpload(key, name, first.getUpload()),
                    wait);
        } finally {
            letGo();
        }
    }

    /// What came, in the hands of the registration.
    private RegistryChanges.OfferedBundle bundle() {
        String id = upload.orElseThrow(() -> RequestRules.invalid("chunk", "chunk (expected: the bundle's bytes)"));
        writer.orElseThrow().close();
        RegistryChanges.OfferedBundle bundle = new StreamedBundle(uploads.take(tenant, id));
        writer = Optional.empty();
        upload = Optional.empty();
        return bundle;
    }

    @Override
    public void onError(Throwable thrown) {
        cancel();
    }

    /// Whoever works lets go of what came, else a thread does that has nothing else to do.
    private void cancel() {
        if (isIdleAtEnd()) {
            var _ = threads.run(this::letGo);
        }
    }

    private synchronized boolean isIdleAtEnd() {
        boolean first = !ended;
        ended = true;
        return first && !working;
    }

    private void letGo() {
        writer = Optional.empty();
        upload.ifPresent(id -> uploads.discard(tenant, id));
        upload = Optional.empty();
    }
}
