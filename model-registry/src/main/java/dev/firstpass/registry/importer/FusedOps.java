package dev.firstpass.registry.importer;

import com.google.protobuf.ByteString;
import dev.firstpass.registry.savedmodel.proto.AttrValue;
import dev.firstpass.registry.savedmodel.proto.DataType;
import dev.firstpass.registry.savedmodel.proto.NodeDef;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Takes apart what TensorFlow.js' converter fused: `FusedDepthwiseConv2dNative` and `Prelu` are names of its own that
/// TensorFlow does not know, and TensorFlow fuses the others again where its kernels can.
///
/// Pure functions.
final class FusedOps {
    private static final Set<String> CONVOLUTION_ATTRIBUTES =
            Set.of("T", "strides", "padding", "explicit_paddings", "data_format", "dilations");
    private static final Set<String> PRODUCT_ATTRIBUTES = Set.of("T", "transpose_a", "transpose_b");
    private static final Set<String> ACTIVATIONS = Set.of("Relu", "Relu6", "Elu", "Sigmoid", "Tanh");

    /// What a node without a type works on: the nodes that TensorFlow.js makes up have none.
    private static final AttrValue FLOATS =
            AttrValue.newBuilder().setType(DataType.DT_FLOAT).build();

    private FusedOps() {}

    /// Plain nodes that give together what `node` gives; the last one has its name, so that who uses it finds it.
    static List<NodeDef> apart(NodeDef node) {
        return switch (node.getOp()) {
            case "_FusedConv2D" -> apart(node, "Conv2D", CONVOLUTION_ATTRIBUTES);
            case "FusedDepthwiseConv2dNative" -> apart(node, "DepthwiseConv2dNative", CONVOLUTION_ATTRIBUTES);
            case "_FusedMatMul" -> apart(node, "MatMul", PRODUCT_ATTRIBUTES);
            case "Prelu" -> {
                Inputs inputs = new Inputs(node);
                Chain chain = new Chain(node, inputs.next());
                chain.prelu(inputs.next());
                inputs.requireNoMore();
                yield chain.named();
            }
            default -> List.of(node);
        };
    }

    private static List<NodeDef> apart(NodeDef node, String op, Set<String> attributes) {
        Inputs inputs = new Inputs(node);
        NodeDef.Builder base =
                NodeDef.newBuilder().setOp(op).addInput(inputs.next()).addInput(inputs.next());
        node.getAttrMap().forEach((key, value) -> {
            if (attributes.contains(key)) {
                base.putAttr(key, value);
            }
        });
        Chain chain = new Chain(node, "");
        chain.add(base);
        for (ByteString fused : node.getAttrOrDefault("fused_ops", AttrValue.getDefaultInstance())
                .getList()
                .getSList()) {
            String step = fused.toStringUtf8();
            switch (step) {
                case "BiasAdd" -> chain.bias(inputs.next());
                case "Prelu" -> chain.prelu(inputs.next());
                case "LeakyRelu" -> chain.leakyRelu();
                default -> chain.activation(step);
            }
        }
        inputs.requireNoMore();
        return chain.named();
    }

    private static boolean isControl(String input) {
        return input.startsWith("^");
    }

    /// The data inputs of a node, one after the other. For one thread.
    private static final class Inputs {
        private final List<String> all;
        private int taken;

        Inputs(NodeDef node) {
            this.all = node.getInputList().stream()
                    .filter(input -> !isControl(input))
                    .toList();
        }

        String next() {
            if (taken == all.size()) {
                throw new UnsupportedGraphException(
                        "inputs: " + all.size() + " (expected: more, for all that is fused)");
            }
            return all.get(taken++);
        }

        void requireNoMore() {
            if (taken < all.size()) {
                throw new UnsupportedGraphException("inputs: " + all.size() + " (expected: " + taken + ")");
            }
        }
    }

    /// Nodes, each taking what the one before it gives. For one thread.
    private static final class Chain {
        private final NodeDef origin;
        private final AttrValue type;
        private final List<NodeDef.Builder> nodes = new ArrayList<>();
        private String last;

        Chain(NodeDef origin, String first) {
            this.origin = origin;
            this.type = origin.getAttrOrDefault("T", FLOATS);
            this.last = first;
        }

        private String add(NodeDef.Builder node) {
            last = origin.getName() + "/apart_" + nodes.size();
            nodes.add(node.setName(last));
            return last;
        }

        private String add(String op, String... inputs) {
            return add(
                    NodeDef.newBuilder().setOp(op).addAllInput(List.of(inputs)).putAttr("T", type));
        }

        void bias(String bias) {
            NodeDef.Builder node = NodeDef.newBuilder()
                    .setOp("BiasAdd")
                    .addInput(last)
                    .addInput(bias)
                    .putAttr("T", type);
            if (origin.containsAttr("data_format")) {
                node.putAttr("data_format", origin.getAttrOrThrow("data_format"));
            }
            add(node);
        }

        void activation(String op) {
            if (!ACTIVATIONS.contains(op)) {
                throw new UnsupportedGraphException("fused operation " + op + " has no rule");
            }
            add(op, last);
        }

        void leakyRelu() {
            NodeDef.Builder node =
                    NodeDef.newBuilder().setOp("LeakyRelu").addInput(last).putAttr("T", type);
            if (origin.containsAttr("leakyrelu_alpha")) {
                node.putAttr("alpha", origin.getAttrOrThrow("leakyrelu_alpha"));
            }
            add(node);
        }

        /// max(x, 0) - alpha * max(-x, 0).
        void prelu(String alpha) {
            String x = last;
            String above = add("Relu", x);
            String below = add("Relu", add("Neg", x));
            add("Sub", above, add("Mul", alpha, below));
        }

        /// The nodes, the last with the name of what was taken apart, the first after its control inputs.
        List<NodeDef> named() {
            nodes.getLast().setName(origin.getName());
            origin.getInputList().stream().filter(FusedOps::isControl).forEach(nodes.getFirst()::addInput);
            return nodes.stream().map(NodeDef.Builder::build).toList();
        }
    }
}
