package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.registry.EngineKind;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.fake.Calm;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;

/// A process that starts a worker, has it run a value, says which processes it has once the run is under way, and waits
/// to be killed.
final class ServerWithWorker {
    private ServerWithWorker() {}

    /// @param arguments file of a model of the fault engine, and the value
    public static void main(String[] arguments) {
        WorkerCommand command = new WorkerCommand(TestWorkers.options(), FaultWorkerMain.class.getName(), true);
        try (Slab slab = new Slab(1 << 20, 1 << 20);
                WorkerDeviceHost host = WorkerDeviceHost.of("cpu", slab, command, Calm.oversight(System::nanoTime));
                EngineSession session = host.open(EngineKind.ONNX, Path.of(arguments[0]));
                Arena arena = Arena.ofShared()) {
            MemorySegment row = arena.allocate(Float.BYTES, Float.BYTES);
            row.set(ValueLayout.JAVA_FLOAT, 0, Float.parseFloat(arguments[1]));
            var _ = session.run(List.of(new BatchTensor("x", ElementType.FLOAT32, Shape.of(1, 1), row)), bytes -> {
                System.out.println(host.workerPid(EngineKind.ONNX).orElseThrow());
                return arena.allocate(bytes, Float.BYTES);
            });
            throw new IllegalStateException("the run came to an end");
        }
    }
}
