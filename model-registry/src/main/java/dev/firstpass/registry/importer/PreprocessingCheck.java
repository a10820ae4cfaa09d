package dev.firstpass.registry.importer;

import dev.firstpass.registry.RegistryException.ArtifactRejected;
import dev.firstpass.registry.importer.Value.Sizes;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Makes sure that the part of a graph before the cut may be left out: walking back from the cut, it meets one
/// resize, of the expected kind and size, and otherwise only nodes that move rows about or count them.
final class PreprocessingCheck {
    /// Operations that leave pixels as they are.
    private static final Set<String> NEUTRAL = Set.of(
            "Cast",
            "Const",
            "Enter",
            "Exit",
            "ExpandDims",
            "Identity",
            "Less",
            "LoopCond",
            "Merge",
            "NextIteration",
            "Placeholder",
            "Range",
            "Shape",
            "Squeeze",
            "StridedSlice",
            "Switch",
            "TensorArrayGatherV3",
            "TensorArrayReadV3",
            "TensorArrayScatterV3",
            "TensorArraySizeV3",
            "TensorArrayV3",
            "TensorArrayWriteV3");

    private static final long INT32 = 3;

    private PreprocessingCheck() {}

    /// @throws ArtifactRejected if leaving the part out would change what the model sees
    static void check(TfjsFolder folder, GraphRecipe.Input input) {
        GraphRecipe.Replaced expected = input.replaced();
        Set<String> seen = new HashSet<>();
        Deque<String> open = new ArrayDeque<>(List.of(input.node()));
        while (!open.isEmpty()) {
            String name = open.pop();
            TfNode node = folder.node(name);
            if (!seen.add(name)) {
                continue;
            }
            if (name.equals(expected.resizeNode())) {
                requireResize(node, folder, expected);
            } else if (!NEUTRAL.contains(node.op()) && !countsRows(node)) {
                throw new ArtifactRejected("node \"" + name + "\": " + node.op()
                        + " before the cut (expected: nothing but a resize to " + expected.height() + "x"
                        + expected.width() + ")");
            }
            node.inputs().forEach(port -> open.push(port.node()));
        }
        if (!seen.contains(expected.resizeNode())) {
            throw new ArtifactRejected(
                    "node \"" + expected.resizeNode() + "\": not before the cut (expected: a resize)");
        }
    }

    private static boolean countsRows(TfNode node) {
        return node.op().equals("Add")
                && node.attributes().path("T").path("type").asLong() == INT32;
    }

    private static void requireResize(TfNode node, TfjsFolder folder, GraphRecipe.Replaced expected) {
        boolean asExpected = node.op().equals("ResizeBilinear")
                && !node.flag("align_corners")
                && !node.flag("half_pixel_centers")
                && node.inputs().size() == 2
                && Optional.ofNullable(
                                folder.constants().get(node.inputs().get(1).node()))
                        .map(TfConstant::value)
                        .filter(Sizes.vector(List.of(Dim.of(expected.height()), Dim.of(expected.width())))::equals)
                        .isPresent();
        if (!asExpected) {
            throw new ArtifactRejected("node \"" + node.name() + "\": another resize (expected: bilinear to "
                    + expected.height() + "x" + expected.width() + ", corners not aligned)");
        }
    }
}
