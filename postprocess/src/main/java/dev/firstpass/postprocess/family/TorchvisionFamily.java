package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Rect;
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
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// torchvision's detectors, which scale, normalise and thin out inside: Faster R-CNN, Mask R-CNN, RetinaNet, FCOS and SSD.
///
/// | role | shape | content |
/// |---|---|---|
/// | `boxes` | [N,4] | corners in pixels of the row's image |
/// | `labels` | [N] | number of the class; torchvision counts the background as 0 |
/// | `scores` | [N] | probabilities |
/// | `masks` | [N,1,H,W] or [N,1,28,28] | of task `segment`: pasted over the row's image, or over each box; [N,C,28,28]: one for each class |
///
/// Candidate index: the detection's, a second row's counted on from the first's. A class with the label `""` is never
/// reported. Rows run one by one, since the detections of several images would be outputs of their own.
///
/// Sources: torchvision 0.29, `models/detection/generalized_rcnn.py`, `roi_heads.py` (`paste_masks_in_image`), `retinanet.py`,
/// `ssd.py`. The size of an input that is open is that of `GeneralizedRCNNTransform`: 800 to 1333.
final class TorchvisionFamily implements ModelFamily {
    private static final String ID = "torchvision";
    private static final String BOXES = "boxes";
    private static final String LABELS = "labels";
    private static final String SCORES = "scores";
    private static final String MASKS = "masks";
    private static final String TASK = "task";
    private static final String FIRST_LABEL = "firstLabel";
    private static final int MOST_FIRST_LABEL = 1000;
    private static final int GREY = 114;

    private enum Task {
        DETECT,
        SEGMENT
    }

    @Override
    public String id() {
        return ID;
    }

    @Override
    public String description() {
        return "torchvision's detectors: Faster R-CNN, Mask R-CNN, RetinaNet, FCOS, SSD";
    }

    @Override
    public GeometryKind nativeGeometry() {
        return GeometryKind.BOX;
    }

    @Override
    public GeometryKind nativeGeometry(Map<String, String> parameters) {
        return "segment".equals(parameters.get(TASK)) ? GeometryKind.MASK : GeometryKind.BOX;
    }

    @Override
    public List<FamilyParameter> parameters() {
        return List.of(
                new FamilyParameter(TASK, "what the model finds: detect or segment (Mask R-CNN)", "detect"),
                new FamilyParameter(
                        FIRST_LABEL, "number that the model gives the first of `classes`; 0 is the background's", "1"));
    }

    private Task task(ModelSpec spec) {
        return FamilyParameters.of(this, spec).choice(TASK, Task.class);
    }

    private int firstLabel(ModelSpec spec) {
        return FamilyParameters.of(this, spec).whole(FIRST_LABEL, 0, MOST_FIRST_LABEL);
    }

    // --- Recognition

    @Override
    public Optional<Recognition> recognise(ModelSignature signature) {
        if (FileMetadata.namesAnotherFamily(signature, ID)) {
            return Optional.empty();
        }
        return ImageInput.of(signature)
                .filter(image -> image.type() == ElementType.FLOAT32 && image.layout() == InputSpec.Layout.NCHW)
                .flatMap(image -> roles(signature.outputs()).map(roles -> recognition(signature, image, roles)));
    }

    /// Role -> name, where the shapes leave no other way.
    private static Optional<Map<String, String>> roles(List<TensorInfo> outputs) {
        Map<String, String> roles = new LinkedHashMap<>();
        for (TensorInfo output : outputs) {
            String role = role(output);
            if (role.isEmpty() || roles.put(role, output.name()) != null) {
                return Optional.empty();
            }
        }
        return roles.keySet().containsAll(Set.of(BOXES, LABELS, SCORES)) ? Optional.of(roles) : Optional.empty();
    }

    private static String role(TensorInfo output) {
        Shape shape = output.shape();
        boolean isWhole = output.type() == ElementType.INT64 || output.type() == ElementType.INT32;
        return switch (shape.rank()) {
            case 1 -> isWhole ? LABELS : SCORES;
            case 2 -> !isWhole && (shape.extent(1) == 4 || shape.extent(1) == Shape.DYNAMIC) ? BOXES : "";
            case 4 -> isWhole ? "" : MASKS;
            default -> "";
        };
    }

    private Recognition recognition(ModelSignature signature, ImageInput image, Map<String, String> roles) {
        Map<String, String> origins = new LinkedHashMap<>();
        Map<String, String> questions = new LinkedHashMap<>();
        boolean isNamed = FileMetadata.family(signature).isPresent();
        origins.put("family", isNamed ? "metadata firstpass.family" : "shapes and types of the outputs");
        origins.put("outputs", "shapes and types");
        origins.put("batching", "detections of several images would be outputs of their own");
        Map<String, String> parameters = new LinkedHashMap<>();
        origins.put(
                "parameters." + TASK, roles.containsKey(MASKS) ? "output " + roles.get(MASKS) : "no output of masks");
        if (roles.containsKey(MASKS)) {
            parameters.put(TASK, FamilyParameters.word(Task.SEGMENT));
        }
        List<String> classes = classes(signature, parameters, origins, questions);
        StageSpec stage = new StageSpec(StageSpec.MAIN, input(image, origins), roles, /* maxBatch= */ 1);
        ModelSpec spec = new ModelSpec(
                ID, List.of(stage), classes, Thresholds.of(0.5), Suppression.STANDARD, Map.of(), parameters);
        return new Recognition(spec, isNamed ? 1.0 : 0.9, origins, questions);
    }

    /// torchvision's own lists begin with the background, and an index in them is the number that the model gives.
    private static List<String> classes(
            ModelSignature signature,
            Map<String, String> parameters,
            Map<String, String> origins,
            Map<String, String> questions) {
        List<String> names = FileMetadata.classes(signature).orElse(List.of());
        String key = "parameters." + FIRST_LABEL;
        if (names.isEmpty()) {
            origins.put(key, "as torchvision counts: 0 is the background");
            questions.put(
                    "classes",
                    "the file does not name its classes; add `classes: [...]` with the label of class 1 first");
            return List.of("1");
        }
        origins.put("classes", "metadata names");
        if (!Set.of("__background__", "background", "").contains(names.getFirst())) {
            origins.put(key, "metadata names, which leaves out the background, number 0");
            return names;
        }
        origins.put(key, "metadata names, which begins with the background");
        parameters.put(FIRST_LABEL, "0");
        List<String> labels = new ArrayList<>(names);
        labels.set(0, "");
        // What torchvision's own lists call the gaps in COCO's numbers.
        labels.replaceAll(label -> label.equals("N/A") ? "" : label);
        return labels;
    }

    private static InputSpec input(ImageInput image, Map<String, String> origins) {
        origins.put("input", "as torchvision's detectors are fed: RGB, 0..1; they scale and normalise by themselves");
        origins.put(
                "input.size",
                image.fixedSize()
                        ? "input " + image.name()
                        : "any; as torchvision scales: 800 to 1333, as the asset is");
        SizeRule size = image.fixedSize()
                ? new SizeRule.Fixed(new ImageSize((int) image.width(), (int) image.height()))
                : new SizeRule.ShorterSide(800, 1333);
        return new InputSpec(
                image.name(),
                size,
                image.fixedSize() ? InputSpec.Resize.LETTERBOX : InputSpec.Resize.STRETCH,
                InputSpec.Sampling.HALF_PIXEL,
                GREY,
                InputSpec.ColorOrder.RGB,
                image.layout(),
                image.type(),
                ImageInput.PER_255,
                List.of(0.0, 0.0, 0.0),
                List.of(1.0, 1.0, 1.0));
    }

    @Override
    public void check(ModelSpec spec) {
        firstLabel(spec);
        task(spec);
        if (spec.classes().isEmpty()) {
            throw new IllegalArgumentException("classes: none (expected: one label for each class of the model)");
        }
    }

    // --- Reading

    @Override
    public Interpretation interpret(List<RowOutput> rows, FamilyInput input) {
        ModelSpec model = input.model();
        Detections found = new Detections(model.suppression(), rows.size());
        List<Row> read = new ArrayList<>();
        int first = 0;
        for (RowOutput output : rows) {
            Row row = new Row(output, tensors(output, model.stage(input.stage())));
            collect(row, read.size(), first, input, found);
            first = Math.addExact(first, row.tensors().count());
            read.add(row);
        }
        ImageSize asset = rows.getFirst().transform().asset();
        return new Interpretation.Done(
                task(model) == Task.SEGMENT ? masks(found, read, input) : found.boxes(model.classes(), asset));
    }

    private record Row(RowOutput output, Tensors tensors) {}

    private record Tensors(Tensor boxes, Tensor labels, Tensor scores) {
        int count() {
            return (int) scores.elements();
        }
    }

    private static Tensors tensors(RowOutput output, StageSpec stage) {
        Tensor scores = tensor(output, stage, SCORES, Shape.of(-1));
        long count = scores.elements();
        return new Tensors(
                tensor(output, stage, BOXES, Shape.of(count, 4)),
                tensor(output, stage, LABELS, Shape.of(count)),
                scores);
    }

    private static Tensor tensor(RowOutput output, StageSpec stage, String role, Shape expected) {
        return Outputs.shaped(output, stage, role, role, expected, Integer.MAX_VALUE / 4);
    }

    private void collect(Row row, int number, int first, FamilyInput input, Detections into) {
        List<String> classes = input.model().classes();
        int firstLabel = firstLabel(input.model());
        Tensor boxes = row.tensors().boxes();
        Outputs.checkFinite(boxes);
        Outputs.checkFinite(row.tensors().labels());
        Outputs.probabilitiesFrom(input.floor(), row.tensors().scores(), (at, score) -> {
            int label = Detections.label(row.tensors().labels(), at, firstLabel, classes.size());
            if (!classes.get(label).isEmpty()) {
                long corner = 4L * at;
                Rect box = Rect.ofCorners(
                        boxes.f32(corner), boxes.f32(corner + 1), boxes.f32(corner + 2), boxes.f32(corner + 3));
                into.add(new Detections.Detection(
                        row.output().transform().toAsset(box), score, label, number, at, first + at));
            }
        });
    }

    private List<Annotation> masks(Detections found, List<Row> rows, FamilyInput input) {
        StageSpec stage = input.model().stage(input.stage());
        int firstLabel = firstLabel(input.model());
        List<Tensor> tensors = new ArrayList<>();
        List<InstanceMasks> masks = new ArrayList<>();
        for (Row row : rows) {
            Tensor tensor =
                    tensor(row.output(), stage, MASKS, Shape.of(row.tensors().count(), -1, -1, -1));
            tensors.add(tensor);
            masks.add(new InstanceMasks(tensor, InstanceMasks.Rule.TORCHVISION, row.output()));
        }
        List<Annotation> annotations = new ArrayList<>();
        for (Detections.Detection one : found.kept()) {
            InstanceMasks of = masks.get(one.row());
            long channels = tensors.get(one.row()).shape().extent(1);
            int number = one.label() + firstLabel;
            if (channels != 1 && number >= channels) {
                throw new OutputInvalidException(
                        "output " + tensors.get(one.row()).name() + ": "
                                + tensors.get(one.row()).shape() + " (expected: one mask for each class, or one)");
            }
            long at = one.at() * channels + (channels == 1 ? 0 : number);
            of.mask(at * of.step(), one.box())
                    .ifPresent(runs -> annotations.add(new Annotation.Mask(
                            Detections.candidate(one, input.model().classes()), runs)));
        }
        return annotations;
    }
}
