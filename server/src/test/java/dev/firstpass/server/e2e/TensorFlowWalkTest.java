package dev.firstpass.server.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.registry.EngineKind;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.bundle.OfferedFile;
import dev.firstpass.registry.importer.CocoSsd;
import dev.firstpass.registry.store.Registration;
import dev.firstpass.server.demo.TfjsPackages;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/// The whole walk on a SavedModel: registered as people have them, and answering as the same weights do on ONNX
/// Runtime.
final class TensorFlowWalkTest {
    static final List<String> PHOTOS = Goldens.PHOTOS;

    @TempDir
    static Path folder;

    static DemoServer server;
    static Path savedModel;

    @BeforeAll
    static void start() throws Exception {
        server = DemoServer.start(Files.createDirectory(folder.resolve("data")));
        savedModel = folder.resolve("saved");
        TfjsPackages.coco(savedModel);
        Path bundle = Files.createDirectory(folder.resolve("bundle"));
        Files.writeString(bundle.resolve("firstpass.yaml"), manifest());
        copyInto(bundle.resolve("detector"));
        requireAvailable(register("tf", bundle, Optional.empty()));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @ParameterizedTest
    @FieldSource("PHOTOS")
    void coco_onPhotos_findsWhatOnnxRuntimeFinds(String photo) {
        List<Annotation> expected = answer("coco", photo);
        List<Annotation> found = answer("tf", photo);

        assertEquals(labels(expected), labels(found), photo);
        for (int i = 0; i < expected.size(); i++) {
            assertEquals(
                    expected.get(i).candidate().score(),
                    found.get(i).candidate().score(),
                    1e-5,
                    photo);
            Rect a = expected.get(i).bounds().orElseThrow();
            Rect b = found.get(i).bounds().orElseThrow();
            assertEquals(a.x(), b.x(), 0.01, photo);
            assertEquals(a.y(), b.y(), 0.01, photo);
            assertEquals(a.width(), b.width(), 0.01, photo);
            assertEquals(a.height(), b.height(), 0.01, photo);
        }
    }

    @Test
    void coco_onDog_findsBicycleDogAndCar() {
        Set<String> labels = answer("tf", "dog.jpg").stream()
                .map(annotation -> annotation.candidate().label())
                .collect(Collectors.toSet());
        assertTrue(labels.containsAll(Set.of("bicycle", "dog", "car")), labels::toString);
    }

    @Test
    void bundleInAFolderOfItsOwn_isDerived() {
        var version = version("tf");
        var stage = version.stageFile("main");

        assertEquals(EngineKind.TENSORFLOW, stage.engine());
        assertEquals("detector", stage.file());
        assertEquals(
                "image_tensor", version.manifest().spec().firstStage().input().name());
    }

    /// As TensorFlow writes it: `saved_model.pb` at the top, what belongs to it beside it.
    @Test
    void bareSavedModel_withAManifestBesideIt_runs() throws IOException {
        Path bare = copyInto(folder.resolve("bare"));
        Path manifest = Files.writeString(folder.resolve("coco.yaml"), manifest());

        requireAvailable(register("bare", bare, Optional.of(manifest)));

        assertEquals(".", version("bare").stageFile("main").file());
        assertEquals(labels(answer("coco", "dog.jpg")), labels(answer("bare", "dog.jpg")));
    }

    @Test
    void bundleInAZip_runs() throws IOException {
        Path flat = copyInto(folder.resolve("flat"));
        Files.writeString(flat.resolve("firstpass.yaml"), manifest());
        Path zip = folder.resolve("upload");
        try (OutputStream file = Files.newOutputStream(zip);
                ZipOutputStream out = new ZipOutputStream(file)) {
            for (Path entry : files(flat)) {
                out.putNextEntry(new ZipEntry("exported/" + flat.relativize(entry)));
                Files.copy(entry, out);
            }
        }

        try (OfferedFile offered = OfferedFile.open(zip)) {
            requireAvailable(register("zipped", offered.source(), Optional.empty()));
        }

        assertEquals(labels(answer("coco", "dog.jpg")), labels(answer("zipped", "dog.jpg")));
    }

    private static String manifest() {
        return """
                family: ssd
                input:
                  size: [300, 300]
                  resize: stretch
                  sampling: asymmetric
                  color: RGB
                outputs:
                  boxes: boxes
                  scores: scores
                thresholds:
                  default: 0.5
                classes: [%s]
                """.formatted(
                CocoSsd.labels().stream().map(label -> "'" + label + "'").collect(Collectors.joining(", ")));
    }

    /// A copy of the SavedModel with the folders that TensorFlow makes beside the graph.
    private static Path copyInto(Path target) throws IOException {
        Files.createDirectories(target.resolve("variables"));
        Files.createDirectories(target.resolve("assets"));
        Files.writeString(target.resolve("assets").resolve("labels.txt"), "person");
        for (Path file : files(savedModel)) {
            Files.copy(file, target.resolve(savedModel.relativize(file).toString()));
        }
        return target;
    }

    private static List<Path> files(Path tree) throws IOException {
        try (Stream<Path> paths = Files.walk(tree)) {
            return paths.filter(Files::isRegularFile).toList();
        }
    }

    private static Registration register(String name, Path source, Optional<Path> manifest) {
        return server.runtime().register(new ModelName(name), source, manifest, ProgressListener.NONE);
    }

    private static void requireAvailable(Registration registration) {
        assertEquals(
                ModelVersion.State.AVAILABLE,
                registration.version().state(),
                () -> String.valueOf(registration.failure()));
    }

    private static ModelVersion version(String name) {
        return server.runtime().registry().model(new ModelName(name)).version(1).orElseThrow();
    }

    /// In the order of the model's own outputs.
    private static List<Annotation> answer(String model, String photo) {
        return server
                .prelabel(Requests.of(model, photo, Goldens.photo(photo), "firstpass"))
                .prelabels()
                .annotations()
                .stream()
                .sorted(Comparator.comparingInt(
                        annotation -> annotation.candidate().index()))
                .toList();
    }

    private static List<String> labels(List<Annotation> annotations) {
        return annotations.stream()
                .map(annotation -> annotation.candidate().index() + " "
                        + annotation.candidate().label())
                .toList();
    }
}
