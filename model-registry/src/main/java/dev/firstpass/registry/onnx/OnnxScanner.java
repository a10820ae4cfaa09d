package dev.firstpass.registry.onnx;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.TensorInfo;
import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.onnx.proto.AttributeProto;
import dev.firstpass.registry.onnx.proto.GraphProto;
import dev.firstpass.registry.onnx.proto.ModelProto;
import dev.firstpass.registry.onnx.proto.NodeProto;
import dev.firstpass.registry.onnx.proto.OperatorSetIdProto;
import dev.firstpass.registry.onnx.proto.StringStringEntryProto;
import dev.firstpass.registry.onnx.proto.TensorProto;
import dev.firstpass.registry.onnx.proto.TensorShapeProto;
import dev.firstpass.registry.onnx.proto.TypeProto;
import dev.firstpass.registry.onnx.proto.ValueInfoProto;
import dev.firstpass.registry.wire.MessageWalker;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/// One pass over the bytes of an ONNX file. It walks into the messages that can hold declarations or references to
/// outside files (graphs, nodes, attributes, tensors, functions) and seeks over everything else.
///
/// What it keeps is bounded as [MessageWalker] says.
///
/// For one thread, for one file.
final class OnnxScanner {
    // Messages that the schema leaves out, since nothing in them is ever written.
    private static final int MODEL_TRAINING = 20;
    private static final int TRAINING_INITIALIZATION = 1;
    private static final int TRAINING_ALGORITHM = 2;
    private static final int MODEL_FUNCTIONS = 25;
    private static final int FUNCTION_NAME = 1;
    private static final int FUNCTION_NODE = 7;
    private static final int FUNCTION_DOMAIN = 10;
    private static final int FUNCTION_DEFAULT = 11;
    private static final int GRAPH_SPARSE_INITIALIZER = 15;
    private static final int SPARSE_VALUES = 1;
    private static final int SPARSE_INDICES = 2;
    private static final int ATTRIBUTE_SPARSE_TENSOR = 22;
    private static final int ATTRIBUTE_SPARSE_TENSORS = 23;

    /// Where operators may come from: the standard, and what ONNX Runtime brings itself.
    private static final Set<String> DOMAINS = Set.of(
            "",
            "ai.onnx",
            "ai.onnx.ml",
            "ai.onnx.training",
            "ai.onnx.preview.training",
            "com.microsoft",
            "com.microsoft.nchwc");

    private final MessageWalker walk;
    private final List<ValueInfoProto> inputs = new ArrayList<>();
    private final List<ValueInfoProto> outputs = new ArrayList<>();
    private final Set<String> initializers = new HashSet<>();
    private final Map<String, String> metadata = new LinkedHashMap<>();
    private final Map<String, Long> opsets = new LinkedHashMap<>();
    private final OutsideData outsideData = new OutsideData();
    private final SortedSet<Operator> foreign = new TreeSet<>();
    private final Set<Operator> functions = new HashSet<>();
    private long irVersion;
    private boolean graphSeen;

    OnnxScanner(InputStream bytes) {
        this.walk = new MessageWalker(bytes);
    }

    /// An operator or a function of the file.
    private record Operator(String domain, String name) implements Comparable<Operator> {
        @Override
        public int compareTo(Operator other) {
            int byDomain = domain.compareTo(other.domain);
            return byDomain != 0 ? byDomain : name.compareTo(other.name);
        }
    }

    /// @param file that the bytes are of
    OnnxFile scan(Path file) throws IOException {
        walk.fields(this::model);
        if (irVersion < 1 || !graphSeen || outputs.isEmpty()) {
            throw new RegistryException.ArtifactRejected(
                    "not an ONNX model: no format version, no graph or no output in it");
        }
        for (Operator operator : foreign) {
            if (!functions.contains(operator)) {
                throw new RegistryException.ArtifactRejected(
                        "operator " + MessageWalker.quoted(operator.name()) + " of domain "
                                + MessageWalker.quoted(operator.domain())
                                + ": a custom operator (expected: operators of ONNX, of ONNX Runtime,"
                                + " or functions of the model itself)");
            }
        }
        outsideData.check(file);
        List<TensorInfo> fed = new ArrayList<>();
        for (ValueInfoProto input : inputs) {
            if (!initializers.contains(input.getName())) {
                TensorInfo info = tensor("input", input);
                if (!input.getType().getTensorType().hasShape()) {
                    throw new RegistryException.ArtifactRejected("input " + MessageWalker.quoted(input.getName())
                            + ": no shape (expected: a shape of known rank)");
                }
                fed.add(info);
            }
        }
        List<TensorInfo> given =
                outputs.stream().map(output -> tensor("output", output)).toList();
        return new OnnxFile(new ModelSignature(fed, given, metadata), opsets, outsideData.locations());
    }

    private void model(int field) throws IOException {
        switch (field) {
            case ModelProto.IR_VERSION_FIELD_NUMBER -> irVersion = walk.keepInteger();
            case ModelProto.GRAPH_FIELD_NUMBER -> {
                graphSeen = true;
                walk.message(this::mainGraph);
            }
            case ModelProto.OPSET_IMPORT_FIELD_NUMBER -> {
                OperatorSetIdProto opset = walk.keep(OperatorSetIdProto.parser());
                opsets.put(opset.getDomain(), opset.getVersion());
            }
            case ModelProto.METADATA_PROPS_FIELD_NUMBER -> {
                StringStringEntryProto entry = walk.keep(StringStringEntryProto.parser());
                metadata.put(entry.getKey(), entry.getValue());
            }
            case MODEL_TRAINING -> walk.message(this::training);
            case MODEL_FUNCTIONS -> function();
            default -> walk.skip();
        }
    }

    private void mainGraph(int field) throws IOException {
        switch (field) {
            case GraphProto.INPUT_FIELD_NUMBER -> inputs.add(walk.keepDeclaration(ValueInfoProto.parser()));
            case GraphProto.OUTPUT_FIELD_NUMBER -> outputs.add(walk.keepDeclaration(ValueInfoProto.parser()));
            case GraphProto.INITIALIZER_FIELD_NUMBER -> tensor(true);
            default -> graph(field);
        }
    }

    private void graph(int field) throws IOException {
        switch (field) {
            case GraphProto.NODE_FIELD_NUMBER -> node();
            case GraphProto.INITIALIZER_FIELD_NUMBER -> tensor(false);
            case GRAPH_SPARSE_INITIALIZER -> walk.message(this::sparseTensor);
            default -> walk.skip();
        }
    }

    private void training(int field) throws IOException {
        switch (field) {
            case TRAINING_INITIALIZATION, TRAINING_ALGORITHM -> walk.message(this::graph);
            default -> walk.skip();
        }
    }

    private void function() throws IOException {
        String[] domain = {""};
        String[] name = {""};
        walk.message(field -> {
            switch (field) {
                case FUNCTION_NAME -> name[0] = walk.keepString();
                case FUNCTION_DOMAIN -> domain[0] = walk.keepString();
                case FUNCTION_NODE -> node();
                case FUNCTION_DEFAULT -> walk.message(this::attribute);
                default -> walk.skip();
            }
        });
        functions.add(new Operator(domain[0], name[0]));
    }

    private void node() throws IOException {
        long mark = walk.kept();
        String[] domain = {""};
        String[] name = {""};
        boolean[] holdsMore = {false};
        walk.message(field -> {
            switch (field) {
                case NodeProto.OP_TYPE_FIELD_NUMBER -> name[0] = walk.keepString();
                case NodeProto.DOMAIN_FIELD_NUMBER -> domain[0] = walk.keepString();
                case NodeProto.ATTRIBUTE_FIELD_NUMBER -> {
                    holdsMore[0] = true;
                    walk.message(this::attribute);
                }
                default -> walk.skip();
            }
        });
        if (!DOMAINS.contains(domain[0])) {
            foreign.add(new Operator(domain[0], name[0]));
        } else if (!holdsMore[0]) {
            walk.release(mark);
        }
    }

    private void attribute(int field) throws IOException {
        switch (field) {
            case AttributeProto.T_FIELD_NUMBER, AttributeProto.TENSORS_FIELD_NUMBER -> tensor(false);
            case AttributeProto.G_FIELD_NUMBER, AttributeProto.GRAPHS_FIELD_NUMBER -> walk.message(this::graph);
            case ATTRIBUTE_SPARSE_TENSOR, ATTRIBUTE_SPARSE_TENSORS -> walk.message(this::sparseTensor);
            default -> walk.skip();
        }
    }

    private void sparseTensor(int field) throws IOException {
        switch (field) {
            case SPARSE_VALUES -> tensor(true);
            case SPARSE_INDICES -> tensor(false);
            default -> walk.skip();
        }
    }

    /// @param named whether the tensor gives a value to a graph input of its name
    private void tensor(boolean named) throws IOException {
        OutsideData.Reference reference = outsideData.new Reference();
        walk.message(field -> {
            if (field == TensorProto.NAME_FIELD_NUMBER && named) {
                initializers.add(walk.keepString());
            } else if (field == TensorProto.EXTERNAL_DATA_FIELD_NUMBER) {
                StringStringEntryProto entry = walk.keep(StringStringEntryProto.parser());
                reference.add(entry.getKey(), entry.getValue());
            } else if (field == TensorProto.DATA_LOCATION_FIELD_NUMBER) {
                if ((int) walk.keepInteger() == TensorProto.DataLocation.EXTERNAL_VALUE) {
                    reference.outside();
                }
            } else {
                walk.skip();
            }
        });
        reference.end();
    }

    // ---- declarations

    private static TensorInfo tensor(String role, ValueInfoProto value) {
        TypeProto type = value.getType();
        if (!type.hasTensorType()) {
            throw new RegistryException.ArtifactRejected(role + " " + MessageWalker.quoted(value.getName())
                    + ": a sequence, map or optional (expected: a tensor)");
        }
        return new TensorInfo(
                value.getName(),
                elementType(role, value.getName(), type.getTensorType().getElemType()),
                shape(type.getTensorType().getShape()));
    }

    private static Shape shape(TensorShapeProto shape) {
        return new Shape(shape.getDimList().stream()
                .map(axis -> axis.hasDimValue() && axis.getDimValue() >= 0 ? axis.getDimValue() : Shape.DYNAMIC)
                .toList());
    }

    private static ElementType elementType(String role, String name, int code) {
        return switch (TensorProto.DataType.forNumber(code)) {
            case FLOAT -> ElementType.FLOAT32;
            case FLOAT16 -> ElementType.FLOAT16;
            case BFLOAT16 -> ElementType.BFLOAT16;
            case DOUBLE -> ElementType.FLOAT64;
            case UINT8 -> ElementType.UINT8;
            case UINT16 -> ElementType.UINT16;
            case UINT32 -> ElementType.UINT32;
            case UINT64 -> ElementType.UINT64;
            case INT8 -> ElementType.INT8;
            case INT16 -> ElementType.INT16;
            case INT32 -> ElementType.INT32;
            case INT64 -> ElementType.INT64;
            case BOOL -> ElementType.BOOL;
            case STRING -> ElementType.STRING;
            case null, default ->
                throw new RegistryException.ArtifactRejected(
                        role + " " + MessageWalker.quoted(name) + ": element type "
                                + code
                                + " (expected: float16, bfloat16, float32, float64, int8 to int64, uint8 to uint64, bool or string)");
        };
    }
}
