package dev.firstpass.registry.importer;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.registry.RegistryException.ArtifactRejected;
import dev.firstpass.registry.importer.Value.Computed;
import dev.firstpass.registry.importer.Value.Layout;
import dev.firstpass.registry.onnx.proto.ModelProto;
import dev.firstpass.registry.onnx.proto.OperatorSetIdProto;
import dev.firstpass.registry.onnx.proto.StringStringEntryProto;
import dev.firstpass.registry.onnx.proto.TensorProto;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;

/// Turns a TensorFlow.js graph-model folder (`model.json` and weight shards, as converted from a frozen TensorFlow
/// graph) into one ONNX file.
///
/// The graph is cut at the recipe's input; nodes that its outputs do not need are left out; sizes are folded with the
/// batch size as the only unknown, so the model keeps a real batch axis; weights are stored in ONNX's order. Which
/// operations are covered stands in [OpConverters#TABLE]. The same folder and recipe give the same bytes.
///
/// Holds no state: thread-safe.
public final class TfjsGraphImporter {
    private static final int IR_VERSION = 8;
    private static final int OPSET = 13;

    /// Reads `folder` and writes the ONNX model to `target`, which is replaced. All weights are on the heap
    /// meanwhile, about three times over.
    ///
    /// @throws ArtifactRejected if the folder is no graph model, or its graph is not covered; the message names the
    /// node
    /// @throws IOException if a file cannot be read or written; `target` may be incomplete then
    public void convert(Path folder, GraphRecipe recipe, Path target, ImportProgress progress) throws IOException {
        ModelProto model = convert(TfjsFolder.read(folder), recipe, progress);
        try (OutputStream out = Files.newOutputStream(target)) {
            model.writeTo(out);
        }
    }

    private static ModelProto convert(TfjsFolder folder, GraphRecipe recipe, ImportProgress progress) {
        PreprocessingCheck.check(folder, recipe.input());
        List<TfNode> nodes = needed(folder, recipe);
        OnnxGraphBuilder graph = new OnnxGraphBuilder("main");
        recipe.outputs().forEach(output -> graph.reserve(output.name()));
        Emitter out = new Emitter(graph, recipe.input().name());
        Map<TfNode.Port, Value> values = new HashMap<>();
        folder.constants().forEach((name, constant) -> values.put(new TfNode.Port(name, 0), constant(name, constant)));
        values.put(new TfNode.Port(recipe.input().node(), 0), input(recipe.input(), graph, out));
        for (int i = 0; i < nodes.size(); i++) {
            convert(nodes.get(i), values, out);
            progress.converted(i + 1, nodes.size());
        }
        for (GraphRecipe.Output output : recipe.outputs()) {
            Computed value = out.plain(value(new TfNode.Port(output.node(), 0), values), output.node());
            graph.output(output.name(), TensorProto.DataType.FLOAT, value.extents(), value.tensor());
        }
        return model(graph, recipe);
    }

    private static Value constant(String name, TfConstant constant) {
        try {
            return constant.value();
        } catch (UnsupportedGraphException e) {
            throw new ArtifactRejected("weight \"" + name + "\": " + e.getMessage());
        }
    }

    private static Value input(GraphRecipe.Input input, OnnxGraphBuilder graph, Emitter out) {
        List<Dim> extents = input.shape().extents().stream()
                .map(extent -> extent == Shape.DYNAMIC ? Dim.BATCH : Dim.of(extent))
                .toList();
        graph.input(input.name(), onnxType(input.type()), extents);
        if (input.type() == ElementType.FLOAT32) {
            return new Computed(input.name(), extents, Layout.PLAIN);
        }
        return out.plain(
                "Cast",
                input.name() + "/float",
                List.of(input.name()),
                extents,
                OnnxGraphBuilder.attribute("to", TensorProto.DataType.FLOAT.getNumber()));
    }

    private static TensorProto.DataType onnxType(ElementType type) {
        return switch (type) {
            case FLOAT32 -> TensorProto.DataType.FLOAT;
            case UINT8 -> TensorProto.DataType.UINT8;
            case FLOAT16, BFLOAT16, FLOAT64, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, BOOL, STRING ->
                throw new IllegalArgumentException("input type: " + type + " (expected: FLOAT32 or UINT8)");
        };
    }

    private static void convert(TfNode node, Map<TfNode.Port, Value> values, Emitter out) {
        OpConverters.OpConverter converter = OpConverters.TABLE.get(node.op());
        if (converter == null) {
            throw new ArtifactRejected(node.where() + "no rule for this operation (expected: one of "
                    + OpConverters.TABLE.keySet().stream().sorted().toList() + ")");
        }
        List<Value> inputs =
                node.inputs().stream().map(port -> value(port, values)).toList();
        try {
            List<Value> outputs = converter.convert(node, inputs, out);
            for (int i = 0; i < outputs.size(); i++) {
                values.put(new TfNode.Port(node.name(), i), outputs.get(i));
            }
        } catch (UnsupportedGraphException e) {
            throw new ArtifactRejected(node.where() + e.getMessage());
        } catch (IndexOutOfBoundsException
                | NoSuchElementException
                | IllegalArgumentException
                | ArithmeticException e) {
            throw new ArtifactRejected(node.where() + "inputs or attributes do not fit the operation");
        }
    }

    private static Value value(TfNode.Port port, Map<TfNode.Port, Value> values) {
        Value value = values.get(port);
        if (value == null) {
            throw new ArtifactRejected("node \"" + port.node() + "\": no output " + port.index() + ", or no value");
        }
        return value;
    }

    /// The nodes that the outputs need, each after its inputs, without constants and without what lies before the
    /// cut.
    private static List<TfNode> needed(TfjsFolder folder, GraphRecipe recipe) {
        Set<String> known = new HashSet<>(folder.constants().keySet());
        known.add(recipe.input().node());
        Set<String> open = new LinkedHashSet<>();
        List<TfNode> ordered = new ArrayList<>();
        Deque<String> stack = new ArrayDeque<>();
        recipe.outputs().reversed().forEach(output -> stack.push(output.node()));
        while (!stack.isEmpty()) {
            String name = stack.peek();
            if (known.contains(name)) {
                stack.pop();
                continue;
            }
            TfNode node = folder.node(name);
            if (open.add(name)) {
                for (TfNode.Port input : node.inputs().reversed()) {
                    if (open.contains(input.node()) && !known.contains(input.node())) {
                        throw new ArtifactRejected(node.where() + "part of a loop (expected: a graph without loops)");
                    }
                    stack.push(input.node());
                }
            } else {
                stack.pop();
                known.add(name);
                ordered.add(node);
            }
        }
        return ordered;
    }

    private static ModelProto model(OnnxGraphBuilder graph, GraphRecipe recipe) {
        ModelProto.Builder model = ModelProto.newBuilder()
                .setIrVersion(IR_VERSION)
                .setProducerName("firstpass")
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(OPSET))
                .setGraph(graph.build());
        recipe.metadata()
                .forEach((key, value) -> model.addMetadataProps(
                        StringStringEntryProto.newBuilder().setKey(key).setValue(value)));
        return model.build();
    }
}
