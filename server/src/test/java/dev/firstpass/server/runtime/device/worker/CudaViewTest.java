package dev.firstpass.server.runtime.device.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.server.runtime.device.nvidia.GpuName;
import dev.firstpass.server.runtime.engine.Device;
import dev.firstpass.server.runtime.engine.Device.CudaMemory;
import dev.firstpass.server.runtime.linux.Landlock.Access;
import dev.firstpass.server.runtime.linux.Landlock.Rule;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a worker for a GPU may reach, on a machine made of files.
final class CudaViewTest {
    @TempDir
    Path temp = Path.of("");

    private Path root = Path.of("");

    @BeforeEach
    void findRoot() throws IOException {
        root = temp.toRealPath();
    }

    @Test
    void rules_onAMachineWithoutADriver_nameNothing() {
        assertEquals(List.of(), view().rules(gpu(new GpuName.Index(0), Optional.empty())));
    }

    @Test
    void rules_forAGpuThatIsKnown_haveItsDeviceAndNoOther() throws IOException {
        devices();

        assertEquals(
                Set.of("dev/nvidiactl", "dev/nvidia-uvm", "dev/nvidia-uvm-tools", "dev/nvidia1"),
                paths(Access.DEVICE, gpu(new GpuName.Uuid("GPU-1"), Optional.of(1))));
    }

    @Test
    void rules_forAGpuThatIsNotKnown_haveEachOnesDevice() throws IOException {
        devices();

        assertEquals(
                Set.of(
                        "dev/nvidiactl",
                        "dev/nvidia-uvm",
                        "dev/nvidia-uvm-tools",
                        "dev/nvidia0",
                        "dev/nvidia1",
                        "dev/nvidia10"),
                paths(Access.DEVICE, gpu(new GpuName.Index(1), Optional.empty())));
    }

    @Test
    void rules_forAPartOfAGpu_haveWhatNamesParts() throws IOException {
        devices();

        assertTrue(paths(Access.DEVICE, gpu(new GpuName.Part("MIG-1"), Optional.empty()))
                .contains("dev/nvidia-caps"));
    }

    @Test
    void rules_ofProc_areReadButForTheNamesOfThreads() throws IOException {
        make("proc/driver/nvidia/params");
        make("proc/driver/nvidia-uvm/x");
        make("proc/driver/rtc");
        make("proc/self/task/1/comm");
        make("proc/modules");
        WorkerDevice.Cuda gpu = gpu(new GpuName.Index(0), Optional.empty());

        assertEquals(
                Set.of("proc/driver/nvidia", "proc/driver/nvidia-uvm", "proc/self", "proc/modules"),
                paths(Access.READ, gpu));
        assertEquals(Set.of("proc/self/task"), paths(Access.UPDATE, gpu));
        assertEquals(Set.of(), paths(Access.WRITE, gpu));
        assertEquals(Set.of(), paths(Access.EXECUTE, gpu));
    }

    // ---- libraries

    @Test
    void rules_forLibraries_haveThoseOfTheSearchPathAndNothingBesideThem() throws IOException {
        make("cuda/lib64/libcudart.so.12");
        make("cudnn/lib/libcudnn_ops.so.9.1.0");
        make("home/me/libmine.so");
        make("home/me/diary");
        make("home/me/libcurl.so.4");
        Map<String, String> environment = Map.of(
                "LD_LIBRARY_PATH",
                root.resolve("cuda/lib64") + ":" + root.resolve("home/me") + "::cudnn/relative:"
                        + root.resolve("cudnn/lib") + ":" + root.resolve("missing"));

        assertEquals(
                Set.of("cuda/lib64/libcudart.so.12", "cudnn/lib/libcudnn_ops.so.9.1.0", "home/me/libcurl.so.4"),
                libraries(environment));
    }

    @Test
    void rules_forLibraries_haveThoseOfTheLoadersCache() throws IOException {
        make("usr/local/cuda-12.8/targets/x86_64-linux/lib/libcublasLt.so.12");
        make("opt/other/libother.so.1");
        Path cache = make("etc/ld.so.cache");
        Files.writeString(
                cache,
                "glibc-ld.so.cache1.1\u0003\u0000\u00ff\u0000libcublasLt.so.12\u0000"
                        + "/usr/local/cuda-12.8/targets/x86_64-linux/lib/libcublasLt.so.12\u0000libother.so.1\u0000"
                        + "/opt/other/libother.so.1\u0000/opt/gone/libcuda.so.1\u0000",
                StandardCharsets.ISO_8859_1);

        assertEquals(Set.of("usr/local/cuda-12.8/targets/x86_64-linux/lib/libcublasLt.so.12"), libraries(Map.of()));
    }

    @Test
    void rules_forALibraryThatIsALink_haveWhatItLinksTo() throws IOException {
        Path real = make("usr/lib/nvidia/current/libcuda.so.550.54.15");
        Path link = root.resolve("usr/lib/libcuda.so.1");
        Files.createSymbolicLink(link, real);

        assertEquals(Set.of("usr/lib/nvidia/current/libcuda.so.550.54.15"), libraries(Map.of()));
    }

    // ---- who gets them

    @Test
    void rules_ofAWorkerOnTheCpu_haveNoneOfThem() throws IOException {
        devices();
        make("proc/self/task/1/comm");
        make("usr/lib/libcuda.so.1");
        try (WorkerFolder folder = WorkerFolder.make(temp.resolve("run"))) {
            WorkerDevice.Cuda gpu = gpu(new GpuName.Index(0), Optional.empty());
            List<Rule> onCpu = WorkerView.rules(folder, List.of(), WorkerDevice.cpu(), view());
            List<Rule> onGpu = WorkerView.rules(folder, List.of(), gpu, view());

            assertEquals(onCpu, onGpu.subList(0, onCpu.size()));
            assertEquals(view().rules(gpu), onGpu.subList(onCpu.size(), onGpu.size()));
            assertFalse(onCpu.stream().map(Rule::access).anyMatch(Set.of(Access.DEVICE, Access.UPDATE)::contains));
            assertTrue(view().rules(gpu).stream().allMatch(rule -> Files.exists(Path.of(rule.path()))));
        }
    }

    private void devices() throws IOException {
        for (String name : List.of(
                "nvidiactl",
                "nvidia-uvm",
                "nvidia-uvm-tools",
                "nvidia-modeset",
                "nvidia0",
                "nvidia1",
                "nvidia10",
                "nvidia-nvswitchctl",
                "dri/card0",
                "nvidia-caps/nvidia-cap1",
                "kmsg")) {
            make("dev/" + name);
        }
    }

    private Path make(String path) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.resolveSibling("."));
        return Files.createFile(file);
    }

    private CudaView view() {
        return new CudaView(root, Map.of());
    }

    private static WorkerDevice.Cuda gpu(GpuName name, Optional<Integer> node) {
        return new WorkerDevice.Cuda(new Device.Cuda(0, CudaMemory.UNLIMITED), name, node);
    }

    private Set<String> libraries(Map<String, String> environment) {
        return paths(new CudaView(root, environment), Access.READ, gpu(new GpuName.Index(0), Optional.empty()));
    }

    private Set<String> paths(Access access, WorkerDevice.Cuda gpu) {
        return paths(view(), access, gpu);
    }

    private Set<String> paths(CudaView view, Access access, WorkerDevice.Cuda gpu) {
        return view.rules(gpu).stream()
                .filter(rule -> rule.access() == access)
                .map(rule -> root.relativize(Path.of(rule.path())).toString())
                .collect(Collectors.toSet());
    }
}
