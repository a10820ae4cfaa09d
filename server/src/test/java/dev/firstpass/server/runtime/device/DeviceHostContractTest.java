package dev.firstpass.server.runtime.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.registry.EngineKind;
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
import java.util.function.Function;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/// What every device host must do, run over all of them.
final class DeviceHostContractTest {
    static final List<Maker> HOSTS = List.of(
            new Maker(
                    "in-process",
                    slab -> new InProcessDeviceHost(
                            "cpu",
                            EngineSample.ALL.stream().map(EngineSample::engine).toList(),
                            slab)),
            new Maker(
                    "worker",
                    slab -> WorkerDeviceHost.of("cpu", slab, TestWorkers.options(), Calm.oversight(System::nanoTime))));

    @TempDir
    Path folder;

    /// A host by name; `of` makes one over a slab.
    record Maker(String name, Function<Slab, DeviceHost> of) {
        @Override
        public String toString() {
            return name;
        }
    }

    @ParameterizedTest
    @FieldSource("HOSTS")
    void open_ofAModel_givesASession(Maker maker) throws Exception {
        Path model = new OnnxSample().write(EngineSample.Files.DOUBLING, folder);
        try (Slab slab = new Slab(1 << 20, 1 << 20);
                DeviceHost host = maker.of().apply(slab);
                EngineSession session = host.open(EngineKind.ONNX, model)) {
            assertEquals("x", session.signature().inputs().getFirst().name());
        }
    }

    @ParameterizedTest
    @FieldSource("HOSTS")
    void run_ofARowInTheSlab_putsTheOutputWhereItIsTold(Maker maker) throws Exception {
        for (EngineSample engine : EngineSample.ALL) {
            runsInTheSlab(maker, engine.engine().kind(), engine.write(EngineSample.Files.DOUBLING, folder));
        }
    }

    private static void runsInTheSlab(Maker maker, EngineKind engine, Path model) {
        try (Slab slab = new Slab(1 << 20, 1 << 20);
                DeviceHost host = maker.of().apply(slab);
                EngineSession session = host.open(engine, model);
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

    @ParameterizedTest
    @FieldSource("HOSTS")
    void run_onMemoryOfAnyKind_isTheSame(Maker maker) throws Exception {
        Path model = new OnnxSample().write(EngineSample.Files.DOUBLING, folder);
        try (Slab slab = new Slab(1 << 20, 1 << 20);
                DeviceHost host = maker.of().apply(slab);
                EngineSession session = host.open(EngineKind.ONNX, model);
                Arena arena = Arena.ofConfined()) {
            MemorySegment row = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 3, 4);

            BatchTensor output = session.run(List.of(twoFloats(row)), bytes -> arena.allocate(bytes, 64))
                    .getFirst();

            assertArrayEquals(new float[] {6, 8}, output.data().toArray(ValueLayout.JAVA_FLOAT));
        }
    }

    /// The batcher gives a run up for want of room, waits for it and begins again.
    @ParameterizedTest
    @FieldSource("HOSTS")
    void run_withoutRoomForItsOutput_failsWithItsReasonAndTheSessionGoesOn(Maker maker) throws Exception {
        Path model = new OnnxSample().write(EngineSample.Files.DOUBLING, folder);
        try (Slab slab = new Slab(1 << 20, 1 << 20);
                DeviceHost host = maker.of().apply(slab);
                EngineSession session = host.open(EngineKind.ONNX, model);
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

    @ParameterizedTest
    @FieldSource("HOSTS")
    void run_ofWhatTheModelDoesNotTake_failsInTheEnginesWords(Maker maker) throws Exception {
        Path model = new OnnxSample().write(EngineSample.Files.DOUBLING, folder);
        try (Slab slab = new Slab(1 << 20, 1 << 20);
                DeviceHost host = maker.of().apply(slab);
                EngineSession session = host.open(EngineKind.ONNX, model);
                Arena arena = Arena.ofConfined()) {
            BatchTensor three = new BatchTensor(
                    "x", ElementType.FLOAT32, Shape.of(1, 3), arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, 2, 3));

            EngineException thrown = assertThrows(
                    EngineException.class, () -> session.run(List.of(three), bytes -> arena.allocate(bytes, 64)));

            assertTrue(String.valueOf(thrown.getMessage()).contains("invalid dimensions"), thrown::getMessage);
        }
    }

    @ParameterizedTest
    @FieldSource("HOSTS")
    void open_withASavedGraph_keepsTheFirstAndReadsItTheNextTime(Maker maker) throws Exception {
        Path model = new OnnxSample().write(EngineSample.Files.DOUBLING, folder);
        FakeGraph graph = new FakeGraph(folder.resolve("graph"));
        try (Slab slab = new Slab(1 << 20, 1 << 20);
                DeviceHost host = maker.of().apply(slab)) {
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
    }

    @ParameterizedTest
    @FieldSource("HOSTS")
    void open_withASavedGraphOfNoUse_readsTheModelAndKeepsAnother(Maker maker) throws Exception {
        Path model = new OnnxSample().write(EngineSample.Files.DOUBLING, folder);
        FakeGraph graph = new FakeGraph(Files.writeString(folder.resolve("graph"), "no graph"));
        try (Slab slab = new Slab(1 << 20, 1 << 20);
                DeviceHost host = maker.of().apply(slab);
                EngineSession session = host.open(EngineKind.ONNX, model, graph)) {
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

    @ParameterizedTest
    @FieldSource("HOSTS")
    void open_ofWhatItCannotRun_isRefused(Maker maker) throws Exception {
        Path text = Files.writeString(folder.resolve("model.onnx"), "no model");
        try (Slab slab = new Slab(1 << 20, 1 << 20);
                DeviceHost host = maker.of().apply(slab)) {
            assertThrows(EngineException.class, () -> host.open(EngineKind.ONNX, text));
            assertThrows(EngineException.class, () -> host.open(EngineKind.TENSORFLOW, text));
        }
    }
}
