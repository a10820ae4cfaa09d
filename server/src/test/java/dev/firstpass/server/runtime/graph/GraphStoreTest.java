package dev.firstpass.server.runtime.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.EngineKind;
import dev.firstpass.registry.Manifest;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.server.runtime.engine.SavedGraph;
import dev.firstpass.server.runtime.fake.Versions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class GraphStoreTest {
    private static final ModelVersion VERSION = Versions.of("weeds", 1);

    @TempDir
    Path folder = Path.of("");

    private SavedGraph graph = SavedGraph.NONE;

    @BeforeEach
    void open() {
        graph = store("here").of(VERSION, "main");
    }

    @Test
    void find_ofWhatWasKept_isItsContent() throws IOException {
        assertEquals(Optional.empty(), graph.find());

        Path fresh = written("a graph");
        graph.keep(fresh);

        assertEquals("a graph", Files.readString(graph.find().orElseThrow()));
        assertFalse(Files.exists(fresh));
        assertEquals(2, files(), "the graph and its hash, and nothing left over");
    }

    @Test
    void keep_ofASecondOne_replacesTheFirst() throws IOException {
        graph.keep(written("a graph"));
        graph.keep(written("another"));
        assertEquals("another", Files.readString(graph.find().orElseThrow()));
    }

    @Test
    void keep_ofWhatIsNotThere_doesNothing() throws IOException {
        graph.keep(folder.resolve("absent"));
        assertEquals(Optional.empty(), graph.find());
        assertEquals(0, files());
    }

    @Test
    void find_ofAChangedGraph_isEmptyAndItIsGone() throws IOException {
        graph.keep(written("a graph"));
        Path kept = graph.find().orElseThrow();
        Files.writeString(kept, "A graph");

        assertEquals(Optional.empty(), graph.find());
        assertFalse(Files.exists(kept));
    }

    @Test
    void find_ofAGraphWithoutHash_isEmpty() throws IOException {
        graph.keep(written("a graph"));
        Path kept = graph.find().orElseThrow();
        Files.delete(kept.resolveSibling(kept.getFileName() + ".sha256"));
        assertEquals(Optional.empty(), graph.find());
    }

    @Test
    void discard_ofWhatWasKept_leavesNothing() throws IOException {
        graph.keep(written("a graph"));
        graph.discard();
        assertEquals(Optional.empty(), graph.find());
        assertEquals(0, files());
    }

    /// A worker that was taken over could hand in whatever it likes, but not read the server's files by it.
    @Test
    void keep_ofALink_isRefused() throws IOException {
        Path secret = Files.writeString(folder.resolve("secret"), "a secret");
        Path symbolic = Files.createSymbolicLink(folder.resolve("symbolic"), secret);
        Path hard = Files.createLink(folder.resolve("hard"), secret);
        for (Path link : List.of(symbolic, hard)) {
            graph.keep(link);
            assertEquals(Optional.empty(), graph.find(), link::toString);
        }
        graph.keep(Files.createDirectory(folder.resolve("directory")));
        assertEquals(Optional.empty(), graph.find());
        assertEquals("a secret", Files.readString(secret));
    }

    @Test
    void keep_ofMoreThanTheModelCouldMakeUp_isRefused() throws IOException {
        Path large = folder.resolve("large");
        try (FileChannel file = FileChannel.open(large, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.wrap(new byte[1]), 64L << 20);
        }
        graph.keep(large);
        assertEquals(Optional.empty(), graph.find());
        assertEquals(0, files());
    }

    @Test
    void find_withAnotherKeyOrStageOrVersion_isEmpty() throws IOException {
        graph.keep(written("a graph"));
        assertTrue(graph.find().isPresent());
        assertEquals(Optional.empty(), store("elsewhere").of(VERSION, "main").find());
        assertEquals(
                Optional.empty(),
                store("here").of(Versions.of("weeds", 2), "main").find());
        assertTrue(store("here").of(VERSION, "main").find().isPresent(), "by the next process as well");
    }

    @Test
    void of_aModelTooLargeForOneFile_keepsNothing() {
        Manifest manifest = VERSION.manifest();
        Manifest large = new Manifest(
                manifest.spec(),
                manifest.stageFiles(),
                List.of(new Manifest.BundleFile("weights.bin", "0".repeat(64), 2L << 30)));
        assertEquals(Optional.empty(), store("here").of(with(large), "main").incoming());
    }

    @Test
    void of_anEngineWithoutGraphs_keepsNothing() {
        Manifest manifest = VERSION.manifest();
        Manifest saved = new Manifest(
                manifest.spec(), Map.of("main", new Manifest.StageFile(EngineKind.TENSORFLOW, ".")), manifest.files());
        assertEquals(Optional.empty(), store("here").of(with(saved), "main").incoming());
    }

    @Test
    void sweep_leavesTheGraphsOfTheseVersionsAndThisKey() throws IOException {
        ModelVersion gone = Versions.of("weeds", 2);
        graph.keep(written("a graph"));
        store("elsewhere").of(VERSION, "main").keep(written("a graph"));
        store("here").of(gone, "main").keep(written("a graph"));
        Files.writeString(graph.incoming().orElseThrow(), "half a gra");

        store("here").sweep(List.of(VERSION));

        assertTrue(graph.find().isPresent());
        assertEquals(2, files());
        store("here").sweep(List.of());
        assertEquals(0, files());
    }

    private GraphStore store(String key) {
        return new GraphStore(folder.resolve("optimised"), key);
    }

    private static ModelVersion with(Manifest manifest) {
        return new ModelVersion(
                VERSION.name(),
                VERSION.number(),
                VERSION.digest(),
                manifest,
                VERSION.directory(),
                VERSION.state(),
                VERSION.registeredAt());
    }

    private Path written(String content) throws IOException {
        return Files.writeString(Files.createTempFile(folder, "fresh", ""), content);
    }

    private long files() throws IOException {
        if (!Files.exists(folder.resolve("optimised"))) {
            return 0;
        }
        try (Stream<Path> files = Files.walk(folder.resolve("optimised"))) {
            return files.filter(Files::isRegularFile).count();
        }
    }
}
