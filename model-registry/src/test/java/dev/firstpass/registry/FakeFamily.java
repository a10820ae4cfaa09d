package dev.firstpass.registry;

import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.family.FamilyInput;
import dev.firstpass.postprocess.family.FamilyParameter;
import dev.firstpass.postprocess.family.Interpretation;
import dev.firstpass.postprocess.family.ModelFamily;
import dev.firstpass.postprocess.family.Recognition;
import dev.firstpass.postprocess.family.RowOutput;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.spec.SizeRule;
import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.postprocess.spec.Suppression;
import dev.firstpass.postprocess.spec.Thresholds;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.ModelSignature;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Recognises models with an output named like its own, takes the classes from the metadata `names` and the parameter
/// `strides` from `strides`, and needs classes.
public record FakeFamily(String id, String output, double confidence) implements ModelFamily {
    public static final FakeFamily BOXES = new FakeFamily("boxes", "boxes", 0.9);

    @Override
    public String description() {
        return "for tests";
    }

    @Override
    public GeometryKind nativeGeometry() {
        return GeometryKind.BOX;
    }

    @Override
    public List<FamilyParameter> parameters() {
        return List.of(
                new FamilyParameter("strides", "cells of the grids in pixels, a list", "8,16,32"),
                new FamilyParameter("anchors", "how many to a cell, 1 to 9", "3"));
    }

    @Override
    public Optional<Recognition> recognise(ModelSignature signature) {
        if (signature.output(output).isEmpty() || signature.inputs().isEmpty()) {
            return Optional.empty();
        }
        String names = signature.metadata().getOrDefault("names", "");
        List<String> classes = names.isEmpty() ? List.of() : List.of(names.split(",", -1));
        InputSpec input = new InputSpec(
                signature.inputs().getFirst().name(),
                new SizeRule.Fixed(new ImageSize(480, 640)),
                InputSpec.Resize.STRETCH,
                InputSpec.Sampling.ASYMMETRIC,
                114,
                InputSpec.ColorOrder.BGR,
                InputSpec.Layout.NCHW,
                ElementType.FLOAT32,
                1 / 255.0,
                List.of(0.0, 0.0, 0.0),
                List.of(1.0, 1.0, 1.0));
        ModelSpec spec = new ModelSpec(
                id,
                List.of(new StageSpec(StageSpec.MAIN, input, Map.of("boxes", output), 4)),
                classes,
                new Thresholds(0.3, Map.of()),
                new Suppression(0.6, true, 100),
                Map.of(),
                signature.metadata().containsKey("strides")
                        ? Map.of("strides", signature.metadata().getOrDefault("strides", ""))
                        : Map.of());
        Map<String, String> questions = classes.isEmpty()
                ? Map.of("classes", "what are the classes called? (add the line `classes: [first, second]`)")
                : Map.of();
        return Optional.of(new Recognition(
                spec,
                confidence,
                Map.of(
                        "classes",
                        "metadata names",
                        "input",
                        "an input of rank 4",
                        "parameters.strides",
                        "metadata strides"),
                questions));
    }

    @Override
    public Interpretation interpret(List<RowOutput> rows, FamilyInput input) {
        return new Interpretation.Done(List.of());
    }

    @Override
    public void check(ModelSpec spec) {
        if (spec.classes().isEmpty()) {
            throw new IllegalArgumentException("classes: none (expected: >= 1)");
        }
        String anchors = spec.parameters().getOrDefault("anchors", "3");
        if (!anchors.matches("[1-9]")) {
            throw new IllegalArgumentException("parameters.anchors: " + anchors + " (expected: 1 to 9)");
        }
    }
}
