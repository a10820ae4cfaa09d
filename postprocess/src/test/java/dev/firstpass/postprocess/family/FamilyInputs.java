package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.ImageTransform;
import dev.firstpass.postprocess.spec.LabelingSpec;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.spec.Prompt;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.RawOutputs;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.TensorInfo;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Short ways to what families take and give.
final class FamilyInputs {
    private FamilyInputs() {}

    static FamilyInput of(ModelSpec model) {
        return new FamilyInput(model, "main", List.of(), new Prompt.None(), LabelingSpec.NONE);
    }

    static FamilyInput withThreshold(ModelSpec model, double threshold) {
        LabelingSpec labeling = new LabelingSpec(
                "", Map.of(), Optional.of(threshold), Set.of(), 300, Optional.empty(), Optional.empty());
        return new FamilyInput(model, "main", List.of(), new Prompt.None(), labeling);
    }

    static ImageTransform stretch(ImageSize asset, ImageSize input) {
        return ImageTransform.scaling(
                asset, input, (double) input.width() / asset.width(), (double) input.height() / asset.height(), 0, 0);
    }

    static List<Annotation> done(ModelFamily family, RawOutputs outputs, ImageTransform transform, FamilyInput input) {
        return done(family.interpret(List.of(new RowOutput(outputs, transform)), input));
    }

    static List<Annotation> done(Interpretation interpretation) {
        return switch (interpretation) {
            case Interpretation.Done done -> done.annotations();
            case Interpretation.Next next -> throw new AssertionError("asks for " + next);
        };
    }

    static ModelSignature signature(TensorInfo input, Map<String, String> metadata, TensorInfo... outputs) {
        return new ModelSignature(List.of(input), List.of(outputs), metadata);
    }

    static TensorInfo f32(String name, long... extents) {
        return new TensorInfo(name, ElementType.FLOAT32, Shape.of(extents));
    }
}
