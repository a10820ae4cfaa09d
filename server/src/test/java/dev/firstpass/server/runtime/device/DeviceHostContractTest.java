package dev.firstpass.server.runtime.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.registry.EngineKind;
import dev.firstpass.server.runtime.device.HostUnderTest.Maker;
import dev.firstpass.server.runtime.device.worker.TestWorkers;
import dev.firstpass.server.runtime.device.worker.WorkerDeviceHost;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.EngineSample;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.SavedGraph;
import dev.firstpass.server.runtime.engine.onnx.OnnxSample;
import dev.firstpass.server.runtime.fake.Calm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/// What every device host must do, run over all of them: one host for all tests, as a server has it.
@ParameterizedClass
@MethodSource("hosts")
final class DeviceHostContractTest {
    static final List<Maker<DeviceHost>> HOSTS = List.of(
            new Maker<>(
                    "in-process",
                    slab -> new InProcessDeviceHost(
                            "cpu",
                            EngineSample.ALL.stream().map(EngineSample::engine).toList(),
                            slab)),
            new Maker<>(
                    "worker",
                    slab -> WorkerDeviceHost.of("cpu", slab, TestWorkers.options(), Calm.oversight(System::nanoTime))));

    @TempDir
    Path folder;

    private final Slab slab;
    private final DeviceHost host;

    DeviceHostContractTest(HostUnderTest<DeviceHost> given) {
        this.slab = given.slab();
        this.host = given.host();
    }

    /// Each is begun when its turn comes.
    static Stream<HostUnderTest<DeviceHost>> hosts() {
        return HOSTS.stream().map(Maker::begin);
    }

    @AfterEach
    void everythingIsGivenBack() {
        assertEquals(0, slab.rows().lentBytes() + slab.results().lentBytes());
    }

    @Test
    void open_ofAModel_givesASession() throws Exception {
        Path model = new OnnxSample().write(EngineSample.Files.DOUBLING, folder);
        try (EngineSession session = host.open(EngineKind.ONNX, model)) {
            assertEquals("x", session.signature().inputs().getFirst().name());
        }
    }

    @Test
    void run_ofARowInTheSlab_putsTheOutputWhereItIsTold() throws Exception {
        for (EngineSample engine : EngineSample.ALL) {
            runsInTheSlab(engine.engine().kind(), engine.write(EngineSample.Files.DOUBLING, folder));
        }
    }

    private void runsInTheSlab(EngineKind engine, Path model) {
        try (EngineSession session = host.open(engine, model);
                Region.Block row = slab.rows().tryAllocate(8).orElseThrow();
                Region.Block result = slab.results().tryAllocate(8).orElseThrow()) {
            for (int time = 1; time <= 3; time++) {
                row.segment().setAtIndex(ValueLayout.JAVA_FLOAT, 0, time);
                row.segment().setAtIndex(ValueLayout.JAVA_FLOAT, 1, -time);

                BatchTensor output = session.run(List.of(twoFloats(row.segment())), _ -> result.segment())
                        .getFirst();

                assertSame(result.segment(), output.data());
                assertArrayEquals(
                        new float[] {2 * time, -2 * time}, output.data().toArray(ValueLayout.JAVA_FLOAT));
            }
        }
    }

    @Test
    void run_onMemoryOfAnyKind_isTheSame() throws Exception {
        Path model = new OnnxSample().write(EngineSample.Files.DOUBLING, folder);
        try (EngineSession session = host.open(EngineKind.ONNX, model);
                Arena arena = Arena.ofConfined()) {
            MemorySegment row = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 3, 4);

            BatchTensor output = session.run(List.of(twoFloats(row)), bytes -> arena.allocate(bytes, 64))
                    .getFirst();

            assertArrayEquals(new float[] {6, 8}, output.data().toArray(ValueLayout.JAVA_FLOAT));
        }
    }

    /// The batcher gives a run up for want of room, waits for it and begins again.
    @Test
    void run_withoutRoomForItsOutput_failsWithItsReasonAndTheSessionGoesOn() throws Exception {
        Path model = new OnnxSample().write(EngineSample.Files.DOUBLING, folder);
        try (EngineSession session = host.open(EngineKind.ONNX, model);
                Arena arena = Arena.ofConfined()) {
            List<BatchTensor> row = List.of(twoFloats(arena.allocateFrom(ValueLayout.JAVA_FLOAT, 3, 4)));
            IllegalStateException noRoom = new IllegalStateException("no room");

            assertSame(
                    noRoom,
                    assertThrows(
                            IllegalStateException.class,
                            () -> session.run(row, _ -> {
                                throw noRoom;
                            })));
            assertEquals(1, session.run(row, bytes -> arena.allocate(bytes, 64)).size());
        }
    }

    @Test
    void run_ofWhatTheModelDoesNotTake_failsInTheEnginesWords() throws Exception {
        Path model = new OnnxSample().write(EngineSample.Files.DOUBLING, folder);
        try (EngineSession session = host.open(EngineKind.ONNX, model);
                Arena arena = Arena.ofConfined()) {
            BatchTensor three = new BatchTensor(
                    "x", ElementType.FLOAT32, Shape.of(1, 3), arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, 2, 3));

            EngineException thrown = assertThrows(
                    EngineException.class, () -> session.run(List.of(three), bytes -> arena.allocate(bytes, 64)));

            assertTrue(String.valueOf(thrown.getMessage()).contains("invalid dimensions"), thrown::getMessage);
        }
    }

    @Test
    void open_withASavedGraph_keepsTheFirstAndReadsItTheNextTime() throws Exception {
        Path model = new OnnxSample().write(EngineSample.Files.DOUBLING, folder);
        FakeGraph graph = new FakeGraph(folder.resolve("graph"));
        host.open(EngineKind.ONNX, model, graph).close();
        assertEquals(1, graph.kept());
        // What gives the model away now is the saved graph alone.
        Files.writeString(model, "no model");
        try (EngineSession session = host.open(EngineKind.ONNX, model, graph);
                Arena arena = Arena.ofConfined()) {
            BatchTensor output = session.run(
                            List.of(twoFloats(arena.allocateFrom(ValueLayout.JAVA_FLOAT, 3, 4))),
                            bytes -> arena.allocate(bytes, 64))
                    .getFirst();
            assertArrayEquals(new float[] {6, 8}, output.data().toArray(ValueLayout.JAVA_FLOAT));
        }
        assertEquals(1, graph.kept());
    }

    @Test
    void open_withASavedGraphOfNoUse_readsTheModelAndKeepsAnother() throws Exception {
        Path model = new OnnxSample().write(EngineSample.Files.DOUBLING, folder);
        FakeGraph graph = new FakeGraph(Files.writeString(folder.resolve("graph"), "no graph"));
        try (EngineSession session = host.open(EngineKind.ONNX, model, graph)) {
            assertEquals("x", session.signature().inputs().getFirst().name());
            assertEquals(1, graph.kept());
        }
    }

    /// A graph that is not looked at.
    private static final class FakeGraph implements SavedGraph {
        private final Path file;
        private int kept;

        FakeGraph(Path file) {
            this.file = file;
        }

        int kept() {
            return kept;
        }

        @Override
        public Optional<Path> incoming() {
            return Optional.of(file.resolveSibling("incoming"));
        }

        @Override
        public Optional<Path> find() {
            return Optional.of(file).filter(Files::exists);
        }

        @Override
        public void keep(Path fresh) {
            if (Files.exists(fresh)) {
                kept++;
                try {
                    Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }

        @Override
        public void discard() {
            throw new AssertionError("not called for");
        }
    }

    private static BatchTensor twoFloats(MemorySegment data) {
        return new BatchTensor("x", ElementType.FLOAT32, Shape.of(1, 2), data);
    }

    @Test
    void open_ofWhatItCannotRun_isRefused() throws Exception {
        Path text = Files.writeString(folder.resolve("model.onnx"), "no model");
        assertThrows(EngineException.class, () -> host.open(EngineKind.ONNX, text));
        assertThrows(EngineException.class, () -> host.open(EngineKind.TENSORFLOW, text));
    }
}
