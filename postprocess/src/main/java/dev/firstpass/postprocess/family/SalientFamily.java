package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.geometry.BitMask;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.RunLengths;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.spec.SizeRule;
import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.postprocess.spec.Suppression;
import dev.firstpass.postprocess.spec.Thresholds;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.Tensor;
import dev.firstpass.postprocess.tensor.TensorInfo;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Salient object segmentation as U^2-Net does it (Qin et al., "U^2-Net: Going Deeper with Nested U-Structure for
/// Salient Object Detection", 2020): one map of how much each place stands out.
///
/// | role | shape | content |
/// |---|---|---|
/// | `map` | [1,1,h,w] | the fused map, by default the first output; the others are the side outputs of training |
///
/// The map is stretched so that its least value becomes 0 and its greatest 1, as the authors' own code does before
/// showing it, brought to the asset's resolution (bilinear, half-pixel) and cut at 0.5: one mask, candidate 0. Its
/// score is the mean of the stretched values inside it. A map without contrast gives no annotation. Since stretching
/// makes something of the faintest contrast, the mask says where an object would be rather than whether there is one.
final class SalientFamily implements ModelFamily {
    private static final String ID = "salient";
    private static final String MAP = "map";
    private static final String DEFAULT_LABEL = "salient";

    /// The authors' inference code cuts nothing; 0.5 is the middle of the stretched range.
    private static final float CUT = 0.5f;

    /// Less contrast than this is rounding noise of a constant map.
    private static final float LEAST_CONTRAST = 1e-6f;

    @Override
    public String id() {
        return ID;
    }

    @Override
    public String description() {
        return "the object that stands out, as one mask (U^2-Net and kin)";
    }

    @Override
    public GeometryKind nativeGeometry() {
        return GeometryKind.MASK;
    }

    @Override
    public Optional<String> usualLabel() {
        return Optional.of(DEFAULT_LABEL);
    }

    @Override
    public Optional<Recognition> recognise(ModelSignature signature) {
        if (FileMetadata.namesAnotherFamily(signature, ID)) {
            return Optional.empty();
        }
        boolean named = FileMetadata.family(signature).isPresent();
        if (signature.outputs().size() < (named ? 1 : 2)) {
            return Optional.empty();
        }
        return ImageInput.of(signature)
                .filter(image -> image.type() == ElementType.FLOAT32
                        && image.layout() == InputSpec.Layout.NCHW
                        && image.fixedSize()
                        && signature.outputs().stream().allMatch(output -> isMapOf(image, output))
                        && signature.outputs().getFirst().shape().extent(2) == image.height())
                .map(image -> recognition(signature, image, named));
    }

    /// Whether an output is a map of the image's size. The exporter leaves the sides of some outputs open, never
    /// those of the first, which is the one that is read.
    private static boolean isMapOf(ImageInput image, TensorInfo output) {
        return output.shape().accepts(Shape.of(1, 1, image.height(), image.width()));
    }

    private static Recognition recognition(ModelSignature signature, ImageInput image, boolean named) {
        String first = signature.outputs().getFirst().name();
        ImageSize size = new ImageSize(Math.toIntExact(image.width()), Math.toIntExact(image.height()));
        InputSpec input = new InputSpec(
                image.name(),
                new SizeRule.Fixed(size),
                InputSpec.Resize.STRETCH,
                InputSpec.Sampling.HALF_PIXEL,
                0,
                InputSpec.ColorOrder.RGB,
                image.layout(),
                image.type(),
                ImageInput.PER_255,
                ImageInput.IMAGENET_MEAN,
                ImageInput.IMAGENET_STD,
                InputSpec.Range.BRIGHTEST,
                /* reducedDecode= */ false,
                /* crop= */ 1);
        StageSpec stage = new StageSpec(StageSpec.MAIN, input, Map.of(MAP, first), image.maxBatch());
        Optional<List<String>> classes = FileMetadata.classes(signature).filter(names -> names.size() == 1);
        Map<String, String> origins = new LinkedHashMap<>();
        origins.put("family", named ? "metadata firstpass.family" : "single-channel outputs of the input's size");
        origins.put("input.size", "input " + image.name());
        origins.put("input.mean", "U^2-Net is trained with ImageNet's mean and deviation");
        origins.put("outputs", "the first output is the fused map");
        origins.put("batching", image.batchOrigin());
        origins.put("classes", classes.isPresent() ? "metadata names" : "the family's default");
        ModelSpec spec = new ModelSpec(
                ID,
                List.of(stage),
                classes.orElse(List.of(DEFAULT_LABEL)),
                Thresholds.of(0.5),
                Suppression.STANDARD,
                Map.of());
        return new Recognition(spec, named ? 1.0 : 0.7, origins, Map.of());
    }

    @Override
    public void check(ModelSpec spec) {
        OneClass.check(spec);
    }

    @Override
    public Interpretation interpret(List<RowOutput> rows, FamilyInput input) {
        RowOutput row = Outputs.onlyRow(rows);
        Tensor tensor = Outputs.map(row.outputs(), input.model().stage(input.stage()), MAP);
        ImageSize size = ScoreMap.sizeOf(tensor);
        float[] values = Outputs.finite(tensor);
        if (!stretch(values)) {
            return new Interpretation.Done(List.of());
        }
        String label = OneClass.label(input.model(), DEFAULT_LABEL);
        return new Interpretation.Done(cut(new ScoreMap(values, new MapPlace(size, row.transform())), label));
    }

    /// Stretches `values` to 0..1 in place; false where they are all the same.
    private static boolean stretch(float[] values) {
        float least = Float.POSITIVE_INFINITY;
        float greatest = Float.NEGATIVE_INFINITY;
        for (float value : values) {
            least = Math.min(least, value);
            greatest = Math.max(greatest, value);
        }
        double range = (double) greatest - least;
        if (range < LEAST_CONTRAST) {
            return false;
        }
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) ((values[i] - least) / range);
        }
        return true;
    }

    private static List<Annotation> cut(ScoreMap map, String label) {
        ImageSize asset = map.place().transform().asset();
        ScoreMap.Window window = map.windowAbove(CUT);
        ScoreMap.Rows rows = map.assetRows();
        float[] row = new float[asset.width()];
        BitMask mask = new BitMask(asset);
        double sum = 0;
        long count = 0;
        for (int y = window.top(); y < window.bottom(); y++) {
            rows.row(y, window.left(), window.right(), row);
            int x = window.left();
            while (x < window.right()) {
                if (row[x] > CUT) {
                    int from = x;
                    while (x < window.right() && row[x] > CUT) {
                        sum += row[x++];
                    }
                    mask.setRun(y, from, x);
                    count += x - from;
                } else {
                    x++;
                }
            }
        }
        if (count == 0) {
            return List.of();
        }
        Candidate candidate = new Candidate(0, label, Math.min(1, sum / count));
        return List.of(new Annotation.Mask(candidate, RunLengths.of(mask)));
    }
}
