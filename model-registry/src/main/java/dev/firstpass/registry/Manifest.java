package dev.firstpass.registry;

import dev.firstpass.postprocess.spec.ModelSpec;
import java.util.List;
import java.util.Map;

/// All that is declared of a model version. The SHA-256 of its canonical form is the version's identity, so
/// nothing in it ever changes.
///
/// Immutable.
///
/// @param spec how to feed the model and how to read it
/// @param stageFiles stage name -> what runs it
/// @param files every file of the bundle, by relative path
/// @param golden images whose labels are known, for validation
public record Manifest(
        ModelSpec spec, Map<String, StageFile> stageFiles, List<BundleFile> files, List<GoldenSample> golden) {
    public Manifest {
        stageFiles = Map.copyOf(stageFiles);
        files = List.copyOf(files);
        golden = List.copyOf(golden);
    }

    /// A manifest without golden samples.
    public Manifest(ModelSpec spec, Map<String, StageFile> stageFiles, List<BundleFile> files) {
        this(spec, stageFiles, files, List.of());
    }

    /// The engine and the model file (relative path) of one stage.
    public record StageFile(EngineKind engine, String file) {}

    /// @param path relative to the bundle, forward slashes
    /// @param sha256 64 hex digits
    public record BundleFile(String path, String sha256, long bytes) {}

    /// One image and the labels that the version must find on it.
    ///
    /// @param image path of the image in the bundle
    /// @param expect path of the expected labels in the bundle, in the `firstpass` format
    /// @param iou least overlap of a found shape with its expected one, 0..1
    /// @param score most that a score may differ, 0..1
    public record GoldenSample(String image, String expect, double iou, double score) {
        public GoldenSample {
            if (!(iou >= 0 && iou <= 1)) {
                throw new IllegalArgumentException("iou: " + iou + " (expected: 0..1)");
            }
            if (!(score >= 0 && score <= 1)) {
                throw new IllegalArgumentException("score: " + score + " (expected: 0..1)");
            }
        }
    }
}
