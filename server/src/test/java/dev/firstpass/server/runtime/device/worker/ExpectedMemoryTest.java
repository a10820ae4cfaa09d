package dev.firstpass.server.runtime.device.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.firstpass.registry.EngineKind;
import dev.firstpass.server.runtime.device.DeviceHost;
import dev.firstpass.server.runtime.device.InProcessDeviceHost;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.engine.EngineSample;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.onnx.OnnxSample;
import dev.firstpass.server.runtime.fake.Calm;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// That hosts tell their engines where rows will lie, which one on a GPU gets ready for.
@Timeout(120)
final class ExpectedMemoryTest {
    private static final byte MARK = 42;

    @TempDir
    Path folder = Path.of("");

    private final Slab slab = new Slab(1 << 20, 2 << 20);

    @AfterEach
    void close() {
        slab.close();
    }

    @Test
    void open_inThisProcess_theEngineWasToldOfTheSlab() throws IOException {
        slab.memory().segment().set(ValueLayout.JAVA_BYTE, 0, MARK);
        expectSlab(new InProcessDeviceHost("cpu", List.of(new ExpectingWorker.ExpectingEngine()), slab));
    }

    @Test
    void open_inAWorker_theEngineWasToldOfTheSlab() throws IOException {
        slab.memory().segment().set(ValueLayout.JAVA_BYTE, 0, MARK);
        expectSlab(WorkerDeviceHost.of(
                "cpu",
                slab,
                new WorkerCommand(TestWorkers.options(), ExpectingWorker.class.getName(), true),
                Calm.oversight(System::nanoTime)));
    }

    private void expectSlab(DeviceHost host) throws IOException {
        Path model = new OnnxSample().write(EngineSample.Files.DOUBLING, folder);
        try (host;
                EngineSession session = host.open(EngineKind.ONNX, model)) {
            assertEquals((3 << 20) + " " + MARK, session.signature().metadata().get(ExpectingWorker.EXPECTED));
        }
    }
}
