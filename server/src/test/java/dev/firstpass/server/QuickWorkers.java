package dev.firstpass.server;

import dev.firstpass.server.cli.Main;
import dev.firstpass.server.runtime.device.worker.WorkerTraining;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// Has the workers and servers that tests start begin as the launcher's do: from jars, and from caches of classes that were loaded
/// once. That takes half of what a start takes from folders of classes, and tests start some hundred workers. Every test works
/// without as well.
///
/// The first test class begins it, beside the tests; what starts before it is done starts from folders. It costs some 30 s of one
/// core, so that a run of single tests (`-Dtest=...`) goes without.
///
/// Thread-safe; owns the thread that prepares, which the end of this JVM ends.
public final class QuickWorkers implements BeforeAllCallback {
    private static final Path FOLDER = Path.of("target", "quick-workers").toAbsolutePath();
    private static final String CLASS_PATH = "java.class.path";
    private static final String CACHES = "firstpass.worker.caches";
    private static final String SERVER_CACHE = "firstpass.test.server.cache";
    private static final int MOST_SECONDS = 120;

    private static final AtomicBoolean BEGUN = new AtomicBoolean();
    private static final CountDownLatch PREPARED = new CountDownLatch(1);

    @Override
    public void beforeAll(ExtensionContext context) {
        var _ = context.getRoot()
                .getStore(ExtensionContext.Namespace.GLOBAL)
                .computeIfAbsent(QuickWorkers.class, _ -> begin(), Boolean.class);
    }

    /// Options of `java` for a server of a test's, besides the class path, which is to be read after this.
    public static List<String> options() {
        String cache = System.getProperty(SERVER_CACHE);
        return cache == null
                ? List.of()
                : List.of(
                        "-XX:AOTCache=" + cache,
                        "-Xlog:aot=off",
                        "-Xlog:cds=off",
                        "-D" + CACHES + "=" + System.getProperty(CACHES));
    }

    /// For a test that looks at this process as a whole: until nothing of this one's runs in it any more.
    public static void await() throws InterruptedException {
        PREPARED.await();
    }

    private static boolean begin() {
        boolean isWholeRun = System.getProperty("test") == null;
        // Tests that failed are run once more by this process, from the same jars.
        boolean isFirst = BEGUN.compareAndSet(false, true);
        if (isWholeRun && isFirst) {
            Thread.ofPlatform().daemon().name("quick-workers").start(QuickWorkers::prepare);
        } else if (isFirst) {
            PREPARED.countDown();
        }
        return isWholeRun && isFirst;
    }

    private static void prepare() {
        try {
            String classPath = jars();
            Path caches = train(classPath);
            System.setProperty(CLASS_PATH, classPath);
            System.setProperty(CACHES, caches.toString());
            System.setProperty(SERVER_CACHE, trainServer(classPath).toString());
            System.out.println("processes of tests start from jars and caches from now on");
        } catch (IOException | IllegalStateException e) {
            System.out.println("processes of tests start without caches that are missing now: " + e);
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts this thread", e);
        } finally {
            PREPARED.countDown();
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
        learn("training.log", classPath, List.of(), WorkerTraining.class.getName(), caches.toString());
        return caches;
    }

    private static Path trainServer(String classPath) throws IOException, InterruptedException {
        Path cache = FOLDER.resolve("server.aot");
        Path data = Files.createTempDirectory(FOLDER, "data");
        learn(
                "server.log",
                classPath,
                List.of("-XX:TieredStopAtLevel=1", "-XX:AOTCacheOutput=" + cache),
                Main.class.getName(),
                "serve",
                "--data",
                data.toString(),
                "--port",
                "0",
                "--admin-port",
                "0",
                "--exit-when-ready");
        return cache;
    }

    private static void learn(String log, String classPath, List<String> options, String main, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow"));
        String unpacked = System.getProperty("org.bytedeco.javacpp.cachedir");
        if (unpacked != null) {
            command.add("-Dorg.bytedeco.javacpp.cachedir=" + unpacked);
        }
        command.addAll(options);
        command.addAll(List.of("-cp", classPath, main));
        command.addAll(List.of(arguments));
        Process learning = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(FOLDER.resolve(log).toFile())
                .start();
        if (!learning.waitFor(MOST_SECONDS, TimeUnit.SECONDS)) {
            learning.destroyForcibly();
            throw new IllegalStateException(main + " takes longer than " + MOST_SECONDS + " s");
        }
        if (learning.exitValue() != 0) {
            throw new IllegalStateException(
                    main + " ended with code " + learning.exitValue() + ": " + Files.readString(FOLDER.resolve(log)));
        }
    }
}
