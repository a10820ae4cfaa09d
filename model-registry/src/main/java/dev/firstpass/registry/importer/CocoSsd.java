package dev.firstpass.registry.importer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/// The recipe for SSD-Lite MobileNet V2 trained on COCO, as published for TensorFlow.js by tfjs-models (`coco-ssd`).
///
/// The model takes uint8 rows `image` [N, 300, 300, 3], RGB, and gives `boxes` [N, 1917, 4] as ymin, xmin, ymax, xmax
/// in 0..1 of the row, and `scores` [N, 1917, 90], one per COCO category id - 1. It suppresses nothing.
public final class CocoSsd {
    private static final int SIZE = 300;

    private CocoSsd() {}

    /// @param source where the weights came from, in words for the model's metadata
    public static GraphRecipe recipe(String source) {
        GraphRecipe.Input input = new GraphRecipe.Input(
                "Preprocessor/map/TensorArrayStack/TensorArrayGatherV3",
                "image",
                ElementType.UINT8,
                Shape.of(Shape.DYNAMIC, SIZE, SIZE, 3),
                new GraphRecipe.Replaced("Preprocessor/map/while/ResizeImage/ResizeBilinear", SIZE, SIZE));
        // The graph's own last node adds an axis of extent 1 to the boxes.
        List<GraphRecipe.Output> outputs = List.of(
                new GraphRecipe.Output("Postprocessor/Reshape_2", "boxes"),
                new GraphRecipe.Output("Postprocessor/Slice", "scores"));
        return new GraphRecipe(
                input,
                outputs,
                Map.of(
                        "firstpass.family",
                        "ssd",
                        "firstpass.sampling",
                        "asymmetric",
                        "firstpass.source",
                        source,
                        "names",
                        json(labels())));
    }

    /// The label of each score column: index is COCO category id - 1, the 10 ids that COCO never used are "".
    public static List<String> labels() {
        List<String> labels = new ArrayList<>(Collections.nCopies(90, ""));
        int id = 0;
        for (String label : CATEGORIES.split("\\|", -1)) {
            labels.set(id++, label);
        }
        return List.copyOf(labels);
    }

    private static final String CATEGORIES = "person|bicycle|car|motorcycle|airplane|bus|train|truck|boat|traffic light"
            + "|fire hydrant||stop sign|parking meter|bench|bird|cat|dog|horse|sheep|cow|elephant|bear|zebra|giraffe||"
            + "backpack|umbrella|||handbag|tie|suitcase|frisbee|skis|snowboard|sports ball|kite|baseball bat"
            + "|baseball glove|skateboard|surfboard|tennis racket|bottle||wine glass|cup|fork|knife|spoon|bowl|banana"
            + "|apple|sandwich|orange|broccoli|carrot|hot dog|pizza|donut|cake|chair|couch|potted plant|bed||dining table"
            + "|||toilet||tv|laptop|mouse|remote|keyboard|cell phone|microwave|oven|toaster|sink|refrigerator||book"
            + "|clock|vase|scissors|teddy bear|hair drier|toothbrush";

    private static String json(List<String> labels) {
        try {
            return new ObjectMapper().writeValueAsString(labels);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("labels cannot be written", e);
        }
    }
}
