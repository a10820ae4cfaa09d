package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.spec.SizeRule;
import dev.firstpass.postprocess.spec.StageSource;
import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.postprocess.spec.Suppression;
import dev.firstpass.postprocess.spec.Thresholds;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.TensorInfo;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Tells Segment Anything's encoder and decoder among model files: the decoder by the names of its inputs and outputs, the
/// encoder by what it puts out, which is what the decoder takes.
///
/// Pure functions.
final class SamRecognition {
    private static final String ENCODER = "encoder";
    private static final String DECODER = "decoder";

    /// The side of the encoder's row where its file leaves it open (`image_size`).
    private static final int USUAL_SIDE = 1024;

    /// `pixel_mean` and `pixel_std` in segment_anything/build_sam.py, on the scale of 0 to 255.
    private static final List<Double> MEAN = List.of(123.675, 116.28, 103.53);

    private static final List<Double> STD = List.of(58.395, 57.12, 57.375);

    private SamRecognition() {}

    static Optional<Assembly> of(Map<String, ModelSignature> files) {
        List<String> decoders = files.keySet().stream()
                .filter(file -> isDecoder(signature(files, file)))
                .toList();
        if (decoders.size() != 1) {
            return Optional.empty();
        }
        String decoder = decoders.getFirst();
        Shape embeddings = signature(files, decoder)
                .input(SamPrompt.EMBEDDINGS)
                .orElseThrow()
                .shape();
        Optional<TensorInfo> taken = SamPrompt.layers(signature(files, decoder).inputs());
        List<String> encoders = files.keySet().stream()
                .filter(file -> isEncoder(signature(files, file), embeddings))
                .filter(file -> taken.isEmpty()
                        || layers(signature(files, file), taken.get()).isPresent())
                .toList();
        return encoders.size() == 1
                ? Optional.of(new Assembly(
                        Map.of(ENCODER, encoders.getFirst(), DECODER, decoder),
                        recognition(
                                signature(files, encoders.getFirst()),
                                taken.flatMap(input -> layers(signature(files, encoders.getFirst()), input)))))
                : Optional.empty();
    }

    private static ModelSignature signature(Map<String, ModelSignature> files, String file) {
        return Optional.ofNullable(files.get(file)).orElseThrow();
    }

    private static boolean isDecoder(ModelSignature signature) {
        return !FileMetadata.namesAnotherFamily(signature, SamFamily.ID)
                && SamPrompt.isTakenBy(signature.inputs())
                && signature.output("masks").isPresent()
                && signature.output("iou_predictions").isPresent();
    }

    private static boolean isEncoder(ModelSignature signature, Shape embeddings) {
        return !FileMetadata.namesAnotherFamily(signature, SamFamily.ID)
                && ImageInput.of(signature)
                        .filter(image -> image.type() == ElementType.FLOAT32
                                && image.fixedSize() == (image.height() > 0 || image.width() > 0))
                        .isPresent()
                && signature.outputs().stream()
                        .findFirst()
                        .filter(output -> output.type() == ElementType.FLOAT32 && mayBe(output.shape(), embeddings))
                        .isPresent();
    }

    /// The output of an encoder that a decoder of HQ-SAM takes beside the embeddings.
    private static Optional<TensorInfo> layers(ModelSignature encoder, TensorInfo taken) {
        return encoder.outputs().stream()
                .skip(1)
                .filter(output ->
                        SamPrompt.isLayers(output.type(), output.shape()) && mayBe(output.shape(), taken.shape()))
                .findFirst();
    }

    /// Whether what one declares may be what the other takes.
    private static boolean mayBe(Shape put, Shape taken) {
        boolean fits = put.rank() == taken.rank();
        for (int axis = 0; fits && axis < taken.rank(); axis++) {
            fits = put.extent(axis) == Shape.DYNAMIC
                    || taken.extent(axis) == Shape.DYNAMIC
                    || put.extent(axis) == taken.extent(axis);
        }
        return fits;
    }

    private static Recognition recognition(ModelSignature encoder, Optional<TensorInfo> layers) {
        ImageInput image = ImageInput.of(encoder).orElseThrow();
        TensorInfo output = encoder.outputs().getFirst();
        ImageSize size = image.fixedSize()
                ? new ImageSize(Math.toIntExact(image.width()), Math.toIntExact(image.height()))
                : new ImageSize(USUAL_SIDE, USUAL_SIDE);
        InputSpec input = new InputSpec(
                image.name(),
                new SizeRule.Fixed(size),
                InputSpec.Resize.LONGEST_SIDE,
                InputSpec.Sampling.HALF_PIXEL,
                0,
                InputSpec.ColorOrder.RGB,
                image.layout(),
                image.type(),
                1,
                MEAN,
                STD);
        Map<String, String> roles = new LinkedHashMap<>();
        roles.put(SamFamily.EMBEDDINGS, output.name());
        layers.ifPresent(all -> roles.put(SamFamily.LAYERS, all.name()));
        StageSpec first = new StageSpec(ENCODER, input, roles, 1);
        StageSpec second = new StageSpec(
                DECODER,
                new StageSource.Made(),
                Map.of(SamFamily.MASKS, "masks", SamFamily.SCORES, "iou_predictions"),
                1);
        Map<String, String> origins = new LinkedHashMap<>();
        origins.put("family", "a file that takes embeddings and points, and one that puts out such embeddings");
        String of = "stages." + ENCODER;
        origins.put(
                of + ".input.size",
                image.fixedSize() ? "input " + image.name() : "Segment Anything's, since the file leaves it open");
        origins.put(of + ".input", "Segment Anything's own (ResizeLongestSide, pixel_mean, pixel_std)");
        origins.put(of + ".outputs", "the first output is what the decoder takes");
        origins.put(of + ".batching", "one asset at a time: published encoders leave the axis open and fail on two");
        origins.put("stages." + DECODER + ".input", "the family makes its inputs of the embeddings and the prompt");
        origins.put("stages." + DECODER + ".outputs", "by their names");
        origins.put("classes", "the family's default: it knows no classes");
        origins.put("thresholds", "the family's default: a labeler who points at something wants its mask");
        ModelSpec spec = new ModelSpec(
                SamFamily.ID,
                List.of(first, second),
                List.of(SamFamily.DEFAULT_LABEL),
                Thresholds.of(0),
                Suppression.STANDARD,
                Map.of());
        return new Recognition(spec, 0.95, origins, Map.of());
    }
}
