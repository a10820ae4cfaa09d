package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.server.image.ImageLimits;
import dev.firstpass.server.runtime.device.Decoding;
import java.util.Optional;
import java.util.function.LongSupplier;

/// A lane of decoding that outlives workers: what comes after one is lost is decoded in the next.
///
/// For one thread at a time. Who makes it closes it.
final class DecodeLane implements AutoCloseable {
    private final SupervisedWorker worker;
    private final ImageLimits limits;
    private final long laneBytes;
    private final LongSupplier nanoClock;
    private Optional<RemoteDecoder> remote = Optional.empty();

    /// @param laneBytes of the channel's memory that each lane has, whole pages
    DecodeLane(SupervisedWorker worker, ImageLimits limits, long laneBytes, LongSupplier nanoClock) {
        this.worker = worker;
        this.limits = limits;
        this.laneBytes = laneBytes;
        this.nanoClock = nanoClock;
    }

    /// @throws WorkerLostException if the worker is lost over it
    /// @throws dev.firstpass.server.failure.FailureException WORKER_LOST if there is none and none can be started
    /// @throws dev.firstpass.server.image.ImageException if the bytes are at fault
    void decode(Decoding work) {
        remoteNow().decode(work);
    }

    private RemoteDecoder remoteNow() {
        if (remote.isPresent() && remote.get().isLost()) {
            close();
        }
        if (remote.isEmpty()) {
            remote = Optional.of(worker.with(process -> process.openDecoder(limits, laneBytes, nanoClock)));
        }
        return remote.get();
    }

    @Override
    public void close() {
        remote.ifPresent(RemoteDecoder::close);
        remote = Optional.empty();
    }
}
