package dev.firstpass.registry.manifest;

import dev.firstpass.postprocess.family.FamilyParameter;
import dev.firstpass.postprocess.family.ModelFamily;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.spec.SizeRule;
import dev.firstpass.postprocess.spec.StageSource;
import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.TensorInfo;
import dev.firstpass.registry.Manifest;
import dev.firstpass.registry.Manifest.BundleFile;
import dev.firstpass.registry.Manifest.GoldenSample;
import dev.firstpass.registry.RegistryException.ManifestInvalid;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// Holds a complete manifest against the model files and against itself, so that a mistake is found when a
/// version is registered and not when it serves.
///
/// Pure.
final class Consistency {
    private Consistency() {}

    /// @param signed stage -> what its file says of itself
    /// @param questions key -> what to add, told where the family misses that key
    /// @param origins key -> where its value came from, told where the family refuses it
    static void check(
            Manifest manifest,
            Map<String, ModelSignature> signed,
            ModelFamily family,
            Map<String, String> questions,
            Map<String, String> origins) {
        ModelSpec spec = manifest.spec();
        for (StageSpec stage : spec.stages()) {
            ModelSignature signature = signed.get(stage.name());
            if (signature != null) {
                check(stage, signature);
            }
        }
        for (GoldenSample sample : manifest.golden()) {
            checkFile("golden.image", sample.image(), manifest.files());
            checkFile("golden.expect", sample.expect(), manifest.files());
        }
        checkParameters(spec, family, origins);
        try {
            family.check(spec);
        } catch (IllegalArgumentException e) {
            throw missing(family, String.valueOf(e.getMessage()), questions, origins);
        }
        List<String> labels = family.labels(spec);
        checkLabels("thresholds", spec.thresholds().byLabel().keySet(), labels);
        checkLabels("ontology", spec.ontology().keySet(), labels);
        for (StageSpec stage : spec.stages()) {
            checkTensors(spec, stage, signed, family, origins);
        }
    }

    private static void checkTensors(
            ModelSpec spec,
            StageSpec stage,
            Map<String, ModelSignature> signed,
            ModelFamily family,
            Map<String, String> origins) {
        ModelSignature signature = signed.get(stage.name());
        if (signature == null) {
            return;
        }
        try {
            if (stage.isMade()) {
                family.checkInputs(spec, stage, signature.inputs());
            }
            family.checkOutputs(spec, stage, signature.outputs());
        } catch (IllegalArgumentException e) {
            String complaint = String.valueOf(e.getMessage());
            String field = complaint.contains(":") ? complaint.substring(0, complaint.indexOf(':')) : "outputs";
            throw new ManifestInvalid(field, complaint + origin(field, origins));
        }
    }

    private static void check(StageSpec stage, ModelSignature signature) {
        switch (stage.source()) {
            case InputSpec input -> checkInput(stage, input, signature);
            case StageSource.Made _ -> {
                // The family says what it gives.
            }
        }
        stage.outputs().forEach((role, output) -> {
            if (signature.output(output).isEmpty()) {
                throw refusal(
                        ManifestKey.stage(stage.name(), "outputs", Shown.of(role)),
                        Shown.of(output),
                        "one of " + Shown.list(names(signature.outputs())));
            }
        });
    }

    private static void checkInput(StageSpec stage, InputSpec input, ModelSignature signature) {
        TensorInfo tensor = signature
                .input(input.name())
                .orElseThrow(() -> refusal(
                        ManifestKey.stage(stage.name(), "input", "name"),
                        Shown.of(input.name()),
                        "one of " + Shown.list(names(signature.inputs()))));
        if (tensor.type() != input.dtype()) {
            throw refusal(
                    ManifestKey.stage(stage.name(), "input", "dtype"),
                    ManifestGrammar.word(input.dtype()),
                    ManifestGrammar.word(tensor.type()) + ", as the model says");
        }
        checkShape(stage, input, tensor.shape());
    }

    private static void checkShape(StageSpec stage, InputSpec input, Shape shape) {
        if (shape.rank() != 4) {
            return;
        }
        long batch = shape.extent(0);
        if (batch != Shape.DYNAMIC && stage.maxBatch() > batch) {
            throw refusal(
                    ManifestKey.stage(stage.name(), "batching", "max"),
                    Integer.toString(stage.maxBatch()),
                    "at most " + batch + ", the model's fixed batch");
        }
        boolean isFirst = input.layout() == InputSpec.Layout.NCHW;
        checkExtent(
                ManifestKey.stage(stage.name(), "input", "layout"),
                "channels " + input.channels(),
                shape.extent(isFirst ? 1 : 3),
                input.channels());
        if (input.size() instanceof SizeRule.Fixed(ImageSize size)) {
            ManifestKey key = ManifestKey.stage(stage.name(), "input", "size");
            checkExtent(key, "width " + size.width(), shape.extent(isFirst ? 3 : 2), size.width());
            checkExtent(key, "height " + size.height(), shape.extent(isFirst ? 2 : 1), size.height());
        }
    }

    private static void checkExtent(ManifestKey key, String found, long declared, long wanted) {
        if (declared != Shape.DYNAMIC && declared != wanted) {
            throw refusal(key, found, declared + ", as the model says");
        }
    }

    private static void checkLabels(String field, Collection<String> labels, List<String> classes) {
        if (classes.isEmpty()) {
            return;
        }
        Set<String> known = new HashSet<>(classes);
        for (String label : new TreeSet<>(labels)) {
            if (!known.contains(label)) {
                throw new ManifestInvalid(
                        field,
                        field + ": no class is named " + Shown.of(label) + " (the nearest is '"
                                + Shown.of(Nearest.of(Shown.of(label), classes)) + "')");
            }
        }
    }

    private static void checkFile(String field, String path, List<BundleFile> files) {
        if (files.stream().map(BundleFile::path).noneMatch(path::equals)) {
            throw new ManifestInvalid(field, field + ": " + Shown.of(path) + " (expected: a file of the bundle)");
        }
    }

    private static void checkParameters(ModelSpec spec, ModelFamily family, Map<String, String> origins) {
        List<String> known =
                family.parameters().stream().map(FamilyParameter::name).toList();
        for (String name : new TreeSet<>(spec.parameters().keySet())) {
            if (!known.contains(name)) {
                String field = ManifestKey.of("parameters", name).toString();
                String expected = known.isEmpty()
                        ? "it has none"
                        : "the nearest known one is '" + Nearest.of(Shown.of(name), known) + "'";
                throw new ManifestInvalid(
                        field,
                        field + ": no parameter of the family " + family.id() + " (" + expected + ")"
                                + origin(field, origins));
            }
        }
    }

    private static String origin(String field, Map<String, String> origins) {
        return origins.containsKey(field) ? "; it comes from: " + origins.get(field) : "";
    }

    /// A family's complaint begins with the key it is about.
    private static ManifestInvalid missing(
            ModelFamily family, String complaint, Map<String, String> questions, Map<String, String> origins) {
        String field = complaint.contains(":") ? complaint.substring(0, complaint.indexOf(':')) : "family";
        String question = questions.containsKey(field) ? "; " + questions.get(field) : "";
        String origin = field.startsWith("parameters.") ? origin(field, origins) : "";
        return new ManifestInvalid(field, complaint + " for the family " + family.id() + question + origin);
    }

    private static ManifestInvalid refusal(ManifestKey key, String found, String expected) {
        return new ManifestInvalid(key.toString(), key + ": " + found + " (expected: " + expected + ")");
    }

    private static List<String> names(List<TensorInfo> tensors) {
        return tensors.stream().map(TensorInfo::name).toList();
    }
}
