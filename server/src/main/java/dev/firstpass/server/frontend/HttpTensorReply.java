package dev.firstpass.server.frontend;

import com.linecorp.armeria.common.HttpResponse;
import dev.firstpass.server.pipeline.TensorAnswer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;

/// How a request for raw tensors is answered over HTTP: on its event loop, or on a thread of its own where there is much to write.
///
/// For one thread at a time: the event loop, and that thread after it.
public final class HttpTensorReply implements TensorCalls.Listener {
    /// More of them, as text, would hold up an event loop.
    public static final int MANY_ELEMENTS = 8 << 10;

    private final RequestThreads threads;
    private final CompletableFuture<HttpResponse> response;
    private final Runnable taken;
    private final Writer writer;

    /// @param response completed with the answer, or with what went wrong
    /// @param taken once the request's tensors are no longer looked at, on any thread
    public HttpTensorReply(
            RequestThreads threads, CompletableFuture<HttpResponse> response, Runnable taken, Writer writer) {
        this.threads = threads;
        this.response = response;
        this.taken = taken;
        this.writer = writer;
    }

    /// What a protocol makes of an answer.
    public interface Writer {
        /// How many elements are to be written as text, a byte of a string counting as one.
        long elements(TensorAnswer answer);

        /// Takes over the answer, whatever comes of it.
        HttpResponse write(TensorAnswer answer);
    }

    @Override
    public void taken() {
        taken.run();
    }

    @Override
    public void answered(TensorAnswer answer) {
        if (response.isDone()) {
            answer.close();
        } else if (writer.elements(answer) > MANY_ELEMENTS) {
            onAThread(answer);
        } else {
            write(answer);
        }
    }

    @Override
    public void failed(Throwable failure) {
        response.completeExceptionally(failure);
    }

    /// Not as work of the request, which may never begin once that is cancelled: the answer has to be given back.
    private void onAThread(TensorAnswer answer) {
        try {
            var _ = threads.run(() -> write(answer));
        } catch (RejectedExecutionException e) {
            answer.close();
            response.completeExceptionally(e);
        }
    }

    private void write(TensorAnswer answer) {
        try {
            HttpResponse written = writer.write(answer);
            if (!response.complete(written)) {
                written.abort();
            }
        } catch (RuntimeException | Error e) {
            response.completeExceptionally(e);
        }
    }
}
