package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.postprocess.geometry.RowSource;
import dev.firstpass.registry.EngineKind;
import dev.firstpass.server.image.ImageLimits;
import dev.firstpass.server.runtime.device.Decoding;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.device.TinyImage;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.SavedGraph;
import dev.firstpass.server.runtime.engines.TinyModel;
import dev.firstpass.server.runtime.linux.SharedMemory;
import dev.firstpass.server.runtime.supervision.Oversight;
import dev.firstpass.server.runtime.supervision.SupervisionListener;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiPredicate;

/// What came of starting a worker and having it do something tiny.
///
/// Immutable.
///
/// @param walls around it
/// @param firstAnswer from before its start to the answer
/// @param cpu time that the process had used by then, on a busy machine the more telling figure
/// @param privateBytes of memory that it has written to and shares with no other process
public record WorkerTrial(WallState walls, Duration firstAnswer, Duration cpu, long privateBytes) {
    private static final long SLAB_BYTES = 1 << 20;

    /// Starts a worker as a server does, though it need not be walled in, has it run a tiny model and ends it.
    ///
    /// @param environment of this process
    /// @throws EngineException if its engine does not work
    /// @throws RuntimeException if it does not start
    public static WorkerTrial of(EngineKind engine, Map<String, String> environment) {
        return of(engine, environment, WorkerDevice.cpu());
    }

    /// The same on any device.
    ///
    /// @param environment of this process
    /// @throws EngineException if its engine does not work there
    /// @throws RuntimeException if it does not start
    public static WorkerTrial of(EngineKind engine, Map<String, String> environment, WorkerDevice device) {
        return with(environment, device, options -> {
            Path model = TinyModel.write(engine, options.folder());
            return of(WorkerRole.of(engine), options, (worker, _) -> answers(worker, engine, model));
        });
    }

    /// The same with a worker that decodes images, and a tiny one.
    ///
    /// @param environment of this process
    /// @throws RuntimeException if it does not start or decodes wrongly
    public static WorkerTrial ofDecoder(Map<String, String> environment) {
        return with(environment, WorkerDevice.cpu(), options -> of(WorkerRole.DECODER, options, WorkerTrial::decodes));
    }

    private static WorkerTrial with(Map<String, String> environment, WorkerDevice device, Body body) {
        Path folder;
        try {
            folder = Files.createTempDirectory("firstpass-trial-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try {
            return body.in(new WorkerOptions(1, environment, folder, false, device));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            WorkerFolder.delete(folder);
        }
    }

    private static WorkerTrial of(
            WorkerRole role, WorkerOptions options, BiPredicate<WorkerProcess, SharedMemory> question) {
        WorkerNatives.prepare(role, options.folder());
        try (Slab slab = new Slab(SLAB_BYTES, SLAB_BYTES)) {
            long begin = System.nanoTime();
            try (WorkerProcess worker = WorkerProcess.start(
                    "trial",
                    role,
                    new WorkerCommand(options),
                    slab.memory(),
                    SLAB_BYTES,
                    new Oversight(_ -> () -> {}, SupervisionListener.NONE, System::nanoTime))) {
                if (!question.test(worker, slab.memory())) {
                    throw new EngineException(role.id() + " answers wrongly in a worker");
                }
                Duration firstAnswer = Duration.ofNanos(System.nanoTime() - begin);
                return new WorkerTrial(
                        worker.walls(),
                        firstAnswer,
                        ProcessStatus.cpu(worker.pid()),
                        ProcessStatus.privateBytes(worker.pid()));
            }
        }
    }

    private static boolean answers(WorkerProcess worker, EngineKind engine, Path model) {
        RemoteSession session = worker.open(engine, model, SavedGraph.NONE);
        try {
            return TinyModel.run((inputs, memory) -> session.run(inputs, memory, true))
                    .equals(TinyModel.ANSWER);
        } finally {
            session.close();
        }
    }

    private static boolean decodes(WorkerProcess worker, SharedMemory slab) {
        RemoteDecoder lane = worker.openDecoder(ImageLimits.DEFAULT, SLAB_BYTES, System::nanoTime);
        try {
            MemorySegment row = slab.segment().asSlice(0, TinyImage.PIXELS.size());
            lane.decode(new Decoding(
                    TinyImage.png(), TinyImage.ROW, List.of(new Decoding.Target(new RowSource.Whole(), row))));
            List<Byte> pixels = new ArrayList<>();
            row.elements(ValueLayout.JAVA_BYTE).forEach(pixel -> pixels.add(pixel.get(ValueLayout.JAVA_BYTE, 0)));
            return pixels.equals(TinyImage.PIXELS);
        } finally {
            lane.close();
        }
    }

    @FunctionalInterface
    private interface Body {
        WorkerTrial in(WorkerOptions options) throws IOException;
    }
}
