package dev.firstpass.server.runtime.engine.onnx;

import ai.onnxruntime.OrtSession;
import dev.firstpass.registry.Uninterrupted;
import dev.firstpass.server.runtime.engine.EngineException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The threads that help one session with its runs, made by us and not by ONNX Runtime: so that they do not inherit the
/// priority of the thread that opens the session, and begin to help only when they are told to. Until then, runs take
/// place on the thread that asks for them alone.
///
/// Thread-safe. Who makes it closes it, after the session.
final class PoolThreads implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PoolThreads.class);
    private static final Linker LINKER = Linker.nativeLinker();

    /// What the C library gives threads, which the library's kernels count on.
    private static final long STACK_BYTES = 8 << 20;

    private static final FunctionDescriptor WORK = FunctionDescriptor.ofVoid(ValueLayout.ADDRESS);

    private final Executor starter;
    private final CountDownLatch wanted = new CountDownLatch(1);
    private final List<Thread> threads = new ArrayList<>();
    private final Arena arena = Arena.ofShared();

    /// @param starter runs what it is given on a thread of the priority that these are to have
    PoolThreads(Executor starter) {
        this.starter = starter;
    }

    /// Makes the session that is opened with these options take its threads from here.
    ///
    /// @throws EngineException if the library does not take it
    void serve(OrtSession.SessionOptions options) {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            MethodHandle create = lookup.bind(
                    this,
                    "create",
                    MethodType.methodType(
                            MemorySegment.class, MemorySegment.class, MemorySegment.class, MemorySegment.class));
            MethodHandle join = lookup.bind(this, "join", MethodType.methodType(void.class, MemorySegment.class));
            ThreadHooks.set(
                    options,
                    LINKER.upcallStub(
                            create,
                            FunctionDescriptor.of(
                                    ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.ADDRESS),
                            arena),
                    LINKER.upcallStub(join, WORK, arena));
        } catch (ReflectiveOperationException e) {
            throw new EngineException("ONNX Runtime cannot be given threads: " + e.getMessage(), e);
        }
    }

    /// They help from now on. A second call does nothing more.
    void begin() {
        wanted.countDown();
    }

    /// Called by ONNX Runtime, in which an exception would end the process.
    ///
    /// @param work that a thread is to do as long as it lives
    /// @return what it is called by later; NULL if there is no thread
    @SuppressWarnings({"UnusedMethod", "UnusedVariable"}) // by ONNX Runtime
    private synchronized MemorySegment create(MemorySegment options, MemorySegment work, MemorySegment argument) {
        try {
            MethodHandle function = LINKER.downcallHandle(work, WORK);
            threads.add(CompletableFuture.supplyAsync(() -> started(() -> help(function, argument)), starter)
                    .join());
            return MemorySegment.ofAddress(threads.size());
        } catch (RuntimeException | Error e) {
            LOG.error("no thread for a session", e);
            return MemorySegment.NULL;
        }
    }

    private static Thread started(Runnable work) {
        return Thread.ofPlatform()
                .name("session-helper")
                .daemon()
                .stackSize(STACK_BYTES)
                .start(work);
    }

    private void help(MethodHandle work, MemorySegment argument) {
        boolean waiting = true;
        while (waiting) {
            try {
                wanted.await();
                waiting = false;
            } catch (InterruptedException _) {
                // Nobody means this thread.
            }
        }
        try {
            work.invokeExact(argument);
        } catch (Throwable e) {
            throw new IllegalStateException("ONNX Runtime's work failed", e);
        }
    }

    /// Called by ONNX Runtime when a session is closed.
    @SuppressWarnings("UnusedMethod") // by ONNX Runtime
    private void join(MemorySegment handle) {
        // A thread that was never told to help waits for that, and would never end.
        begin();
        Uninterrupted.join(thread(handle));
    }

    private synchronized Thread thread(MemorySegment handle) {
        return threads.get((int) handle.address() - 1);
    }

    @Override
    public void close() {
        arena.close();
    }
}
