package dev.firstpass.server.runtime.engine;

import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/// The libraries that engines with CUDA load from the system: looked for one by one, because an engine that misses one
/// names another, or none.
///
/// Pure functions, but for what is loaded while they look.
public final class CudaLibraries {
    /// What may be done where a GPU cannot be used.
    public static final String INSTEAD = "`devices: cpu` runs models on the CPU";

    /// The same where walls around the process may be why.
    public static final String INSTEAD_OF_WALLS =
            INSTEAD + "; with `isolation: in-process` no walls hold CUDA back, nor models";

    private static final String TOOLKIT = "install the CUDA 12 runtime libraries; those of CUDA 13 have other names";

    private static final Library DRIVER =
            new Library("libcuda.so.1", "install NVIDIA's driver, and in a container NVIDIA's container toolkit");

    private static final Library CUDNN = new Library("libcudnn.so.9", "install cuDNN 9 for CUDA 12");

    /// What ONNX Runtime's CUDA provider is linked with, and cuDNN, which it loads later.
    static final List<Library> ONNX_RUNTIME = List.of(
            DRIVER,
            new Library("libcudart.so.12", TOOLKIT),
            new Library("libcublas.so.12", TOOLKIT),
            new Library("libcublasLt.so.12", TOOLKIT),
            new Library("libcurand.so.10", TOOLKIT),
            CUDNN);

    /// What TensorFlow looks for before it takes a GPU.
    static final List<Library> TENSORFLOW = List.of(
            DRIVER,
            new Library("libcudart.so.12", TOOLKIT),
            new Library("libcublas.so.12", TOOLKIT),
            new Library("libcublasLt.so.12", TOOLKIT),
            new Library("libcufft.so.11", TOOLKIT),
            new Library("libcusolver.so.11", TOOLKIT),
            new Library("libcusparse.so.12", TOOLKIT),
            CUDNN);

    private CudaLibraries() {}

    /// The first that ONNX Runtime misses, and what to do about it.
    ///
    /// @param loads whether a library of this name can be loaded
    public static Optional<String> missingForOnnxRuntime(Predicate<String> loads) {
        return missing(ONNX_RUNTIME, loads);
    }

    /// The first that TensorFlow misses, and what to do about it.
    ///
    /// @param loads whether a library of this name can be loaded
    public static Optional<String> missingForTensorFlow(Predicate<String> loads) {
        return missing(TENSORFLOW, loads);
    }

    private static Optional<String> missing(List<Library> needed, Predicate<String> loads) {
        return needed.stream()
                .filter(library -> !loads.test(library.name))
                .findFirst()
                .map(library -> library.name + " does not load: " + library.mend + ", then try `ldconfig -p | grep "
                        + library.name + "`, or name its folder in LD_LIBRARY_PATH");
    }

    /// Whether the system's loader finds a library, and all that it needs itself.
    public static boolean loads(String name) {
        try (Arena arena = Arena.ofConfined()) {
            var _ = SymbolLookup.libraryLookup(name, arena);
            return true;
        } catch (IllegalArgumentException _) {
            return false;
        }
    }

    /// @param mend what to do where it is missing
    record Library(String name, String mend) {}
}
