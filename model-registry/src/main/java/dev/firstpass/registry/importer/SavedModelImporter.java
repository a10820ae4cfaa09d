package dev.firstpass.registry.importer;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.registry.RegistryException.ArtifactRejected;
import dev.firstpass.registry.savedmodel.DataTypes;
import dev.firstpass.registry.savedmodel.SavedModelFile;
import dev.firstpass.registry.savedmodel.proto.AttrValue;
import dev.firstpass.registry.savedmodel.proto.DataType;
import dev.firstpass.registry.savedmodel.proto.GraphDef;
import dev.firstpass.registry.savedmodel.proto.MetaGraphDef;
import dev.firstpass.registry.savedmodel.proto.NodeDef;
import dev.firstpass.registry.savedmodel.proto.SavedModel;
import dev.firstpass.registry.savedmodel.proto.SignatureDef;
import dev.firstpass.registry.savedmodel.proto.TensorInfo;
import dev.firstpass.registry.savedmodel.proto.TensorProto;
import dev.firstpass.registry.savedmodel.proto.TensorShapeProto;
import dev.firstpass.registry.savedmodel.proto.VersionDef;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// Turns a TensorFlow.js graph-model folder back into the TensorFlow SavedModel that it was made from: the same graph
/// with its control flow, weights as constants, no variables. Operations that TensorFlow.js fused or made up are taken
/// apart again by [FusedOps]. Nodes that neither inputs nor outputs need are left out. The same folder gives the same
/// bytes.
///
/// Holds no state: thread-safe.
public final class SavedModelImporter {
    private static final String SIGNATURE = "serving_default";
    private static final String METHOD = "tensorflow/serving/predict";
    private static final int SCHEMA_VERSION = 1;

    /// Which tensors of the graph a model takes and gives.
    ///
    /// Immutable.
    ///
    /// @param inputs name -> Placeholder node
    /// @param outputs name -> tensor, as `node` or `node:output`
    public record Endpoints(Map<String, String> inputs, Map<String, String> outputs) {
        /// The file's own, where it has a signature.
        public static final Endpoints OF_THE_FILE = new Endpoints(Map.of(), Map.of());

        public Endpoints {
            inputs = Map.copyOf(inputs);
            outputs = Map.copyOf(outputs);
        }
    }

    /// Reads `folder` and writes the SavedModel directory `target`, which is made. All weights are on the heap
    /// meanwhile, about twice over.
    ///
    /// @throws ArtifactRejected if the folder is no graph model, or its graph has something without a rule
    /// @throws IOException if a file cannot be read or written; `target` may be incomplete then
    public void convert(Path folder, Endpoints endpoints, Path target, ImportProgress progress) throws IOException {
        TfjsFolder graph = TfjsFolder.read(folder);
        SavedModel model = model(graph, endpoints.outputs().isEmpty() ? declared(graph) : endpoints, progress);
        Files.createDirectories(target);
        try (OutputStream file = Files.newOutputStream(target.resolve(SavedModelFile.FILE_NAME))) {
            CodedOutputStream out = CodedOutputStream.newInstance(file);
            out.useDeterministicSerialization();
            model.writeTo(out);
            out.flush();
        }
    }

    private static Endpoints declared(TfjsFolder graph) {
        var signature = graph.signature()
                .orElseThrow(() -> new ArtifactRejected(
                        "model.json: no signature (expected: inputs and outputs named by the file or the caller)"));
        Map<String, String> inputs = new TreeMap<>();
        Map<String, String> outputs = new TreeMap<>();
        signature
                .path("inputs")
                .properties()
                .forEach(input -> inputs.put(
                        input.getKey(),
                        port(
                                        "input",
                                        input.getKey(),
                                        input.getValue().path("name").asText())
                                .node()));
        signature
                .path("outputs")
                .properties()
                .forEach(output -> outputs.put(
                        output.getKey(), output.getValue().path("name").asText()));
        if (outputs.isEmpty()) {
            throw new ArtifactRejected("model.json: a signature without outputs (expected: one output at least)");
        }
        return new Endpoints(inputs, outputs);
    }

    private static SavedModel model(TfjsFolder graph, Endpoints endpoints, ImportProgress progress) {
        SignatureDef.Builder signature = SignatureDef.newBuilder().setMethodName(METHOD);
        Set<String> ends = new TreeSet<>(endpoints.inputs().values());
        new TreeMap<>(endpoints.inputs()).forEach((name, node) -> signature.putInputs(name, input(graph.node(node))));
        new TreeMap<>(endpoints.outputs()).forEach((name, tensor) -> {
            TfNode.Port port = port("output", name, tensor);
            ends.add(port.node());
            signature.putOutputs(name, output(graph, port));
        });
        List<TfNode> nodes = needed(graph, ends);
        GraphDef.Builder out =
                GraphDef.newBuilder().setVersions(VersionDef.newBuilder().setProducer(graph.producer()));
        for (int i = 0; i < nodes.size(); i++) {
            convert(nodes.get(i), graph, out);
            progress.converted(i + 1, nodes.size());
        }
        return SavedModel.newBuilder()
                .setSavedModelSchemaVersion(SCHEMA_VERSION)
                .addMetaGraphs(MetaGraphDef.newBuilder()
                        .setMetaInfoDef(MetaGraphDef.MetaInfoDef.newBuilder().addTags("serve"))
                        .setGraphDef(out)
                        .putSignatureDef(SIGNATURE, signature.build()))
                .build();
    }

    private static TensorInfo input(TfNode placeholder) {
        if (!placeholder.op().equals("Placeholder")) {
            throw new ArtifactRejected(placeholder.where() + "no input (expected: a Placeholder)");
        }
        return info(
                placeholder,
                new TfNode.Port(placeholder.name(), 0),
                placeholder.attributes().path("dtype").path("type"),
                placeholder.attributes().path("shape").path("shape"));
    }

    private static TfNode.Port port(String role, String name, String tensor) {
        try {
            return TfNode.Port.parse(tensor);
        } catch (UnsupportedGraphException e) {
            throw new ArtifactRejected(role + " \"" + name + "\": " + e.getMessage());
        }
    }

    private static TensorInfo info(TfNode node, TfNode.Port port, JsonNode type, JsonNode shape) {
        try {
            DataType dtype = TfAttributes.type(type);
            if (DataTypes.elementType(dtype).filter(ElementType::isFixedSize).isEmpty()) {
                throw new ArtifactRejected(node.where() + dtype + " (expected: numbers or truth values)");
            }
            return TensorInfo.newBuilder()
                    .setName(port.node() + ":" + port.index())
                    .setDtype(dtype)
                    .setTensorShape(TfAttributes.shape(shape))
                    .build();
        } catch (IllegalArgumentException e) {
            throw new ArtifactRejected(node.where() + e.getMessage());
        }
    }

    /// The file's signature has shapes; of a graph without one, only the type is known here.
    private static TensorInfo output(TfjsFolder graph, TfNode.Port port) {
        TfNode node = graph.node(port.node());
        return graph.signature().stream()
                .flatMap(signature -> signature.path("outputs").properties().stream())
                .filter(declared -> port(
                                "output",
                                declared.getKey(),
                                declared.getValue().path("name").asText())
                        .equals(port))
                .findFirst()
                .map(declared -> info(
                        node,
                        port,
                        declared.getValue().path("dtype"),
                        declared.getValue().path("tensorShape")))
                .orElseGet(() -> TensorInfo.newBuilder()
                        .setName(port.node() + ":" + port.index())
                        .setDtype(DataType.DT_FLOAT)
                        .setTensorShape(TensorShapeProto.newBuilder().setUnknownRank(true))
                        .build());
    }

    /// The ends and what they need, in the file's order: TensorFlow asks for none.
    private static List<TfNode> needed(TfjsFolder graph, Set<String> ends) {
        Set<String> needed = new LinkedHashSet<>();
        Deque<String> open = new ArrayDeque<>(ends);
        while (!open.isEmpty()) {
            String name = open.pop();
            if (needed.add(name)) {
                TfNode node = graph.node(name);
                node.inputs().forEach(port -> open.push(port.node()));
                node.controls().forEach(open::push);
            }
        }
        List<TfNode> ordered = new ArrayList<>(graph.nodes().values());
        ordered.removeIf(node -> !needed.contains(node.name()));
        return ordered;
    }

    private static void convert(TfNode node, TfjsFolder graph, GraphDef.Builder out) {
        try {
            TfConstant constant = graph.constants().get(node.name());
            if (constant != null) {
                out.addNode(constant(node, constant));
            } else if (node.op().equals("Const")) {
                throw new UnsupportedGraphException("no weights of that name");
            } else {
                NodeDef.Builder plain =
                        NodeDef.newBuilder().setName(node.name()).setOp(node.op());
                node.inputs().forEach(port -> plain.addInput(port.toString()));
                node.controls().forEach(control -> plain.addInput("^" + control));
                plain.putAllAttr(TfAttributes.of(node.attributes()));
                out.addAllNode(FusedOps.apart(plain.build()));
            }
        } catch (UnsupportedGraphException e) {
            throw new ArtifactRejected(node.where() + e.getMessage());
        }
    }

    private static NodeDef constant(TfNode node, TfConstant constant) {
        DataType type = DataTypes.of(constant.type());
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        constant.extents()
                .forEach(
                        extent -> shape.addDim(TensorShapeProto.Dim.newBuilder().setSize(extent)));
        NodeDef.Builder out = NodeDef.newBuilder().setName(node.name()).setOp("Const");
        node.controls().forEach(control -> out.addInput("^" + control));
        return out.putAttr("dtype", AttrValue.newBuilder().setType(type).build())
                .putAttr(
                        "value",
                        AttrValue.newBuilder()
                                .setTensor(TensorProto.newBuilder()
                                        .setDtype(type)
                                        .setTensorShape(shape)
                                        .setTensorContent(ByteString.copyFrom(
                                                constant.data().duplicate())))
                                .build())
                .build();
    }
}
