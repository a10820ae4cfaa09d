package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.registry.EngineKind;
import dev.firstpass.registry.FileTree;
import dev.firstpass.registry.RegistryException.ArtifactRejected;
import dev.firstpass.registry.onnx.OnnxFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The files of one worker process: all that it sees beside its own program.
///
/// ```
/// outside      what it must not be able to read, for it to try
/// models/N/    the files of its session N; read-only to it
/// tmp/         for temporary files, its own
/// scratch/     for files that it makes for the server
/// ```
///
/// Model files are hard links to the registry's where both are in one file system, else copies.
///
/// Thread-safe, as long as nobody admits to one session twice at a time. Who makes it closes it.
final class WorkerFolder implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerFolder.class);
    private static final String PREFIX = "worker-";

    private final Path root;

    private WorkerFolder(Path root) {
        this.root = root;
    }

    /// A new one.
    ///
    /// @param parent where it is made; made as well if need be
    static WorkerFolder make(Path parent) throws IOException {
        Files.createDirectories(parent);
        WorkerFolder folder =
                new WorkerFolder(Files.createTempDirectory(parent, PREFIX).toRealPath());
        try {
            Files.createDirectory(folder.models());
            Files.createDirectory(folder.temp());
            Files.createDirectory(folder.scratch());
            Files.writeString(folder.outside(), "A worker that can read this is not walled in.\n");
            return folder;
        } catch (IOException e) {
            folder.close();
            throw e;
        }
    }

    /// Deletes the folders that a server which was killed has left behind.
    ///
    /// @param parent of no other server that runs
    static void sweep(Path parent) {
        if (!Files.isDirectory(parent)) {
            return;
        }
        try (DirectoryStream<Path> left = Files.newDirectoryStream(parent, PREFIX + "*")) {
            left.forEach(WorkerFolder::delete);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Path models() {
        return root.resolve("models");
    }

    Path temp() {
        return root.resolve("tmp");
    }

    Path scratch() {
        return root.resolve("scratch");
    }

    Path outside() {
        return root.resolve("outside");
    }

    /// Puts a model's files where the worker can read them. What is there of the session is deleted before.
    ///
    /// @param file of the model, or its folder
    /// @return the same to the worker
    Path admit(int session, EngineKind engine, Path file) throws IOException {
        release(session);
        Path folder = Files.createDirectory(models().resolve(Integer.toString(session)));
        Path name = file.toAbsolutePath().normalize().getFileName();
        Path own = name == null ? folder.resolve("model") : folder.resolve(name.toString());
        switch (engine) {
            case ONNX -> {
                link(file, own);
                for (String outside : outsideData(file)) {
                    Path target = folder.resolve(outside);
                    Files.createDirectories(target.resolveSibling("."));
                    link(file.resolveSibling(outside), target);
                }
            }
            case TENSORFLOW -> linkAll(file, own);
        }
        return own;
    }

    /// Puts the optimised form of a model's graph beside the model.
    ///
    /// @return the same to the worker
    Path admitGraph(int session, Path graph) throws IOException {
        Path own = models().resolve(Integer.toString(session)).resolve("optimised-graph");
        link(graph, own);
        return own;
    }

    /// A file that is refused names nothing that is worth to be shown: the worker may say what is wrong with it.
    private static List<String> outsideData(Path file) {
        try {
            return OnnxFile.read(file).externalData();
        } catch (ArtifactRejected _) {
            return List.of();
        }
    }

    private static void linkAll(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    link(file, target);
                }
            }
        }
    }

    private static void link(Path from, Path to) throws IOException {
        Path real = from.toRealPath();
        try {
            Files.createLink(to, real);
        } catch (FileSystemException | UnsupportedOperationException _) {
            // Another file system, or one without links; or a file of another user.
            Files.copy(real, to);
        }
    }

    /// The session reads its files no more.
    void release(int session) {
        delete(models().resolve(Integer.toString(session)));
    }

    @Override
    public void close() {
        delete(root);
    }

    /// Deletes a folder with all that is in it; what cannot be deleted stays.
    static void delete(Path folder) {
        try {
            FileTree.delete(folder);
        } catch (IOException e) {
            LOG.warn("a worker's folder stays behind: {}", folder, e);
        }
    }
}
