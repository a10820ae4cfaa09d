package dev.firstpass.registry.importer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.firstpass.registry.savedmodel.proto.AttrValue;
import dev.firstpass.registry.savedmodel.proto.DataType;
import dev.firstpass.registry.savedmodel.proto.NodeDef;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class FusedOpsTest {
    @Test
    void apart_ofAPlainNode_isThatNode() {
        NodeDef node = node("Conv2D", "x", "w").build();

        assertEquals(List.of(node), FusedOps.apart(node));
    }

    @ParameterizedTest
    @CsvSource({
        "_FusedConv2D, Conv2D",
        "FusedDepthwiseConv2dNative, DepthwiseConv2dNative",
        "_FusedMatMul, MatMul",
    })
    void apart_ofBiasAndActivation_isThreeNodesTheLastWithTheName(String fused, String plain) {
        List<NodeDef> nodes = FusedOps.apart(
                fusing(node(fused, "x:1", "w", "b"), "BiasAdd", "Relu6").build());

        assertEquals(
                List.of(
                        "n/apart_0 = " + plain + "(x:1, w)",
                        "n/apart_1 = BiasAdd(n/apart_0, b)",
                        "n = Relu6(n/apart_1)"),
                shown(nodes));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Relu", "Relu6", "Elu", "Sigmoid", "Tanh"})
    void apart_ofAnActivationAlone_followsTheBase(String activation) {
        assertEquals(
                List.of("n/apart_0 = MatMul(x, w)", "n = " + activation + "(n/apart_0)"),
                shown(FusedOps.apart(
                        fusing(node("_FusedMatMul", "x", "w"), activation).build())));
    }

    @Test
    void apart_ofNothingFused_isTheBaseAlone() {
        assertEquals(
                List.of("n = MatMul(x, w)"),
                shown(FusedOps.apart(node("_FusedMatMul", "x", "w").build())));
    }

    @Test
    void apart_ofFusedPrelu_takesItsSlopeAfterTheBias() {
        assertEquals(
                List.of(
                        "n/apart_0 = Conv2D(x, w)",
                        "n/apart_1 = BiasAdd(n/apart_0, b)",
                        "n/apart_2 = Relu(n/apart_1)",
                        "n/apart_3 = Neg(n/apart_1)",
                        "n/apart_4 = Relu(n/apart_3)",
                        "n/apart_5 = Mul(slope, n/apart_4)",
                        "n = Sub(n/apart_2, n/apart_5)"),
                shown(FusedOps.apart(fusing(node("_FusedConv2D", "x", "w", "b", "slope"), "BiasAdd", "Prelu")
                        .build())));
    }

    @Test
    void apart_ofPrelu_isFivePlainNodesOnFloats() {
        List<NodeDef> nodes =
                FusedOps.apart(node("Prelu", "x", "slope", "^before").build());

        assertEquals(
                List.of(
                        "n/apart_0 = Relu(x, ^before)",
                        "n/apart_1 = Neg(x)",
                        "n/apart_2 = Relu(n/apart_1)",
                        "n/apart_3 = Mul(slope, n/apart_2)",
                        "n = Sub(n/apart_0, n/apart_3)"),
                shown(nodes));
        for (NodeDef node : nodes) {
            assertEquals(DataType.DT_FLOAT, node.getAttrOrThrow("T").getType(), node.getName());
        }
    }

    @Test
    void apart_ofLeakyRelu_keepsItsSlopeWhereItIsSaid() {
        NodeDef.Builder node = fusing(node("_FusedMatMul", "x", "w"), "LeakyRelu");
        assertEquals(
                Set.of("T"), FusedOps.apart(node.build()).getLast().getAttrMap().keySet());

        node.putAttr("leakyrelu_alpha", AttrValue.newBuilder().setF(0.3f).build());

        NodeDef last = FusedOps.apart(node.build()).getLast();
        assertEquals("LeakyRelu", last.getOp());
        assertEquals(0.3f, last.getAttrOrThrow("alpha").getF());
    }

    /// What TensorFlow does not know of a plain operation, it refuses.
    @Test
    void apart_attributes_goToTheNodesThatKnowThem() {
        NodeDef.Builder node = fusing(node("_FusedConv2D", "x", "w", "b"), "BiasAdd", "Relu");
        for (String key : List.of("strides", "padding", "explicit_paddings", "dilations", "epsilon", "num_args")) {
            node.putAttr(key, AttrValue.newBuilder().setI(1).build());
        }
        AttrValue layout =
                AttrValue.newBuilder().setS(ByteString.copyFromUtf8("NHWC")).build();
        AttrValue half = AttrValue.newBuilder().setType(DataType.DT_HALF).build();
        node.putAttr("data_format", layout).putAttr("T", half);

        List<NodeDef> nodes = FusedOps.apart(node.build());

        assertEquals(
                Set.of("T", "strides", "padding", "explicit_paddings", "data_format", "dilations"),
                nodes.get(0).getAttrMap().keySet());
        assertEquals(Set.of("T", "data_format"), nodes.get(1).getAttrMap().keySet());
        assertEquals(Set.of("T"), nodes.get(2).getAttrMap().keySet());
        for (NodeDef plain : nodes) {
            assertEquals(half, plain.getAttrOrThrow("T"));
        }
    }

    @Test
    void apart_biasOfANodeWithoutLayout_hasNone() {
        NodeDef bias = FusedOps.apart(
                        fusing(node("_FusedMatMul", "x", "w", "b"), "BiasAdd").build())
                .getLast();

        assertEquals("BiasAdd", bias.getOp());
        assertEquals(Set.of("T"), bias.getAttrMap().keySet());
    }

    @Test
    void apart_controlInputs_goToTheFirstNodeAndAreNoData() {
        assertEquals(
                List.of("n/apart_0 = MatMul(x, w, ^c, ^d)", "n = Relu(n/apart_0)"),
                shown(FusedOps.apart(fusing(node("_FusedMatMul", "x", "w", "^c", "^d"), "Relu")
                        .build())));
        refused(fusing(node("_FusedMatMul", "x", "w", "^c"), "BiasAdd"), "inputs: 2 (expected: more,");
    }

    @Test
    void apart_ofAnotherNumberOfInputs_isRefused() {
        refused(node("Prelu", "x"), "inputs: 1 (expected: more,");
        refused(node("Prelu", "x", "slope", "third"), "inputs: 3 (expected: 2)");
        refused(node("_FusedConv2D"), "inputs: 0 (expected: more,");
        refused(node("_FusedConv2D", "x"), "inputs: 1 (expected: more,");
        refused(fusing(node("_FusedConv2D", "x", "w", "b"), "BiasAdd", "Prelu"), "inputs: 3 (expected: more,");
        refused(fusing(node("_FusedConv2D", "x", "w", "b", "more"), "BiasAdd"), "inputs: 4 (expected: 3)");
    }

    @Test
    void apart_ofAnUnknownStep_isRefused() {
        refused(fusing(node("_FusedConv2D", "x", "w"), "FusedBatchNorm"), "fused operation FusedBatchNorm has no rule");
    }

    private static void refused(NodeDef.Builder node, String message) {
        String actual = String.valueOf(assertThrows(UnsupportedGraphException.class, () -> FusedOps.apart(node.build()))
                .getMessage());
        assertTrue(actual.startsWith(message), actual);
    }

    private static NodeDef.Builder node(String op, String... inputs) {
        return NodeDef.newBuilder().setName("n").setOp(op).addAllInput(List.of(inputs));
    }

    private static NodeDef.Builder fusing(NodeDef.Builder node, String... steps) {
        AttrValue.ListValue.Builder list = AttrValue.ListValue.newBuilder();
        for (String step : steps) {
            list.addS(ByteString.copyFromUtf8(step));
        }
        return node.putAttr("fused_ops", AttrValue.newBuilder().setList(list).build());
    }

    private static List<String> shown(List<NodeDef> nodes) {
        return nodes.stream()
                .map(node -> node.getName() + " = " + node.getOp() + "(" + String.join(", ", node.getInputList()) + ")")
                .toList();
    }
}
