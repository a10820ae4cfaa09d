package dev.firstpass.server.image;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Map;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.opencv_core.Mat;

/// The library's set-up, done once before its first use: one thread (parallelism belongs to the callers' CPU
/// permits), and no log lines on stderr for every broken image somebody sends.
///
/// Not to be silenced: libpng and libjpeg print one short line of their own for damaged data.
final class OpenCv {
    /// `cv::utils::logging::setLogLevel(LogLevel)`, which the Java binding leaves out.
    private static final String SET_LOG_LEVEL = "_ZN2cv5utils7logging11setLogLevelENS1_8LogLevelE";

    private static final int SILENT = 0;

    static {
        configureBinding();
        Loader.load(opencv_core.class);
        opencv_core.setNumThreads(1);
        silence();
    }

    private OpenCv() {}

    /// Makes sure that the set-up is done. Cheap after the first call, which loads the native libraries.
    static void ready() {}

    /// The memory of a continuous matrix, valid until the matrix is closed.
    static MemorySegment memory(Mat mat) {
        if (!mat.isContinuous()) {
            throw new IllegalStateException("matrix: not continuous (expected: continuous)");
        }
        return MemorySegment.ofAddress(mat.data().address()).reinterpret(mat.total() * mat.elemSize());
    }

    /// Tells JavaCPP, before its first class is set up, what it would otherwise decide for itself.
    ///
    /// It refuses to allocate once the process as a whole is bigger than twice the heap. Here the slab and the models
    /// make it so, and a limit on images stands in [ImageLimits].
    private static void configureBinding() {
        setUnlessSet("org.bytedeco.javacpp.maxbytes", "0");
        setUnlessSet("org.bytedeco.javacpp.maxphysicalbytes", "0");
        NativeFolder.adopt();
    }

    private static void setUnlessSet(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }

    private static void silence() {
        for (Map.Entry<String, String> library : Loader.getLoadedLibraries().entrySet()) {
            if (library.getKey().startsWith("opencv_core")) {
                setLogLevel(Path.of(library.getValue()), SILENT);
            }
        }
    }

    private static void setLogLevel(Path library, int level) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment function = SymbolLookup.libraryLookup(library, arena).findOrThrow(SET_LOG_LEVEL);
            int _ = (int) Linker.nativeLinker()
                    .downcallHandle(function, FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT))
                    .invokeExact(level);
        } catch (Throwable e) {
            throw new IllegalStateException("OpenCV: its log level cannot be set", e);
        }
    }
}
