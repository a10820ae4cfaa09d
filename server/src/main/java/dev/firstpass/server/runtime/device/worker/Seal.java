package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.server.runtime.linux.KernelException;
import dev.firstpass.server.runtime.linux.Trespass;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// The last wall of a worker that has all it will ever need: no file can be opened any more, not even one that Landlock
/// leaves. For the worker that decodes images; one that runs models opens files as they are asked for.
///
/// For one thread.
final class Seal {
    /// Landlock lets it be opened, so that only the seal can be what refuses it.
    private static final String OPEN_BEFORE = "/dev/null";

    private static final String CLASS = ".class";

    /// Where the classes are that decoding may need.
    private static final List<String> DECODING = List.of(
            "dev/firstpass/postprocess",
            "dev/firstpass/server/call",
            "dev/firstpass/server/failure",
            "dev/firstpass/server/image",
            "dev/firstpass/server/runtime");

    private Seal() {}

    /// Closes it, on all threads, and tries.
    ///
    /// @throws IllegalStateException if a file can be opened nevertheless
    static void close() {
        openClassPath();
        try {
            WorkerFilters.sealing().installOnAllThreads();
        } catch (KernelException e) {
            throw new IllegalStateException("the worker cannot be sealed: " + e.getMessage(), e);
        }
        if (Trespass.canRead(OPEN_BEFORE)) {
            throw new IllegalStateException("the worker is not sealed: a file was opened");
        }
    }

    /// Jars are opened as classes are searched; a search for what none has opens them all. Folders, which only a build's
    /// own tests have, are opened for each class; so those that decoding may need are loaded.
    private static void openClassPath() {
        try {
            var _ = ClassLoader.getSystemResources("dev/firstpass/none").hasMoreElements();
            for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
                loadFrom(Path.of(entry));
            }
        } catch (IOException e) {
            throw new IllegalStateException("the class path cannot be opened", e);
        }
    }

    private static void loadFrom(Path folder) throws IOException {
        for (String part : DECODING) {
            Path classes = folder.resolve(part);
            if (Files.isDirectory(classes)) {
                try (Stream<Path> files = Files.walk(classes)) {
                    files.map(folder::relativize)
                            .map(Path::toString)
                            .filter(file -> file.endsWith(CLASS))
                            .forEach(Seal::load);
                }
            }
        }
    }

    private static void load(String file) {
        String name = file.substring(0, file.length() - CLASS.length()).replace(File.separatorChar, '.');
        try {
            var _ = Class.forName(name, false, Seal.class.getClassLoader());
        } catch (ClassNotFoundException | LinkageError e) {
            throw new IllegalStateException(name + " cannot be loaded", e);
        }
    }
}
