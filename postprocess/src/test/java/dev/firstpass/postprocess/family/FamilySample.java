package dev.firstpass.postprocess.family;

import static dev.firstpass.postprocess.family.FamilyInputs.f32;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.Tensor;
import dev.firstpass.postprocess.tensor.TensorInfo;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// A small model of one family, as its file declares itself and what it gives for one row: what the contract test
/// needs of every family. A new family adds one here.
///
/// @param openBatch the signature with an open batch axis
/// @param fixedBatch the same with the axis fixed at 1
/// @param outputs at least one finding in them
record FamilySample(
        String family, ModelSignature openBatch, ModelSignature fixedBatch, ImageSize input, FakeOutputs outputs) {
    static final List<FamilySample> ALL = List.of(
            yolo(),
            yolox(),
            ssd(),
            textRegions(),
            salient(),
            detr(),
            torchvision(),
            tfDetection(),
            centernet(),
            classification(),
            semantic(),
            keypoints(),
            faces(),
            polylines());

    /// Families that no single file is of, which have tests of their own: SamFamilyTest.
    static final List<String> OF_SEVERAL_FILES = List.of("sam");

    static FamilySample of(String family) {
        return ALL.stream()
                .filter(sample -> sample.family().equals(family))
                .findFirst()
                .orElseThrow();
    }

    /// Two classes, five anchors; one of the boxes reaches out.
    private static FamilySample yolo() {
        Map<String, String> metadata = Map.of("names", "{0: 'cat', 1: 'dog'}", "author", "Ultralytics");
        FakeOutputs outputs = new FakeOutputs()
                .with(
                        "output0",
                        Shape.of(1, 6, 5),
                        planes(
                                row(10, 11, 20, 31, 5),
                                row(10, 10, 20, 5, 5),
                                row(8, 8, 6, 30, 4),
                                row(8, 8, 6, 8, 4),
                                row(.9f, .8f, .1f, 0, 0),
                                row(.1f, .2f, .7f, .6f, .01f)));
        return new FamilySample(
                "yolo",
                FamilyInputs.signature(f32("images", -1, 3, 32, 32), metadata, f32("output0", -1, 6, 5)),
                FamilyInputs.signature(f32("images", 1, 3, 32, 32), metadata, f32("output0", 1, 6, 5)),
                new ImageSize(32, 32),
                outputs);
    }

    /// 21 cells of strides 8, 16 and 32, one class: a box in the middle of the third, another by its side.
    private static FamilySample yolox() {
        float[] rows = new float[21 * 6];
        for (int cell = 0; cell < 21; cell++) {
            rows[6 * cell] = .5f;
            rows[6 * cell + 1] = .5f;
        }
        fill(rows, 6, 4, 2, 6, 3, .9f);
        fill(rows, 6, 4, 20, 6, 21, .8f);
        return new FamilySample(
                "yolox",
                FamilyInputs.signature(
                        f32("images", -1, 3, 32, 32), Map.of("names", "['cat']"), f32("output", -1, 21, 6)),
                FamilyInputs.signature(
                        f32("images", 1, 3, 32, 32), Map.of("names", "['cat']"), f32("output", 1, 21, 6)),
                new ImageSize(32, 32),
                new FakeOutputs().with("output", Shape.of(1, 21, 6), rows));
    }

    private static float[] row(float... values) {
        return values;
    }

    private static float[] planes(float[]... planes) {
        float[] all = new float[planes.length * planes[0].length];
        for (int i = 0; i < planes.length; i++) {
            System.arraycopy(planes[i], 0, all, i * planes[0].length, planes[i].length);
        }
        return all;
    }

    private static FamilySample ssd() {
        Map<String, String> metadata = Map.of("names", "['cat', '', 'dog']");
        FakeOutputs outputs = new FakeOutputs()
                .with("boxes", Shape.of(1, 3, 4), .1f, .1f, .5f, .5f, .12f, .1f, .5f, .5f, .6f, .6f, .9f, 1.2f)
                .with("scores", Shape.of(1, 3, 3), .9f, .9f, .1f, .8f, 0, .3f, .01f, 0, .7f);
        return new FamilySample(
                "ssd",
                FamilyInputs.signature(
                        f32("image", -1, 30, 30, 3), metadata, f32("boxes", -1, 3, 4), f32("scores", -1, 3, 3)),
                FamilyInputs.signature(
                        f32("image", 1, 30, 30, 3), metadata, f32("boxes", 1, 3, 4), f32("scores", 1, 3, 3)),
                new ImageSize(30, 30),
                outputs);
    }

    private static FamilySample textRegions() {
        float[] map = new float[32 * 64];
        fill(map, 64, 8, 10, 50, 16, .9f);
        fill(map, 64, 12, 22, 40, 28, .6f);
        return new FamilySample(
                "text-regions",
                FamilyInputs.signature(f32("x", -1, 3, -1, -1), Map.of(), f32("sigmoid_0.tmp_0", -1, 1, -1, -1)),
                FamilyInputs.signature(f32("x", 1, 3, -1, -1), Map.of(), f32("sigmoid_0.tmp_0", 1, 1, -1, -1)),
                new ImageSize(64, 32),
                new FakeOutputs().with("sigmoid_0.tmp_0", Shape.of(1, 1, 32, 64), map));
    }

    private static FamilySample salient() {
        float[] map = new float[32 * 32];
        fill(map, 32, 8, 8, 24, 20, 1f);
        FakeOutputs outputs = new FakeOutputs();
        for (int i = 0; i < 3; i++) {
            outputs.with("side" + i, Shape.of(1, 1, 32, 32), map);
        }
        return new FamilySample("salient", salient(-1), salient(1), new ImageSize(32, 32), outputs);
    }

    private static ModelSignature salient(long batch) {
        return FamilyInputs.signature(
                f32("input.1", batch, 3, 32, 32),
                Map.of(),
                f32("side0", batch, 1, 32, 32),
                f32("side1", batch, 1, 32, 32),
                f32("side2", batch, 1, 32, 32));
    }

    /// Two classes, three queries; one box reaches out.
    private static FamilySample detr() {
        Map<String, String> metadata = Map.of("names", "['cat', 'dog']");
        FakeOutputs outputs = new FakeOutputs()
                .with("logits", Shape.of(1, 3, 2), 2, -3, -1, 1.5f, -5, -6)
                .with("pred_boxes", Shape.of(1, 3, 4), .5f, .5f, .2f, .3f, .9f, .8f, .4f, .3f, .5f, .5f, .1f, .1f);
        return new FamilySample("detr", detr(-1, metadata), detr(1, metadata), new ImageSize(64, 32), outputs);
    }

    private static ModelSignature detr(long batch, Map<String, String> metadata) {
        return FamilyInputs.signature(
                f32("pixel_values", batch, 3, 32, 64),
                metadata,
                f32("logits", batch, 3, 2),
                f32("pred_boxes", batch, 3, 4));
    }

    /// One output for all images: rows run one by one, whatever the batch axis.
    private static FamilySample torchvision() {
        ModelSignature signature = new ModelSignature(
                List.of(f32("images", 1, 3, 32, 64)),
                List.of(
                        f32("boxes", -1, 4),
                        new TensorInfo("labels", ElementType.INT64, Shape.of(-1)),
                        f32("scores", -1)),
                Map.of("names", "['__background__', 'cat', 'dog']"));
        FakeOutputs outputs = new FakeOutputs()
                .with("boxes", Shape.of(3, 4), 4, 4, 20, 20, 30, 8, 70, 30, 0, 0, 5, 5)
                .with("labels", Shape.of(3), 1, 2, 1)
                .with("scores", Shape.of(3), .9f, .8f, .01f);
        return new FamilySample("torchvision", signature, signature, new ImageSize(64, 32), outputs);
    }

    private static FamilySample tfDetection() {
        FakeOutputs outputs = new FakeOutputs()
                .with("detection_boxes", Shape.of(1, 3, 4), .1f, .1f, .5f, .4f, .3f, .6f, .9f, 1.2f, 0, 0, 0, 0)
                .with("detection_classes", Shape.of(1, 3), 1, 2, 1)
                .with("detection_scores", Shape.of(1, 3), .9f, .8f, 0)
                .with("num_detections", Shape.of(1), 2);
        return new FamilySample("tf-detection", tfDetection(-1), tfDetection(1), new ImageSize(64, 32), outputs);
    }

    private static ModelSignature tfDetection(long batch) {
        return FamilyInputs.signature(
                new TensorInfo("input_tensor", ElementType.UINT8, Shape.of(batch, -1, -1, 3)),
                Map.of("names", "['cat', 'dog']"),
                f32("detection_boxes", batch, 3, 4),
                f32("detection_classes", batch, 3),
                f32("detection_scores", batch, 3),
                f32("num_detections", batch));
    }

    /// One class, 4x8 cells: a peak in the middle, another at the edge.
    private static FamilySample centernet() {
        float[] heat = new float[32];
        fill(heat, 8, 0, 0, 8, 4, -5);
        heat[8 + 3] = 2;
        heat[31] = 1;
        float[] sizes = new float[64];
        fill(sizes, 8, 0, 0, 8, 8, 2);
        FakeOutputs outputs = new FakeOutputs()
                .with("hm", Shape.of(1, 1, 4, 8), heat)
                .with("wh", Shape.of(1, 2, 4, 8), sizes)
                .with("reg", Shape.of(1, 2, 4, 8), new float[64]);
        return new FamilySample("centernet", centernet(-1), centernet(1), new ImageSize(32, 16), outputs);
    }

    private static ModelSignature centernet(long batch) {
        return FamilyInputs.signature(
                f32("input", batch, 3, 16, 32),
                Map.of("names", "['cat']"),
                f32("hm", batch, 1, 4, 8),
                f32("wh", batch, 2, 4, 8),
                f32("reg", batch, 2, 4, 8));
    }

    /// Three classes, two of them likely enough.
    private static FamilySample classification() {
        return new FamilySample(
                "classification",
                classification(-1),
                classification(1),
                new ImageSize(64, 32),
                new FakeOutputs().with("logits", Shape.of(1, 3), 2, 1, -3));
    }

    private static ModelSignature classification(long batch) {
        return FamilyInputs.signature(
                f32("input", batch, 3, 32, 64), Map.of("names", "['cat', 'dog', 'cow']"), f32("logits", batch, 3));
    }

    /// A cat on a background, 4x8 cells.
    private static FamilySample semantic() {
        float[] map = new float[2 * 32];
        fill(map, 8, 0, 0, 8, 4, 2);
        fill(map, 8, 2, 1, 6, 3, -2);
        fill(map, 8, 2, 5, 6, 7, 3);
        return new FamilySample(
                "semantic",
                semantic(-1),
                semantic(1),
                new ImageSize(64, 32),
                new FakeOutputs().with("logits", Shape.of(1, 2, 4, 8), map));
    }

    private static ModelSignature semantic(long batch) {
        return FamilyInputs.signature(
                f32("input", batch, 3, 32, 64),
                Map.of("names", "['background', 'cat']"),
                f32("logits", batch, 2, 4, 8));
    }

    /// Three joints on maps of a quarter of the row.
    private static FamilySample keypoints() {
        float[] maps = new float[3 * 48];
        maps[2 * 6 + 2] = .9f;
        maps[48 + 5 * 6 + 4] = .8f;
        maps[96 + 6 * 6 + 1] = .5f;
        return new FamilySample(
                "keypoints",
                keypoints(-1),
                keypoints(1),
                new ImageSize(24, 32),
                new FakeOutputs().with("heatmaps", Shape.of(1, 3, 8, 6), maps));
    }

    private static ModelSignature keypoints(long batch) {
        return FamilyInputs.signature(
                f32("input", batch, 3, 32, 24),
                Map.of("kpt_names", "['nose', 'left', 'right']"),
                f32("heatmaps", batch, 3, 8, 6));
    }

    /// 896 anchors, one of which sees a face.
    private static FamilySample faces() {
        float[] scores = new float[896];
        Arrays.fill(scores, -9);
        scores[272] = 2;
        float[] boxes = new float[896 * 16];
        boxes[272 * 16 + 2] = 40;
        boxes[272 * 16 + 3] = 50;
        return new FamilySample(
                "faces",
                faces(-1),
                faces(1),
                new ImageSize(128, 128),
                new FakeOutputs()
                        .with("scores", Shape.of(1, 896, 1), scores)
                        .with("boxes", Shape.of(1, 896, 16), boxes));
    }

    private static ModelSignature faces(long batch) {
        return FamilyInputs.signature(
                f32("input", batch, 128, 128, 3), Map.of(), f32("scores", batch, 896, 1), f32("boxes", batch, 896, 16));
    }

    /// One line, from 4,8 to 28,24 in cells.
    private static FamilySample polylines() {
        float[] scores = new float[32 * 32];
        scores[16 * 32 + 16] = .9f;
        float[] offsets = new float[4 * 32 * 32];
        System.arraycopy(row(-12, -8, 12, 8), 0, offsets, 4 * (16 * 32 + 16), 4);
        return new FamilySample(
                "polylines",
                polylines(-1),
                polylines(1),
                new ImageSize(64, 64),
                new FakeOutputs()
                        .with("scores", Shape.of(1, 32, 32, 1), scores)
                        .with("offsets", Shape.of(1, 32, 32, 4), offsets));
    }

    private static ModelSignature polylines(long batch) {
        return FamilyInputs.signature(
                f32("image", batch, 64, 64, 3),
                Map.of(),
                f32("scores", batch, 32, 32, 1),
                f32("offsets", batch, 32, 32, 4));
    }

    /// Whether several rows run together where the batch axis is open.
    boolean takesBatches() {
        return !family.equals("torchvision");
    }

    static void fill(float[] map, int width, int left, int top, int right, int bottom, float value) {
        for (int y = top; y < bottom; y++) {
            for (int x = left; x < right; x++) {
                map[y * width + x] = value;
            }
        }
    }

    /// The outputs with one value replaced.
    FakeOutputs spoiled(int output, int index, float value) {
        FakeOutputs spoiled = new FakeOutputs();
        for (int i = 0; i < outputs.tensors().size(); i++) {
            Tensor tensor = outputs.tensors().get(i);
            float[] values = tensor.floats();
            if (i == output) {
                values[index] = value;
            }
            spoiled.with(tensor.name(), tensor.shape(), values);
        }
        return spoiled;
    }

    /// The outputs with all their axes in one, and beyond two of them the batch axis.
    FakeOutputs flattened() {
        FakeOutputs flattened = new FakeOutputs();
        for (Tensor tensor : outputs.tensors()) {
            Shape flat = tensor.shape().rank() > 2 ? Shape.of(1, tensor.elements()) : Shape.of(tensor.elements());
            flattened.with(tensor.name(), flat, tensor.floats());
        }
        return flattened;
    }

    IntStream usedOutputs() {
        return IntStream.range(
                0, family.equals("salient") ? 1 : outputs.tensors().size());
    }

    @Override
    public String toString() {
        return family;
    }
}
