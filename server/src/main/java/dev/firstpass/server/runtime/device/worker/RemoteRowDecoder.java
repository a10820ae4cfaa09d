package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.image.ImageLimits;
import dev.firstpass.server.runtime.device.Decoding;
import dev.firstpass.server.runtime.device.RowDecoder;
import dev.firstpass.server.runtime.engine.Device;
import dev.firstpass.server.runtime.linux.SharedMemory;
import dev.firstpass.server.runtime.supervision.Oversight;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.LongSupplier;

/// Decodes in a worker process that does nothing else. An asset whose decoding loses the worker is decoded once more,
/// alone: the others that were under way succeed then, and the one that ends the worker again is named.
///
/// Thread-safe. It owns a platform thread for each lane, which waits for the worker in the kernel; virtual threads
/// that decode wait for it without holding a carrier.
final class RemoteRowDecoder implements RowDecoder {
    private static final long PAGE = 4096;
    private static final long SLACK_BYTES = 64 << 20;

    private final SupervisedWorker worker;
    private final ExecutorService threads;
    /// The ones that nobody uses; the last used on top.
    private final Deque<DecodeLane> lanes = new ConcurrentLinkedDeque<>();
    private final Lock inCompany;
    private final Lock alone;

    private RemoteRowDecoder(SupervisedWorker worker, ImageLimits limits, int lanes, LongSupplier nanoClock) {
        this.worker = worker;
        this.threads = Executors.newFixedThreadPool(
                lanes, Thread.ofPlatform().name("decode-", 0).daemon().factory());
        for (int i = 0; i < lanes; i++) {
            this.lanes.push(new DecodeLane(worker, limits, laneBytes(limits), nanoClock));
        }
        ReentrantReadWriteLock lock = new ReentrantReadWriteLock(true);
        this.inCompany = lock.readLock();
        this.alone = lock.writeLock();
    }

    /// Begins to start the worker; does not wait for it.
    ///
    /// @param slab where rows are made; not closed
    /// @param lanes assets that are decoded at a time
    static RemoteRowDecoder begin(
            WorkerCommand command, SharedMemory slab, ImageLimits limits, int lanes, Oversight oversight) {
        SupervisedWorker worker = new SupervisedWorker(
                Device.cpu().id(), WorkerRole.DECODER, command, slab, lanes * laneBytes(limits), oversight);
        RemoteRowDecoder decoder = new RemoteRowDecoder(worker, limits, lanes, oversight.nanoClock());
        decoder.begin();
        return decoder;
    }

    /// An encoded asset is seldom larger than its samples; one that is, by more than this, is refused.
    private static long laneBytes(ImageLimits limits) {
        return (limits.maxBytesDecoded() + SLACK_BYTES) / PAGE * PAGE;
    }

    private void begin() {
        threads.execute(() -> {
            try {
                worker.start();
            } catch (RuntimeException _) {
                // Whoever decodes first starts it again, or hears why not.
            }
        });
    }

    @Override
    public void decode(Decoding work, Deadline deadline) {
        try {
            CompletableFuture.runAsync(() -> decodeHere(work, deadline), threads)
                    .join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    private void decodeHere(Decoding work, Deadline deadline) {
        try {
            decode(work, inCompany);
        } catch (WorkerLostException lost) {
            decodeAgain(work, deadline, SupervisedWorker.lost(lost));
        } catch (FailureException lost) {
            decodeAgain(work, deadline, lost);
        }
    }

    private void decodeAgain(Decoding work, Deadline deadline, FailureException lost) {
        if (deadline.isPassed()) {
            throw lost;
        }
        try {
            decode(work, alone);
        } catch (WorkerLostException again) {
            throw new FailureException(
                    Failure.of(Reason.INPUT_QUARANTINED, "decoding the image ended its process twice"), again);
        }
    }

    /// @throws WorkerLostException if the worker is lost over this asset, or over one beside it
    /// @throws FailureException WORKER_LOST if there is no worker
    private void decode(Decoding work, Lock company) {
        company.lock();
        try {
            DecodeLane lane = lanes.pop();
            try {
                lane.decode(work);
            } finally {
                lanes.push(lane);
            }
        } finally {
            company.unlock();
        }
    }

    /// The process that decodes now; empty while none does.
    Optional<Long> workerPid() {
        return worker.pid();
    }

    /// How its worker stands; does not block.
    WorkerReport report() {
        return worker.report();
    }

    @Override
    public void close() {
        threads.close();
        lanes.forEach(DecodeLane::close);
        worker.close();
    }
}
