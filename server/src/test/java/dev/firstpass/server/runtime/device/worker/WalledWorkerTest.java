package dev.firstpass.server.runtime.device.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.registry.EngineKind;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.device.nvidia.GpuName;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.Device;
import dev.firstpass.server.runtime.engine.Device.CudaMemory;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.SavedGraph;
import dev.firstpass.server.runtime.engine.onnx.HostileOnnxModels;
import dev.firstpass.server.runtime.engine.tensorflow.HostileModels;
import dev.firstpass.server.runtime.fake.Calm;
import dev.firstpass.server.runtime.linux.Landlock;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The walls hold back whatever runs in a worker, here with everything else that would hold it back left out; and they do
/// so, because without them the same code succeeds.
@Timeout(180)
final class WalledWorkerTest {
    private static final String MARKER = "top secret";

    /// Of EPERM, EACCES, ENOSYS.
    private static final Set<Long> REFUSALS = Set.of(-1L, -13L, -38L);

    @TempDir
    Path folder = Path.of("");

    private final Arena arena = Arena.ofShared();
    private final Slab slab = new Slab(1 << 20, 1 << 20);
    private Path secret = Path.of("");
    private Path loot = Path.of("");

    @BeforeEach
    void writeSecret() throws IOException {
        secret = Files.writeString(
                Files.createDirectory(folder.resolve("others")).resolve("secret"), MARKER);
        loot = secret.resolveSibling("loot");
    }

    @AfterEach
    void close() {
        slab.close();
        arena.close();
    }

    @Test
    void start_always_provesTheWalls() {
        try (WorkerProcess worker = worker(WorkerRole.ONNX, true)) {
            assertTrue(worker.walls().isStanding(), () -> worker.walls().summary());
            assertEquals(4, worker.walls().proven().size());
        }
    }

    @Test
    void start_withoutWallsThatMustBe_isRefused() {
        var thrown = assertThrows(
                NotWalledException.class,
                () -> WorkerProcess.start(
                        "cpu",
                        WorkerRole.ONNX,
                        new WorkerCommand(TestWorkers.options(), HostileWorker.class.getName(), false),
                        slab.memory(),
                        1 << 20,
                        Calm.oversight(System::nanoTime)));

        assertTrue(String.valueOf(thrown.getMessage()).contains("connecting worked"), thrown::getMessage);
        assertTrue(String.valueOf(thrown.getMessage()).contains("from a thread of Java's own"), thrown::getMessage);
    }

    @Test
    void attempts_ofNativeCode_areAllRefused() throws IOException {
        try (ServerSocketChannel canary = canary();
                WorkerProcess worker = worker(WorkerRole.ONNX, true)) {
            Map<Attempt, Long> answers = attempt(worker, canary, thatThisKernelCanRefuse());

            answers.values().removeAll(REFUSALS);
            assertEquals(Map.of(), answers);
            assertNull(canary.accept());
            assertFalse(worker.isLost());
        }
        assertEquals(List.of("secret"), namesBesideTheSecret());
    }

    /// What is behind a GPU's walls beside what is behind all: one device, names for threads, and a socket that nobody can
    /// be talked to by. Here a link makes `/dev/full` the GPU's device.
    @Test
    void attempts_ofNativeCodeInAWorkerForAGpu_areRefusedButThoseThatCudaMakes() throws IOException {
        WorkerCommand command = new WorkerCommand(
                new WorkerOptions(
                        1,
                        TestWorkers.options().environment(),
                        folder.resolve("run"),
                        true,
                        new WorkerDevice.Cuda(
                                new Device.Cuda(0, CudaMemory.UNLIMITED), new GpuName.Index(0), Optional.empty())),
                HostileWorker.class.getName(),
                true,
                machineWithAGpu());
        try (ServerSocketChannel canary = canary();
                WorkerProcess worker = WorkerProcess.start(
                        "cuda:0", WorkerRole.ONNX, command, slab.memory(), 1 << 20, Calm.oversight(System::nanoTime))) {
            assertTrue(worker.walls().isStanding(), () -> worker.walls().summary());
            Map<Attempt, Long> answers = attempt(worker, canary, thatThisKernelCanRefuse());

            answers.values().removeAll(REFUSALS);
            assertEquals(
                    Set.of(Attempt.NAME_A_THREAD, Attempt.CONTROL_A_DEVICE, Attempt.LISTEN_WITHOUT_A_FILE),
                    answers.keySet(),
                    answers::toString);
            assertEquals(-25, answers.get(Attempt.CONTROL_A_DEVICE), "ENOTTY");
            assertNull(canary.accept());
        }
        assertEquals(List.of("secret"), namesBesideTheSecret());
    }

    /// Before version 5, Landlock knows nothing of controlling devices that may be opened.
    private static List<Attempt> thatThisKernelCanRefuse() {
        Set<Attempt> all = EnumSet.allOf(Attempt.class);
        if (Landlock.version() < 5) {
            all.remove(Attempt.CONTROL_A_DEVICE_THAT_IT_MAY_READ);
        }
        return List.copyOf(all);
    }

    private Path machineWithAGpu() throws IOException {
        Path root = Files.createDirectories(folder.resolve("machine"));
        Files.createSymbolicLink(root.resolve("proc"), Path.of("/proc"));
        Files.createSymbolicLink(Files.createDirectory(root.resolve("dev")).resolve("nvidia0"), Path.of("/dev/full"));
        return root;
    }

    @Test
    void attempts_ofNativeCodeWithoutWalls_succeed() throws IOException {
        List<Attempt> harmless =
                Arrays.stream(Attempt.values()).filter(Attempt::isControl).toList();
        try (ServerSocketChannel canary = canary();
                WorkerProcess worker = worker(WorkerRole.ONNX, false)) {
            Map<Attempt, Long> answers = attempt(worker, canary, harmless);

            answers.values().removeIf(answer -> answer >= 0);
            assertEquals(Map.of(), answers);
            try (SocketChannel hit = canary.accept()) {
                assertTrue(hit != null);
            }
        }
        assertEquals(List.of("loot", "secret"), namesBesideTheSecret());
    }

    @Test
    void savedModels_thatDoMoreThanCompute_getNothing() throws IOException {
        try (WorkerProcess worker = worker(WorkerRole.TENSORFLOW, true)) {
            for (var hostile : HostileModels.all(secret, loot).entrySet()) {
                assertFalse(answer(worker, hostile.getKey(), hostile.getValue()).contains(MARKER), hostile.getKey());
                assertEquals(List.of("secret"), namesBesideTheSecret(), hostile.getKey());
            }
        }
    }

    /// Those that nothing but the list of operations keeps from what they try.
    @Test
    void savedModels_thatDoMoreThanCompute_getItWithoutWalls() throws IOException {
        Set<String> successful = new TreeSet<>();
        try (WorkerProcess worker = worker(WorkerRole.TENSORFLOW, false)) {
            for (var hostile : HostileModels.all(secret, loot).entrySet()) {
                boolean isTold =
                        answer(worker, hostile.getKey(), hostile.getValue()).contains(MARKER);
                if (isTold || namesBesideTheSecret().size() > 1) {
                    successful.add(hostile.getKey());
                }
                deleteLoot();
            }
        }
        assertTrue(
                successful.containsAll(Set.of(
                        "reads a file for its output",
                        "reads a file in a function",
                        "writes a file when it is run",
                        "writes a file when it is loaded",
                        "prints to a file")),
                successful::toString);
    }

    @Test
    void onnxFiles_thatNameFilesOfOthers_getNothing() throws IOException {
        var all = HostileOnnxModels.write(secret, MARKER.length(), folder.resolve("onnx"));
        for (var hostile : all.entrySet()) {
            try (WorkerProcess worker = worker(WorkerRole.ONNX, true, WorkerMain.class)) {
                assertFalse(answer(worker, EngineKind.ONNX, hostile.getValue()).contains(MARKER), hostile.getKey());
            }
        }
        assertEquals(List.of("secret"), namesBesideTheSecret());
    }

    private WorkerProcess worker(WorkerRole role, boolean walled) {
        return worker(role, walled, HostileWorker.class);
    }

    private WorkerProcess worker(WorkerRole role, boolean walled, Class<?> program) {
        WorkerOptions options = TestWorkers.options();
        return WorkerProcess.start(
                "cpu",
                role,
                new WorkerCommand(
                        new WorkerOptions(
                                options.engineThreads(), options.environment(), folder.resolve("run"), walled),
                        program.getName(),
                        walled),
                slab.memory(),
                1 << 20,
                Calm.oversight(System::nanoTime));
    }

    private static ServerSocketChannel canary() throws IOException {
        ServerSocketChannel canary =
                ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        canary.configureBlocking(false);
        return canary;
    }

    private Map<Attempt, Long> attempt(WorkerProcess worker, ServerSocketChannel canary, List<Attempt> wanted)
            throws IOException {
        Path aims = Files.write(
                Files.createDirectory(folder.resolve("model")).resolve("aims"),
                List.of(
                        secret.toString(),
                        loot.toString(),
                        Long.toString(ProcessHandle.current().pid()),
                        Integer.toString(canary.socket().getLocalPort())));
        MemorySegment asked = arena.allocate(TrespassingEngine.ATTEMPTS);
        Attempt[] all = Attempt.values();
        for (int i = 0; i < all.length; i++) {
            asked.set(ValueLayout.JAVA_BYTE, i, (byte) (wanted.contains(all[i]) ? 1 : 0));
        }
        long[] answers = run(
                        worker.open(EngineKind.ONNX, aims, SavedGraph.NONE),
                        new BatchTensor("x", ElementType.UINT8, Shape.of(TrespassingEngine.ATTEMPTS), asked),
                        ValueLayout.JAVA_LONG.byteSize())
                .toArray(ValueLayout.JAVA_LONG);
        Map<Attempt, Long> byAttempt = new EnumMap<>(Attempt.class);
        for (int i = 0; i < all.length; i++) {
            if (wanted.contains(all[i])) {
                byAttempt.put(all[i], answers[i]);
            }
        }
        return byAttempt;
    }

    private MemorySegment run(RemoteSession session, BatchTensor input, long alignment) {
        try {
            return session.run(List.of(input), bytes -> arena.allocate(bytes, alignment), false)
                    .getFirst()
                    .data();
        } finally {
            session.close();
        }
    }

    private String answer(WorkerProcess worker, String name, HostileModels.Hostile hostile) throws IOException {
        return answer(
                worker,
                EngineKind.TENSORFLOW,
                hostile.model()
                        .write(Files.createDirectories(folder.resolve("models")).resolve(name)));
    }

    /// Opens and runs a model, whatever comes of it.
    private String answer(WorkerProcess worker, EngineKind engine, Path model) {
        MemorySegment two = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, 2);
        try {
            MemorySegment answer = run(
                    worker.open(engine, model, SavedGraph.NONE),
                    new BatchTensor("x", ElementType.FLOAT32, Shape.of(2), two),
                    64);
            return new String(answer.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.ISO_8859_1);
        } catch (EngineException | WorkerLostException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private List<String> namesBesideTheSecret() throws IOException {
        try (Stream<Path> files = Files.list(secret.resolveSibling("."))) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .sorted()
                    .toList();
        }
    }

    private void deleteLoot() throws IOException {
        List<Path> all = new ArrayList<>();
        try (Stream<Path> files = Files.list(secret.resolveSibling("."))) {
            files.filter(file -> !file.endsWith("secret")).forEach(all::add);
        }
        for (Path file : all) {
            if (Files.isDirectory(file)) {
                try (Stream<Path> inside = Files.list(file)) {
                    for (Path one : inside.toList()) {
                        Files.delete(one);
                    }
                }
            }
            Files.delete(file);
        }
    }
}
