package dev.firstpass.server.frontend.openinference;

import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.AggregationOptions;
import com.linecorp.armeria.common.ExchangeType;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.RoutingContext;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.config.Limits;
import dev.firstpass.server.frontend.Decompression;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.HttpTensorReply;
import dev.firstpass.server.frontend.Json;
import dev.firstpass.server.frontend.RequestNotes;
import dev.firstpass.server.frontend.RequestThreads;
import dev.firstpass.server.frontend.RequestTime;
import dev.firstpass.server.frontend.TensorCalls;
import dev.firstpass.server.frontend.UnreadAnswers;
import dev.firstpass.server.pipeline.TensorAnswer;
import dev.firstpass.server.pipeline.TensorOutput;
import dev.firstpass.server.pipeline.TensorRequest;
import dev.firstpass.server.pipeline.TensorTarget;
import dev.firstpass.server.security.Callers;
import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// `POST .../infer`: the tensor walk's door for HTTP. The event loop reads the request, copies its tensors into the slab
/// and writes the answer out of it; what is long as JSON is read and written on a thread of its own.
///
/// Thread-safe. Called on event loops.
final class InferService implements HttpService {
    static final String HEADER_LENGTH = "inference-header-content-length";

    /// Shorter answers are copied: one piece costs the wire less than several, and the model gets its memory back at once.
    private static final int SHORT_ANSWER = 16 << 10;

    private final TensorCalls calls;
    private final Limits limits;
    private final RequestThreads threads;
    private final UnreadAnswers unread;
    private final PrelabelModel prelabels;

    InferService(FrontendContext context) {
        this.calls = new TensorCalls(context);
        this.limits = context.limits();
        this.threads = context.threads();
        this.unread = context.unread();
        this.prelabels = new PrelabelModel(context);
    }

    @Override
    public ExchangeType exchangeType(RoutingContext context) {
        return ExchangeType.UNARY;
    }

    @Override
    public HttpResponse serve(ServiceRequestContext context, HttpRequest request) {
        RequestNotes notes = RequestNotes.of(context);
        notes.api(OpenInferenceFrontend.API);
        boolean isPrelabels = PrelabelModel.is(OpenInferenceFrontend.target(context));
        Callers.require(context, isPrelabels ? Scope.PRELABEL : Scope.TENSORS);
        CompletableFuture<AggregatedHttpRequest> whole =
                request.aggregate(AggregationOptions.usePooledObjects(context.alloc(), context.eventLoop()));
        return HttpResponse.of(whole.thenCompose(arrived -> {
            notes.bodyRead();
            return new Exchange(context, notes, arrived).answer();
        }));
    }

    /// One request and its answer.
    ///
    /// For the event loop, and before and after it one thread at a time.
    private final class Exchange {
        private final ServiceRequestContext context;
        private final RequestNotes notes;
        private final TensorTarget target;
        private final RequestHeaders headers;
        private HttpData content;
        private final CompletableFuture<HttpResponse> response = new CompletableFuture<>();

        Exchange(ServiceRequestContext context, RequestNotes notes, AggregatedHttpRequest whole) {
            this.context = context;
            this.notes = notes;
            this.target = OpenInferenceFrontend.target(context);
            this.headers = whole.headers();
            this.content = whole.content();
        }

        CompletableFuture<HttpResponse> answer() {
            try {
                Optional<String> encoding = Decompression.encoding(headers);
                if (encoding.isPresent()) {
                    readOnAThread(() -> {
                        decompress(encoding.get());
                        return read(jsonBytes());
                    });
                    return response;
                }
                int jsonBytes = jsonBytes();
                if (jsonBytes > Json.LONG_BYTES) {
                    readOnAThread(() -> read(jsonBytes));
                } else {
                    infer(read(jsonBytes));
                }
            } catch (RuntimeException | Error e) {
                refuse(e);
            }
            return response;
        }

        /// Not as work of the request, whose end others are told of before the thread has left the body: it lies in memory that is
        /// somebody else's once it is given back.
        private void readOnAThread(Callable<JsonRequest> read) {
            var _ = context.whenRequestCancelling().thenAccept(response::completeExceptionally);
            var _ = threads.run(() -> {
                try {
                    JsonRequest request = read.call();
                    context.eventLoop().execute(() -> inferUnlessOver(request));
                } catch (Throwable failure) {
                    refuse(failure);
                }
            });
        }

        private void inferUnlessOver(JsonRequest request) {
            if (response.isDone()) {
                content.close();
            } else {
                infer(request);
            }
        }

        private void decompress(String encoding) {
            HttpData plain = Decompression.read(content, encoding, limits.maxBodyBytes());
            content.close();
            content = plain;
        }

        private void refuse(Throwable failure) {
            content.close();
            response.completeExceptionally(failure);
        }

        /// @throws FailureException ARGUMENT_INVALID if the header that says it is wrong
        private int jsonBytes() {
            @Nullable String length = headers.get(HEADER_LENGTH);
            if (length == null) {
                return content.length();
            }
            try {
                int bytes = Integer.parseInt(length);
                if (bytes > 0 && bytes <= content.length()) {
                    return bytes;
                }
            } catch (NumberFormatException _) {
                // Said below.
            }
            throw Wire.invalid(
                    HEADER_LENGTH,
                    HEADER_LENGTH + ": no length of the JSON (expected: 1.." + content.length()
                            + ", where the body has " + content.length() + " bytes)");
        }

        private JsonRequest read(int jsonBytes) {
            ByteBuf body = content.byteBuf();
            byte[] json = new byte[jsonBytes];
            body.getBytes(body.readerIndex(), json);
            int rest = content.length() - jsonBytes;
            MemorySegment binary = rest == 0
                    ? MemorySegment.NULL
                    : MemorySegment.ofBuffer(body.nioBuffer(body.readerIndex() + jsonBytes, rest));
            return JsonRequest.read(json, binary);
        }

        private void infer(JsonRequest request) {
            if (PrelabelModel.is(target)) {
                prelabel(request);
                return;
            }
            Deadline deadline;
            try {
                unread.requireReading(context);
                deadline = RequestTime.begin(context, request.terms().timeout(limits));
            } catch (RuntimeException e) {
                refuse(e);
                return;
            }
            TensorRequest tensors = new TensorRequest(
                    target,
                    request.id(),
                    request.inputs(),
                    request.wantedNames(),
                    request.terms().priority(),
                    deadline,
                    Callers.of(context));
            calls.infer(context, tensors, new HttpTensorReply(threads, response, content::close, writer(request)));
        }

        private HttpTensorReply.Writer writer(JsonRequest request) {
            return new HttpTensorReply.Writer() {
                @Override
                public long elements(TensorAnswer answer) {
                    return Exchange.elements(request, answer);
                }

                @Override
                public HttpResponse write(TensorAnswer answer) {
                    return written(request, answer);
                }
            };
        }

        private void prelabel(JsonRequest request) {
            PrelabelModel.Asked asked;
            try {
                unread.requireReading(context);
                asked = PrelabelModel.Asked.of(
                        target,
                        request.inputs(),
                        request.wantedNames(),
                        request.terms().priority(),
                        request.terms().timeout(limits));
            } catch (RuntimeException e) {
                refuse(e);
                return;
            }
            content.close();
            var _ = threads.run(
                            context,
                            () -> whole(
                                    request,
                                    prelabels.infer(
                                            context, asked, own -> RequestTime.begin(context, own), notes.requestId())))
                    .whenComplete((written, failure) -> {
                        if (failure == null) {
                            response.complete(written);
                        } else {
                            response.completeExceptionally(failure);
                        }
                    });
        }

        private HttpResponse whole(JsonRequest request, PrelabelModel.Answer answer) {
            JsonAnswer json = JsonAnswer.of(
                    target.name(),
                    answer.version(),
                    Classification.of(answer.outputs(), request.classes(), List.of()),
                    request);
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            body.writeBytes(json.json());
            for (TensorOutput output : json.binary()) {
                output.parts().forEach(part -> body.writeBytes(part.toArray(ValueLayout.JAVA_BYTE)));
            }
            unread.hold(context, body.size());
            return HttpResponse.of(
                    json.binary().isEmpty() ? JSON : binaryHead(json), HttpData.wrap(body.toByteArray()));
        }

        private static ResponseHeaders binaryHead(JsonAnswer json) {
            return BINARY.toBuilder().setInt(HEADER_LENGTH, json.json().length).build();
        }

        private static long elements(JsonRequest request, TensorAnswer answer) {
            long elements = 0;
            for (TensorOutput output : answer.outputs()) {
                if (!request.isBinary(output.name()) || request.classes().containsKey(output.name())) {
                    elements += output.type() == ElementType.STRING
                            ? output.byteSize()
                            : output.byteSize() / output.type().bytes();
                }
            }
            return elements;
        }

        /// Takes over the answer.
        private HttpResponse written(JsonRequest request, TensorAnswer answer) {
            try {
                JsonAnswer json = JsonAnswer.of(
                        target.name(),
                        answer.version().number(),
                        Classification.of(
                                answer.outputs(),
                                request.classes(),
                                answer.version().manifest().spec().classes()),
                        request);
                if (json.binary().isEmpty()) {
                    unread.hold(context, json.json().length);
                    HttpResponse text = HttpResponse.of(JSON, HttpData.wrap(json.json()));
                    answer.sent();
                    answer.close();
                    return text;
                }
                HttpResponse written = HttpResponse.of(binaryHead(json), HttpData.wrap(bytes(json, answer)));
                answer.sent();
                return written;
            } catch (RuntimeException | Error e) {
                answer.close();
                throw e;
            }
        }

        /// Where the model has put them, unless there is little of it or that memory is wanted.
        private ByteBuf bytes(JsonAnswer json, TensorAnswer answer) {
            long size = json.json().length;
            for (TensorOutput output : json.binary()) {
                size += output.byteSize();
            }
            boolean isLent = size > SHORT_ANSWER && !answer.isMemoryShort();
            UnreadAnswers.Stay stay = unread.enter(context, size, isLent);
            try {
                return isLent
                        ? LentBytes.of(context.alloc(), json.json(), json.binary(), answer, stay)
                        : LentBytes.copied(
                                context.alloc(), json.json(), json.binary(), Math.toIntExact(size), answer, stay);
            } catch (RuntimeException | Error e) {
                stay.leave();
                throw e;
            }
        }
    }

    private static final ResponseHeaders JSON = ResponseHeaders.builder(HttpStatus.OK)
            .set("content-type", "application/json")
            .set("cache-control", "no-store")
            .build();

    private static final ResponseHeaders BINARY = ResponseHeaders.builder(HttpStatus.OK)
            .set("content-type", "application/octet-stream")
            .set("cache-control", "no-store")
            .build();
}
