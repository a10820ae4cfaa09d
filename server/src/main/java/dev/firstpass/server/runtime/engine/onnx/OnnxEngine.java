package dev.firstpass.server.runtime.engine.onnx;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import dev.firstpass.registry.EngineKind;
import dev.firstpass.registry.RegistryException.ArtifactRejected;
import dev.firstpass.registry.onnx.OnnxFile;
import dev.firstpass.server.runtime.engine.CudaLibraries;
import dev.firstpass.server.runtime.engine.Device;
import dev.firstpass.server.runtime.engine.Engine;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.GraphFiles;
import dev.firstpass.server.runtime.engine.PinnedMemory;
import dev.firstpass.server.runtime.engine.SharedModels;
import dev.firstpass.server.runtime.linux.NativeLibrary;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// ONNX Runtime on one device.
///
/// ONNX Runtime 1.29 sends telemetry on Linux unless `ORT_DISABLE_TELEMETRY=1` is in the environment before its
/// library loads. This class therefore refuses to load it without, and nothing else may touch the library.
///
/// Thread-safe. The native environment is the process' own and ends with it.
public final class OnnxEngine implements Engine {
    private static final String TELEMETRY_SWITCH = "ORT_DISABLE_TELEMETRY";

    /// The one that Firstpass is tested with. Earlier ones lack checks of where a model's outside weights lie.
    private static final String VERSION = "1.29.0";

    /// Changes when [#open] makes graphs otherwise.
    private static final int RECIPE = 1;

    private static final Logger LOG = LoggerFactory.getLogger(OnnxEngine.class);

    private final OrtEnvironment environment;
    private final int threads;
    private final Device device;
    private final Optional<Executor> starter;
    private final SharedModels<LoadedModel> models = new SharedModels<>(LoadedModel::close);
    private volatile Optional<PinnedMemory> pinned = Optional.empty();

    private OnnxEngine(OrtEnvironment environment, int threads, Device device, Optional<Executor> starter) {
        this.environment = environment;
        this.threads = threads;
        this.device = device;
        this.starter = starter;
    }

    /// Loads the library: about 0.15 s, and 0.3 s more the first time it unpacks itself.
    ///
    /// @param processEnvironment of this process, as `System.getenv()` has it
    /// @param threads that one run may use
    /// @throws EngineException if telemetry is not switched off, or the library does not load
    public static OnnxEngine load(Map<String, String> processEnvironment, int threads) {
        return load(processEnvironment, threads, Device.cpu());
    }

    /// The same on any device; a GPU is tried, which takes a second.
    ///
    /// @throws EngineException if the device does not work as well
    public static OnnxEngine load(Map<String, String> processEnvironment, int threads, Device device) {
        return load(processEnvironment, threads, device, Optional.empty());
    }

    /// The same, for a process that opens sessions on threads of low priority: those that help with runs do not inherit
    /// it, and do not help until the session's warm-up is over.
    ///
    /// @param starter runs what it is given on a thread of the priority that those are to have
    /// @throws EngineException as the others
    public static OnnxEngine load(
            Map<String, String> processEnvironment, int threads, Device device, Executor starter) {
        return load(processEnvironment, threads, device, Optional.of(starter));
    }

    private static OnnxEngine load(
            Map<String, String> processEnvironment, int threads, Device device, Optional<Executor> starter) {
        String telemetry = processEnvironment.getOrDefault(TELEMETRY_SWITCH, "");
        if (!telemetry.equals("1") && !telemetry.equals("true")) {
            throw new EngineException(TELEMETRY_SWITCH + ": '" + telemetry
                    + "' (expected: 1 in the environment; ONNX Runtime would send telemetry without it)");
        }
        try {
            OrtEnvironment environment =
                    OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, "firstpass");
            if (!environment.getVersion().equals(VERSION)) {
                throw new EngineException("ONNX Runtime: " + environment.getVersion() + " (expected: " + VERSION + ")");
            }
            if (device instanceof Device.Cuda cuda) {
                requireCuda(cuda);
                CudaProvider.tryOut(environment, cuda, CudaLibraries::loads);
            }
            return new OnnxEngine(environment, threads, device, starter);
        } catch (LinkageError | IllegalStateException e) {
            // The library loads as the class is set up, so what went wrong may be the cause of a LinkageError.
            Throwable reason = e.getCause() == null ? e : e.getCause();
            throw new EngineException("ONNX Runtime does not load: " + reason.getMessage(), e);
        }
    }

    /// Whether this build of the library is one for NVIDIA GPUs. Loads nothing, and does not tell whether one works.
    public static boolean isBuiltForCuda() {
        return OnnxEngine.class.getResource("/ai/onnxruntime/native/linux-x64/libonnxruntime_providers_cuda.so")
                != null;
    }

    private static void requireCuda(Device.Cuda cuda) {
        if (!isBuiltForCuda()) {
            throw new EngineException("ONNX Runtime cannot use " + cuda.id()
                    + ": this build of Firstpass has no CUDA in it; `mvn -Pgpu` makes one that has ("
                    + CudaLibraries.INSTEAD + ")");
        }
    }

    @Override
    public int threads() {
        return threads;
    }

    @Override
    public EngineKind kind() {
        return EngineKind.ONNX;
    }

    /// Names all that an optimised graph depends on, beside its model: this library and this machine's processor.
    ///
    /// @param cpuinfo lines of `/proc/cpuinfo`
    public static String graphKey(Stream<String> cpuinfo) {
        return "ort-" + VERSION + "-" + RECIPE + "-cpu-" + ProcessorIdentity.of(cpuinfo);
    }

    @Override
    public EngineSession open(Path file) {
        return open(file, GraphFiles.NONE);
    }

    @Override
    public EngineSession open(Path file, GraphFiles graph) {
        return new OnnxSession(environment, models.open(files(file), () -> load(file, graph)));
    }

    /// Weights may lie in files of their own, and then the model file alone does not tell which model it is.
    private static List<Path> files(Path file) {
        List<Path> files = new ArrayList<>(List.of(file));
        try {
            OnnxFile.read(file).externalData().forEach(weights -> files.add(file.resolveSibling(weights)));
        } catch (ArtifactRejected _) {
            // Told by the library, if it takes it for none either.
        } catch (UncheckedIOException e) {
            throw new EngineException("cannot open the model: " + e.getMessage(), e);
        }
        return files;
    }

    private LoadedModel load(Path file, GraphFiles graph) {
        try (OrtSession.SessionOptions options = options()) {
            if (graph.saved().isPresent()) {
                return optimised(graph.saved().get(), options);
            }
        } catch (OrtException | EngineException e) {
            LOG.warn("{}: the saved graph is of no use: {}", file, e.getMessage());
        }
        try (OrtSession.SessionOptions writing = options();
                OrtSession.SessionOptions options = options()) {
            if (graph.fresh().isPresent()) {
                writing.setOptimizedModelFilePath(graph.fresh().get().toString());
                // A session that has written its graph holds the weights twice, as long as it lives.
                model(file, writing).close();
                return optimised(graph.fresh().get(), options);
            }
        } catch (OrtException | EngineException e) {
            // Over the graph or over the model: the next try tells.
            LOG.warn("{}: not opened while saving its graph: {}", file, e.getMessage());
        }
        try (OrtSession.SessionOptions options = options()) {
            return model(file, options);
        } catch (OrtException e) {
            throw new EngineException("cannot open the model: " + e.getMessage(), e);
        }
    }

    private LoadedModel optimised(Path graph, OrtSession.SessionOptions options) throws OrtException {
        options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.NO_OPT);
        return model(graph, options);
    }

    private LoadedModel model(Path file, OrtSession.SessionOptions options) throws OrtException {
        Optional<PoolThreads> pool = starter.map(PoolThreads::new);
        try {
            pool.ifPresent(own -> own.serve(options));
            return LoadedModel.of(environment.createSession(file.toString(), options), pool);
        } catch (OrtException | RuntimeException e) {
            pool.ifPresent(PoolThreads::close);
            throw e;
        }
    }

    private OrtSession.SessionOptions options() throws OrtException {
        OrtSession.SessionOptions options = new OrtSession.SessionOptions();
        try {
            options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
            if (device instanceof Device.Cuda cuda) {
                CudaProvider.append(options, cuda);
            }
            options.setIntraOpNumThreads(threads);
            options.setInterOpNumThreads(1);
            // Else a file's name, and not what was checked at registration, would decide how its bytes are read.
            options.addConfigEntry("session.load_model_format", "ONNX");
            // A plan of memory per input shape wins no time and takes, for the many shapes that batches and assets
            // have, half as much memory again.
            options.setMemoryPatternOptimization(false);
            // The arena stays on. Whoever closes a session and trims the heap gets nearly all of it back (coco: 100 MiB
            // at
            // most, 10 to 20 MiB left; 80 without the trim); without arena runs are no quicker, and more is left.
            // Threads that spin between runs would take the cores from decoding and post-processing.
            options.addConfigEntry("session.intra_op.allow_spinning", "0");
            // Weights quantised with DequantizeLinear are folded at load: ten times faster than doing it in each run.
            options.addConfigEntry("session.disable_quant_qdq", "1");
            return options;
        } catch (OrtException | RuntimeException e) {
            options.close();
            throw e;
        }
    }

    /// On a GPU it is pinned, since sessions copy rows from it and results to it.
    @Override
    public void expect(MemorySegment memory) {
        switch (device) {
            case Device.Cpu _ -> {}
            case Device.Cuda cuda -> pin(memory, cuda);
        }
    }

    private void pin(MemorySegment memory, Device.Cuda cuda) {
        try {
            NativeLibrary runtime = new NativeLibrary(SymbolLookup.libraryLookup(PinnedMemory.LIBRARY, Arena.global()));
            pinned = PinnedMemory.pin(runtime, cuda.index(), memory);
        } catch (IllegalArgumentException | EngineException e) {
            LOG.warn("{}: rows and results are copied by way of the driver's memory: {}", cuda.id(), e.getMessage());
        }
    }

    private static void unpin(PinnedMemory memory) {
        try {
            memory.close();
        } catch (EngineException e) {
            // After an error that CUDA does not recover from; the process' end does it.
            LOG.warn("memory stays pinned: {}", e.getMessage());
        }
    }

    @Override
    public void close() {
        pinned.ifPresent(OnnxEngine::unpin);
        // The environment is shared by the whole process and cannot be made again; it ends with the process.
    }
}
