package dev.firstpass.server.frontend;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.spec.SizeRule;
import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.postprocess.spec.Suppression;
import dev.firstpass.postprocess.spec.Thresholds;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.registry.EngineKind;
import dev.firstpass.registry.Manifest;
import dev.firstpass.registry.ModelEntry;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelVersion;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/// Versions as the registry describes them.
public final class TestVersions {
    private TestVersions() {}

    /// A model with so many versions.
    public static ModelEntry entry(String name, int versions) {
        return new ModelEntry(
                new ModelName(name),
                LongStream.rangeClosed(1, versions)
                        .mapToObj(number -> version(name, number))
                        .toList(),
                Map.of("production", (long) versions),
                Map.of(),
                Map.of(),
                Map.of());
    }

    public static ModelVersion version(String name, long number) {
        InputSpec input = new InputSpec(
                "images",
                new SizeRule.Fixed(new ImageSize(300, 300)),
                InputSpec.Resize.STRETCH,
                InputSpec.Sampling.HALF_PIXEL,
                0,
                InputSpec.ColorOrder.RGB,
                InputSpec.Layout.NHWC,
                ElementType.FLOAT32,
                1,
                List.of(0.0, 0.0, 0.0),
                List.of(1.0, 1.0, 1.0));
        Manifest manifest = new Manifest(
                new ModelSpec(
                        "ssd",
                        List.of(new StageSpec(StageSpec.MAIN, input, Map.of(), 8)),
                        List.of("cat", "dog"),
                        Thresholds.of(0.5),
                        Suppression.STANDARD,
                        Map.of(),
                        Map.of("strides", "8,16")),
                Map.of(StageSpec.MAIN, new Manifest.StageFile(EngineKind.ONNX, "model.onnx")),
                List.of(new Manifest.BundleFile("model.onnx", "cd".repeat(32), 1234)));
        return new ModelVersion(
                new ModelName(name),
                number,
                FakeBackend.DIGEST,
                manifest,
                Path.of("/nowhere"),
                ModelVersion.State.AVAILABLE,
                Instant.parse("2026-01-02T03:04:05Z"));
    }
}
