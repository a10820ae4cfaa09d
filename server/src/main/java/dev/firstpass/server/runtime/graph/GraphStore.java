package dev.firstpass.server.runtime.graph;

import dev.firstpass.registry.EngineKind;
import dev.firstpass.registry.FileTree;
import dev.firstpass.registry.Manifest;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.server.runtime.engine.SavedGraph;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Optimised graphs in a folder of the data directory: `<version's digest>/<stage>-<key>.onnx`, and the file's SHA-256
/// beside it. The key names all that a graph depends on beside the model: the library, the processor, the device.
///
/// Thread-safe. The folder belongs to this process.
public final class GraphStore implements SavedGraphs {
    private static final Logger LOG = LoggerFactory.getLogger(GraphStore.class);

    /// A model of more than this is not worth a second copy, and beyond 2 GiB no ONNX file can hold it.
    private static final long MOST_BYTES = 1L << 30;

    private static final String INCOMING = "incoming";

    private final Path folder;
    private final String key;

    /// @param folder made when needed
    /// @param key of this machine and its engine, fit for a file's name
    public GraphStore(Path folder, String key) {
        this.folder = folder;
        this.key = key;
    }

    @Override
    public SavedGraph of(ModelVersion version, String stage) {
        long bytes = version.manifest().files().stream()
                .mapToLong(Manifest.BundleFile::bytes)
                .sum();
        if (version.stageFile(stage).engine() != EngineKind.ONNX || bytes > MOST_BYTES) {
            return SavedGraph.NONE;
        }
        return new StoredGraph(
                folder.resolve(INCOMING),
                folder.resolve(name(version)).resolve(stage + "-" + key + StoredGraph.SUFFIX),
                // Folding constants makes a graph larger, and so do weights that were stored in half precision.
                4 * bytes + (16 << 20));
    }

    private static String name(ModelVersion version) {
        return version.digest().substring(version.digest().indexOf(':') + 1);
    }

    /// Deletes what a process left unfinished, and the graphs of versions that are not among these or of another key.
    public void sweep(List<ModelVersion> versions) {
        if (!Files.isDirectory(folder)) {
            return;
        }
        Set<String> known = Set.copyOf(versions.stream().map(GraphStore::name).toList());
        try {
            for (Path one : children(folder)) {
                if (known.contains(one.getFileName().toString())) {
                    sweep(one);
                } else {
                    FileTree.delete(one);
                }
            }
        } catch (IOException | UncheckedIOException e) {
            LOG.warn("optimised graphs that are of no use stay: {}", e.toString());
        }
    }

    private void sweep(Path version) throws IOException {
        for (Path file : children(version)) {
            if (!file.getFileName().toString().contains("-" + key + StoredGraph.SUFFIX)) {
                FileTree.delete(file);
            }
        }
    }

    private static List<Path> children(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }
}
