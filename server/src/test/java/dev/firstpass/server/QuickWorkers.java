package dev.firstpass.server;

import dev.firstpass.server.runtime.device.worker.WorkerTraining;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// Has the workers that tests start begin as the launcher's do: from jars, and from caches of classes that were loaded once. That
/// takes less than half of what a start takes from folders of classes, and tests start some hundred workers. Every test works
/// without as well.
///
/// The first test class begins it, beside the tests; workers that start before it is done start from folders. It costs some 15 s
/// of one core, so that a run of single tests (`-Dtest=...`) goes without.
///
/// Thread-safe; owns the thread that prepares, which the end of this JVM ends.
public final class QuickWorkers implements BeforeAllCallback {
    private static final Path FOLDER = Path.of("target", "quick-workers").toAbsolutePath();
    private static final String CLASS_PATH = "java.class.path";
    private static final String CACHES = "firstpass.worker.caches";
    private static final int MOST_SECONDS = 120;

    @Override
    public void beforeAll(ExtensionContext context) {
        var _ = context.getRoot()
                .getStore(ExtensionContext.Namespace.GLOBAL)
                .computeIfAbsent(QuickWorkers.class, _ -> begin(), Boolean.class);
    }

    private static boolean begin() {
        boolean isWholeRun = System.getProperty("test") == null;
        if (isWholeRun) {
            Thread.ofPlatform().daemon().name("quick-workers").start(QuickWorkers::prepare);
        }
        return isWholeRun;
    }

    private static void prepare() {
        try {
            String classPath = jars();
            Path caches = train(classPath);
            System.setProperty(CLASS_PATH, classPath);
            System.setProperty(CACHES, caches.toString());
            System.out.println("workers of tests start from jars and caches from now on");
        } catch (IOException | IllegalStateException e) {
            System.out.println("workers of tests start from folders of classes: " + e);
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts this thread", e);
        }
    }

    /// The class path of this process with a jar for each folder, since the caches hold for jars only.
    private static String jars() throws IOException {
        Files.createDirectories(FOLDER);
        List<String> path = new ArrayList<>();
        for (String entry : System.getProperty(CLASS_PATH).split(File.pathSeparator, -1)) {
            // An empty entry would be the folder of this process, with all that is in it.
            if (entry.isEmpty()) {
                continue;
            }
            Path place = Path.of(entry);
            if (Files.isDirectory(place)) {
                path.add(jar(place, FOLDER.resolve(path.size() + ".jar")).toString());
            } else if (Files.exists(place)) {
                path.add(place.toString());
            }
        }
        return path.stream().collect(Collectors.joining(File.pathSeparator));
    }

    private static Path jar(Path folder, Path jar) {
        ToolProvider tool = ToolProvider.findFirst("jar").orElseThrow(() -> new IllegalStateException("no jar tool"));
        int code = tool.run(
                System.out,
                System.err,
                "--create",
                "--no-compress",
                "--file",
                jar.toString(),
                "-C",
                folder.toString(),
                ".");
        if (code != 0) {
            throw new IllegalStateException("jar ended with code " + code);
        }
        return jar;
    }

    private static Path train(String classPath) throws IOException, InterruptedException {
        Path caches = FOLDER.resolve("caches");
        if (Files.exists(caches)) {
            try (var old = Files.list(caches)) {
                for (Path cache : old.toList()) {
                    Files.delete(cache);
                }
            }
        }
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow"));
        String unpacked = System.getProperty("org.bytedeco.javacpp.cachedir");
        if (unpacked != null) {
            command.add("-Dorg.bytedeco.javacpp.cachedir=" + unpacked);
        }
        command.addAll(List.of("-cp", classPath, WorkerTraining.class.getName(), caches.toString()));
        Process training = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(FOLDER.resolve("training.log").toFile())
                .start();
        if (!training.waitFor(MOST_SECONDS, TimeUnit.SECONDS)) {
            training.destroyForcibly();
            throw new IllegalStateException("the training takes longer than " + MOST_SECONDS + " s");
        }
        if (training.exitValue() != 0) {
            throw new IllegalStateException("the training ended with code " + training.exitValue() + ": "
                    + Files.readString(FOLDER.resolve("training.log")));
        }
        return caches;
    }
}
