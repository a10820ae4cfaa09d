package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.postprocess.geometry.RowSource;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.server.image.ImageDecoder;
import dev.firstpass.server.image.ImageLimits;
import dev.firstpass.server.runtime.device.DecodingHost;
import dev.firstpass.server.runtime.device.RowLayout;
import dev.firstpass.server.runtime.device.RowPlanner;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.supervision.Oversight;
import java.util.List;
import java.util.Optional;

/// Decodes in a worker process that does nothing else. An image whose decoding ends the process is decoded once more in
/// the next one.
///
/// Thread-safe.
public final class WorkerDecodingHost implements DecodingHost {
    private final RemoteRowDecoder decoder;
    private final RowPlanner planner;

    private WorkerDecodingHost(RemoteRowDecoder decoder, RowPlanner planner) {
        this.decoder = decoder;
        this.planner = planner;
    }

    /// A host whose worker begins to start.
    ///
    /// @param slab where rows are made; not closed
    /// @param lanes images that are decoded at a time
    public static WorkerDecodingHost begin(
            ImageLimits images, Slab slab, int lanes, WorkerOptions options, Oversight oversight) {
        RemoteRowDecoder decoder =
                RemoteRowDecoder.begin(new WorkerCommand(options), slab.memory(), images, lanes, oversight);
        return new WorkerDecodingHost(decoder, new RowPlanner(new ImageDecoder(images), slab, decoder));
    }

    /// The process that decodes now; empty while none does.
    public Optional<Long> workerPid() {
        return decoder.workerPid();
    }

    /// How the worker stands; does not block.
    public WorkerReport report() {
        return decoder.report();
    }

    /// Waits for the worker.
    ///
    /// @throws dev.firstpass.server.failure.FailureException WORKER_LOST if it does not start
    /// @throws NotWalledException if it must be walled in and is not
    @Override
    public void warmUp() {
        planner.warmUp();
    }

    @Override
    public RowLayout layOut(byte[] bytes, InputSpec input, List<RowSource> sources) {
        return planner.layOut(bytes, input, sources);
    }

    @Override
    public void close() {
        decoder.close();
    }
}
