package dev.firstpass.server.runtime.fake;

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
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.Tenant;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Makes model versions that no registry knows.
public final class Versions {
    private Versions() {}

    public static ModelVersion of(String name, long number) {
        return of(name, number, StageSpec.MAIN);
    }

    /// A version with these stages, all alike.
    public static ModelVersion of(String name, long number, String... stages) {
        return in(Path.of("."), EngineKind.ONNX, name, number, stages);
    }

    /// A version whose stages' files, `main.onnx` for instance, are in this directory.
    public static ModelVersion in(Path directory, EngineKind engine, String name, long number, String... stages) {
        InputSpec input = new InputSpec(
                FakeSession.INPUT,
                new SizeRule.Fixed(new ImageSize(1, 1)),
                InputSpec.Resize.STRETCH,
                InputSpec.Sampling.HALF_PIXEL,
                0,
                InputSpec.ColorOrder.GRAY,
                InputSpec.Layout.NHWC,
                ElementType.FLOAT32,
                1,
                List.of(0.0),
                List.of(1.0));
        ModelSpec spec = new ModelSpec(
                "fake",
                Arrays.stream(stages)
                        .map(stage -> new StageSpec(stage, input, Map.of(), 4))
                        .toList(),
                List.of("thing"),
                Thresholds.of(0.5),
                Suppression.STANDARD,
                Map.of());
        return new ModelVersion(
                new ModelName(name),
                number,
                "sha256:" + Long.toHexString(number).repeat(64).substring(0, 64),
                new Manifest(
                        spec,
                        Arrays.stream(stages)
                                .collect(Collectors.toMap(
                                        stage -> stage, stage -> new Manifest.StageFile(engine, stage + ".onnx"))),
                        List.of()),
                directory,
                ModelVersion.State.AVAILABLE,
                Instant.EPOCH);
    }

    /// The same version, owned by another tenant.
    public static ModelVersion ownedBy(Tenant tenant, ModelVersion version) {
        return new ModelVersion(
                new ModelName(tenant, version.name().value()),
                version.number(),
                version.digest(),
                version.manifest(),
                version.directory(),
                version.state(),
                version.registeredAt());
    }
}
