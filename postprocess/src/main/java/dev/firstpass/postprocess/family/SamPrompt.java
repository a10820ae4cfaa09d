package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.ImageTransform;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.spec.Prompt;
import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.Tensor;
import dev.firstpass.postprocess.tensor.TensorInfo;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A prompt as the inputs of Segment Anything's decoder (`SamOnnxModel.forward` in segment_anything/utils/onnx.py), all float32:
///
/// | input | shape | content |
/// |---|---|---|
/// | `image_embeddings` | [1,c,h,w] | what the encoder put out |
/// | `interm_embeddings` | [l,1,h,w,d] | of HQ-SAM's decoder alone: what the encoder saw on its way, of l layers |
/// | `point_coords` | [1,n,2] | x and y of each point, in pixels of the encoder's row |
/// | `point_labels` | [1,n] | 1 on the object, 0 beside it, 2 and 3 the box's first and last corner, -1 no point |
/// | `mask_input` | [1,1,4h,4w] | an earlier mask; none here, so zeros |
/// | `has_mask_input` | [1] | 0 |
/// | `orig_im_size` | [2] | height and width that masks are asked for in |
///
/// The clicks come first, then the box's corners; a point of label -1 at 0, 0 stands last where there is no box
/// (`_embed_points`, and the example of the export). Coordinates are those of the asset times the row's scale, as
/// `ResizeLongestSide.apply_coords` has it.
///
/// Immutable.
final class SamPrompt {
    static final String EMBEDDINGS = "image_embeddings";
    static final String LAYERS = "interm_embeddings";

    private static final float FOREGROUND = 1;
    private static final float BACKGROUND = 0;
    private static final float FIRST_CORNER = 2;
    private static final float LAST_CORNER = 3;
    private static final float NO_POINT = -1;

    /// Cells of an earlier mask for each of the embeddings'.
    private static final int MASK_SCALE = 4;

    /// Name -> what it is, in the order of the export; axes that depend on something are open.
    private static final List<TensorInfo> INPUTS = List.of(
            info(EMBEDDINGS, 1, -1, -1, -1),
            info("point_coords", 1, -1, 2),
            info("point_labels", 1, -1),
            info("mask_input", 1, 1, -1, -1),
            info("has_mask_input", 1),
            info("orig_im_size", 2));

    /// What a file leaves open of its embeddings in a sample: Segment Anything's own.
    private static final Shape USUAL = Shape.of(1, 256, 64, 64);

    /// Sides that a sample's mask is asked for in.
    private static final int SAMPLE_SIDE = 1024;

    private final List<Float> coordinates = new ArrayList<>();
    private final List<Float> labels = new ArrayList<>();

    private SamPrompt() {}

    private static TensorInfo info(String name, long... extents) {
        return new TensorInfo(name, ElementType.FLOAT32, Shape.of(extents));
    }

    /// Whether a model with these inputs is a decoder.
    static boolean isTakenBy(List<TensorInfo> inputs) {
        return problem(inputs).isEmpty();
    }

    /// @throws IllegalArgumentException if the stage has other inputs
    static void check(StageSpec stage, List<TensorInfo> inputs) {
        problem(inputs).ifPresent(problem -> {
            throw new IllegalArgumentException("stages." + stage.name() + ".file: " + problem);
        });
    }

    /// The input of a decoder for what the encoder saw on its way.
    static Optional<TensorInfo> layers(List<TensorInfo> inputs) {
        return inputs.stream().filter(input -> input.name().equals(LAYERS)).findFirst();
    }

    static boolean isLayers(ElementType type, Shape shape) {
        return type == ElementType.FLOAT32 && shape.rank() == 5;
    }

    private static Optional<String> problem(List<TensorInfo> all) {
        Optional<TensorInfo> layers = layers(all);
        if (layers.filter(input -> !isLayers(input.type(), input.shape())).isPresent()) {
            return Optional.of("input " + LAYERS + ": " + layers.get().type() + " "
                    + layers.get().shape() + " (expected: FLOAT32 [-1,-1,-1,-1,-1])");
        }
        List<TensorInfo> inputs =
                all.stream().filter(input -> !input.name().equals(LAYERS)).toList();
        List<String> names = all.stream().map(TensorInfo::name).toList();
        for (TensorInfo wanted : INPUTS) {
            Optional<TensorInfo> found = inputs.stream()
                    .filter(input -> input.name().equals(wanted.name()))
                    .findFirst();
            if (found.isEmpty()) {
                return Optional.of("its inputs are " + names + " (expected: "
                        + INPUTS.stream().map(TensorInfo::name).toList() + ")");
            }
            if (found.get().type() != wanted.type() || !isLike(found.get().shape(), wanted.shape())) {
                return Optional.of("input " + wanted.name() + ": " + found.get().type() + " "
                        + found.get().shape() + " (expected: " + wanted.type() + " " + wanted.shape() + ")");
            }
        }
        return inputs.size() == INPUTS.size()
                ? Optional.empty()
                : Optional.of("its inputs are " + names + " (expected: no others than "
                        + INPUTS.stream().map(TensorInfo::name).toList() + ")");
    }

    /// Whether one declaration leaves room for the other.
    private static boolean isLike(Shape declared, Shape wanted) {
        boolean like = declared.rank() == wanted.rank();
        for (int axis = 0; like && axis < wanted.rank(); axis++) {
            like = declared.extent(axis) == Shape.DYNAMIC
                    || wanted.extent(axis) == Shape.DYNAMIC
                    || declared.extent(axis) == wanted.extent(axis);
        }
        return like;
    }

    /// All inputs of the decoder.
    ///
    /// @param row the asset in the encoder's row
    /// @param asked size that masks are asked for in
    /// @param embeddings as the encoder put them out; the same memory
    /// @param layers the same, for a decoder that takes them
    /// @throws IllegalArgumentException if there is no prompt
    static List<Tensor> of(
            Prompt prompt, ImageTransform row, ImageSize asked, Tensor embeddings, Optional<Tensor> layers) {
        SamPrompt points = new SamPrompt();
        prompt.clicks()
                .forEach(click -> points.add(row.toInput(click.at()), click.foreground() ? FOREGROUND : BACKGROUND));
        switch (prompt) {
            case Prompt.Box(Rect box, List<Prompt.Click> _) -> {
                Rect inRow = row.toInput(box.clippedTo(row.asset()));
                points.add(new Point(inRow.x(), inRow.y()), FIRST_CORNER);
                points.add(new Point(inRow.right(), inRow.bottom()), LAST_CORNER);
            }
            case Prompt.Points _ -> points.add(new Point(0, 0), NO_POINT);
            case Prompt.None _ -> throw new IllegalArgumentException("prompt: none (expected: points or a box)");
        }
        return points.tensors(embeddings, layers, asked);
    }

    /// A click in the middle, for masks of two sizes: engines learn from the second that the inputs' shapes do not tell it.
    static List<List<Tensor>> samples(List<TensorInfo> inputs) {
        Shape declared = inputs.stream()
                .filter(input -> input.name().equals(EMBEDDINGS))
                .map(TensorInfo::shape)
                .findFirst()
                .orElse(USUAL);
        long[] extents = USUAL.toArray();
        for (int axis = 0; axis < extents.length; axis++) {
            extents[axis] = declared.extent(axis) == Shape.DYNAMIC ? extents[axis] : declared.extent(axis);
        }
        Optional<Tensor> layers = layers(inputs).map(input -> zeros(LAYERS, layersShape(input.shape(), extents)));
        SamPrompt points = new SamPrompt();
        points.add(new Point(SAMPLE_SIDE / 2.0, SAMPLE_SIDE / 2.0), FOREGROUND);
        points.add(new Point(0, 0), NO_POINT);
        Tensor embeddings = zeros(EMBEDDINGS, Shape.of(extents));
        return List.of(
                points.tensors(embeddings, layers, new ImageSize(SAMPLE_SIDE, SAMPLE_SIDE)),
                points.tensors(embeddings, layers, new ImageSize(SAMPLE_SIDE, SAMPLE_SIDE / 2)));
    }

    /// What a file leaves open is that of the smallest of HQ-SAM's, with the cells of the embeddings.
    private static Shape layersShape(Shape declared, long[] embeddings) {
        long[] extents = {4, 1, embeddings[2], embeddings[3], 768};
        for (int axis = 0; axis < extents.length; axis++) {
            extents[axis] = declared.extent(axis) == Shape.DYNAMIC ? extents[axis] : declared.extent(axis);
        }
        return Shape.of(extents);
    }

    private static Tensor zeros(String name, Shape shape) {
        MemorySegment zeros = MemorySegment.ofArray(new byte[Math.toIntExact(ElementType.FLOAT32.bytes(shape))]);
        return new Tensor(name, ElementType.FLOAT32, shape, zeros);
    }

    private void add(Point point, float label) {
        coordinates.add((float) point.x());
        coordinates.add((float) point.y());
        labels.add(label);
    }

    private List<Tensor> tensors(Tensor embeddings, Optional<Tensor> layers, ImageSize asked) {
        long height = MASK_SCALE * embeddings.shape().extent(2);
        long width = MASK_SCALE * embeddings.shape().extent(3);
        List<Tensor> tensors = new ArrayList<>();
        tensors.add(new Tensor(EMBEDDINGS, embeddings.type(), embeddings.shape(), embeddings.data()));
        layers.ifPresent(all -> tensors.add(new Tensor(LAYERS, all.type(), all.shape(), all.data())));
        tensors.addAll(List.of(
                tensor("point_coords", coordinates, 1, labels.size(), 2),
                tensor("point_labels", labels, 1, labels.size()),
                new Tensor(
                        "mask_input",
                        ElementType.FLOAT32,
                        Shape.of(1, 1, height, width),
                        MemorySegment.ofArray(new byte[Math.toIntExact(Float.BYTES * height * width)])),
                tensor("has_mask_input", List.of(0f), 1),
                tensor("orig_im_size", List.of((float) asked.height(), (float) asked.width()), 2)));
        return List.copyOf(tensors);
    }

    private static Tensor tensor(String name, List<Float> values, long... extents) {
        ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * values.size()).order(ByteOrder.LITTLE_ENDIAN);
        values.forEach(bytes::putFloat);
        return new Tensor(name, ElementType.FLOAT32, Shape.of(extents), MemorySegment.ofArray(bytes.array()));
    }
}
