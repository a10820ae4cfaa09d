package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.server.runtime.device.nvidia.GpuName;
import dev.firstpass.server.runtime.linux.Landlock.Access;
import dev.firstpass.server.runtime.linux.Landlock.Rule;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The files that a worker needs for a GPU, in addition to those of [WorkerView]. CUDA's library is not open, and what it
/// opens is in no manual. Where it is known from:
///
/// - gVisor's proxy of the driver: control, memory (`-uvm`) and the GPU's own device, by `ioctl`, and the driver's parameters;
/// - libnvidia-container, NVIDIA's own: the same, `nvidia-uvm-tools`, and both folders of the driver in `/proc`;
/// - nono (pull requests 639, 651, 673) and NVIDIA's OpenShell (710, 1486), which have CUDA behind Landlock: devices are
///   opened to read and write; from driver 570 on it fails if `nvidia-uvm-tools` cannot be opened, or if it cannot name a
///   thread of its own by `/proc/PID/task/TID/comm`; `/proc/self` is read;
/// - snapd's interface for GPUs: `devices`, `modules` and `sys/vm/mmap_min_addr` of `/proc`.
///
/// Left closed, since nono or conduit-venus do without: `nvidia-modeset`, `/dev/shm`, the GPU's folder on the PCI bus.
///
/// Immutable.
///
/// @param root of the file system; another only in tests
/// @param environment of the server
record CudaView(Path root, Map<String, String> environment) {
    /// Where a thread's name is written. Names the process that opens it.
    static final String THREADS = "/proc/self/task";

    private static final List<String> DEVICES = List.of("dev/nvidiactl", "dev/nvidia-uvm", "dev/nvidia-uvm-tools");

    /// What names the parts of a divided GPU.
    private static final String PARTS = "dev/nvidia-caps";

    private static final List<String> READ = List.of(
            "proc/driver/nvidia",
            "proc/driver/nvidia-uvm",
            "proc/devices",
            "proc/modules",
            "proc/sys/vm/mmap_min_addr",
            "proc/self");

    private static final Pattern GPU = Pattern.compile("nvidia[0-9]+");

    /// Of CUDA, cuDNN, NCCL and the driver, also those that these load by themselves. A name too many does no harm.
    private static final Pattern LIBRARY = Pattern.compile("lib(cu|nv|nccl)[^/]*\\.so[.0-9]*");

    /// A path as the loader's cache has it: text that ends with a zero.
    private static final Pattern CACHED = Pattern.compile("/([^\\x00-\\x1f]+)\\x00");

    private static final String CACHE = "etc/ld.so.cache";
    private static final List<String> SEARCHED = List.of("lib64", "usr/lib64", "lib", "usr/lib");
    private static final String SEARCH_PATH = "LD_LIBRARY_PATH";

    /// Rules for what is there.
    List<Rule> rules(WorkerDevice.Cuda device) {
        List<Rule> rules = new ArrayList<>();
        Stream.concat(DEVICES.stream().map(root::resolve), gpus(device))
                .forEach(file -> add(rules, Access.DEVICE, file));
        if (device.visible() instanceof GpuName.Part) {
            add(rules, Access.DEVICE, root.resolve(PARTS));
        }
        READ.forEach(file -> add(rules, Access.READ, root.resolve(file)));
        add(rules, Access.UPDATE, root.resolve(THREADS.substring(1)));
        libraries().forEach(library -> add(rules, Access.READ, library));
        return rules;
    }

    private static void add(List<Rule> rules, Access access, Path file) {
        if (Files.exists(file)) {
            rules.add(new Rule(file.toString(), access));
        }
    }

    private Stream<Path> gpus(WorkerDevice.Cuda device) {
        Path devices = root.resolve("dev");
        Optional<Path> only = device.node().map(node -> devices.resolve("nvidia" + node));
        return only.map(Stream::of)
                .orElseGet(() -> names(devices).stream()
                        .filter(GPU.asMatchPredicate())
                        .sorted()
                        .map(devices::resolve));
    }

    /// The libraries that the loader finds, one by one: what else lies in their folders may be anything.
    private Set<Path> libraries() {
        Set<Path> libraries = new LinkedHashSet<>();
        Stream.concat(
                        Stream.concat(searched(), SEARCHED.stream().map(root::resolve))
                                .flatMap(folder -> names(folder).stream().map(folder::resolve)),
                        cached())
                .filter(CudaView::isLibrary)
                .forEach(library -> real(library).ifPresent(libraries::add));
        return libraries;
    }

    private static boolean isLibrary(Path file) {
        return LIBRARY.matcher(String.valueOf(file.getFileName())).matches();
    }

    /// Empty for a link to nothing, and for what only the cache has still.
    private static Optional<Path> real(Path library) {
        try {
            return Optional.of(library.toRealPath());
        } catch (IOException _) {
            return Optional.empty();
        }
    }

    private Stream<Path> searched() {
        return Stream.of(environment.getOrDefault(SEARCH_PATH, "").split(File.pathSeparator, -1))
                .map(Path::of)
                .filter(Path::isAbsolute);
    }

    private Stream<Path> cached() {
        try {
            String cache = Files.readString(root.resolve(CACHE), StandardCharsets.ISO_8859_1);
            return CACHED.matcher(cache)
                    .results()
                    .map(path -> path.group(1))
                    // Before it is taken for a path: most of the cache is numbers, some of which look like text.
                    .filter(path -> LIBRARY.matcher(path.substring(path.lastIndexOf('/') + 1))
                            .matches())
                    .flatMap(path -> resolved(path).stream());
        } catch (IOException _) {
            // The loader then has only the folders.
            return Stream.of();
        }
    }

    /// Empty for what is no path by this machine's character set.
    private Optional<Path> resolved(String path) {
        try {
            return Optional.of(root.resolve(path));
        } catch (InvalidPathException _) {
            return Optional.empty();
        }
    }

    /// Of what is in a folder that may be looked into.
    private static List<String> names(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> String.valueOf(file.getFileName())).toList();
        } catch (IOException | UncheckedIOException _) {
            return List.of();
        }
    }
}
