package dev.firstpass.registry.savedmodel;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.TensorInfo;
import dev.firstpass.registry.RegistryException.ArtifactRejected;
import dev.firstpass.registry.savedmodel.Program.Function;
import dev.firstpass.registry.savedmodel.Program.Node;
import dev.firstpass.registry.savedmodel.SavedModelFile.Endpoint;
import dev.firstpass.registry.savedmodel.proto.AttrValue;
import dev.firstpass.registry.savedmodel.proto.CollectionDef;
import dev.firstpass.registry.savedmodel.proto.FunctionDef;
import dev.firstpass.registry.savedmodel.proto.FunctionDefLibrary;
import dev.firstpass.registry.savedmodel.proto.GradientDef;
import dev.firstpass.registry.savedmodel.proto.GraphDef;
import dev.firstpass.registry.savedmodel.proto.MetaGraphDef;
import dev.firstpass.registry.savedmodel.proto.NameAttrList;
import dev.firstpass.registry.savedmodel.proto.NodeDef;
import dev.firstpass.registry.savedmodel.proto.OpDef;
import dev.firstpass.registry.savedmodel.proto.SavedModel;
import dev.firstpass.registry.savedmodel.proto.SaverDef;
import dev.firstpass.registry.savedmodel.proto.SignatureDef;
import dev.firstpass.registry.savedmodel.proto.TensorShapeProto;
import dev.firstpass.registry.wire.MessageWalker;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/// One pass over the bytes of a SavedModel's main file. Of the attributes of nodes, where weights may be, only the names
/// of functions are read.
///
/// Where a field that should come once comes again, the format takes the last one or puts both together; what is kept
/// here for [OperationPolicy] is both.
///
/// What it keeps is bounded as [MessageWalker] says.
///
/// For one thread, for one file.
final class SavedModelScanner {
    private static final String SERVED_TAG = "serve";
    private static final String USUAL_SIGNATURE = "serving_default";
    /// What begins so are notes for loading and training, `__saved_model_init_op` for one; they are never served.
    private static final String INNER_SIGNATURES = "__saved_model_";

    /// Attribute of functions of which TensorFlow takes one in the place of another.
    private static final String IMPLEMENTS = "api_implements";

    /// What a name costs that is kept already.
    private static final int REFERENCE_BYTES = 8;

    /// One for each use that a model is exported for: a handful.
    private static final int MOST_GRAPHS = 64;

    private static final int MAP_KEY = 1;
    private static final int MAP_VALUE = 2;

    private final MessageWalker walk;
    private final List<MetaGraph> graphs = new ArrayList<>();

    SavedModelScanner(InputStream bytes) {
        this.walk = new MessageWalker(bytes);
    }

    SavedModelFile scan(OperationPolicy policy) throws IOException {
        walk.fields(field -> {
            if (field == SavedModel.META_GRAPHS_FIELD_NUMBER) {
                if (graphs.size() == MOST_GRAPHS) {
                    throw new ArtifactRejected("SavedModel: more than " + MOST_GRAPHS + " graphs");
                }
                MetaGraph graph = new MetaGraph();
                graphs.add(graph);
                walk.message(graph::read);
            } else {
                walk.skip();
            }
        });
        if (graphs.isEmpty()) {
            throw new ArtifactRejected("not a SavedModel: no graph in it");
        }
        List<MetaGraph> served = graphs.stream().filter(MetaGraph::isServed).toList();
        if (served.size() != 1) {
            throw new ArtifactRejected("SavedModel: " + served.size() + " graphs are tagged \"" + SERVED_TAG
                    + "\" alone (expected: one; export the model for serving)");
        }
        policy.check(served.getFirst().program());
        return served.getFirst().file();
    }

    /// One graph of the file. For one thread.
    private final class MetaGraph {
        private final SortedSet<String> tags = new TreeSet<>();
        private final SortedSet<String> operations = new TreeSet<>();
        private final SortedMap<String, SignatureDef> signatures = new TreeMap<>();
        private final List<Node> nodes = new ArrayList<>();
        private final Map<String, Function> functions = new TreeMap<>();
        private final Map<String, String> names = new HashMap<>();
        private final Set<String> roots = new TreeSet<>();
        private final Set<String> substitutes = new TreeSet<>();
        private SaverDef saver = SaverDef.getDefaultInstance();

        /// TensorFlow looks for a graph with these tags and no other: one for TPUs has another beside it.
        private boolean isServed() {
            return tags.equals(Set.of(SERVED_TAG));
        }

        private void read(int field) throws IOException {
            switch (field) {
                case MetaGraphDef.META_INFO_DEF_FIELD_NUMBER -> walk.message(this::readInfo);
                case MetaGraphDef.GRAPH_DEF_FIELD_NUMBER -> walk.message(this::readGraph);
                case MetaGraphDef.SAVER_DEF_FIELD_NUMBER ->
                    saver = saver.toBuilder()
                            .mergeFrom(walk.keep(SaverDef.parser()))
                            .build();
                case MetaGraphDef.COLLECTION_DEF_FIELD_NUMBER -> walk.message(this::readCollection);
                case MetaGraphDef.SIGNATURE_DEF_FIELD_NUMBER -> readSignature();
                default -> walk.skip();
            }
        }

        private void readInfo(int field) throws IOException {
            if (field == MetaGraphDef.MetaInfoDef.TAGS_FIELD_NUMBER) {
                tags.add(walk.keepString());
            } else {
                walk.skip();
            }
        }

        private void readGraph(int field) throws IOException {
            switch (field) {
                case GraphDef.NODE_FIELD_NUMBER -> {
                    NodeReader node = new NodeReader(this::name);
                    walk.message(node::read);
                    if (node.operations.isEmpty()) {
                        walk.keepEntry();
                    }
                    operations.addAll(node.operations);
                    nodes.add(node.node());
                }
                case GraphDef.LIBRARY_FIELD_NUMBER -> walk.message(this::readLibrary);
                default -> walk.skip();
            }
        }

        /// The node that a name stands for; the same object, and counted as less, if it came before.
        private String name() throws IOException {
            long mark = walk.kept();
            String read = Program.nodeOf(walk.keepString());
            String known = names.putIfAbsent(read, read);
            if (known == null) {
                return read;
            }
            walk.release(mark + REFERENCE_BYTES);
            return known;
        }

        private void readLibrary(int field) throws IOException {
            switch (field) {
                case FunctionDefLibrary.FUNCTION_FIELD_NUMBER -> readFunction();
                case FunctionDefLibrary.GRADIENT_FIELD_NUMBER ->
                    substitutes.add(walk.keep(GradientDef.parser()).getGradientFunc());
                default -> walk.skip();
            }
        }

        private void readFunction() throws IOException {
            String[] name = {""};
            boolean[] isSubstitute = {false};
            List<String> arguments = new ArrayList<>();
            List<Node> body = new ArrayList<>();
            walk.message(field -> {
                switch (field) {
                    case FunctionDef.SIGNATURE_FIELD_NUMBER ->
                        walk.message(inner -> {
                            switch (inner) {
                                case OpDef.NAME_FIELD_NUMBER -> name[0] = walk.keepString();
                                case OpDef.INPUT_ARG_FIELD_NUMBER ->
                                    arguments.add(
                                            walk.keep(OpDef.ArgDef.parser()).getName());
                                default -> walk.skip();
                            }
                        });
                    case FunctionDef.NODE_DEF_FIELD_NUMBER -> readBodyNode(body);
                    case FunctionDef.ATTR_FIELD_NUMBER ->
                        walk.message(inner -> {
                            if (inner == MAP_KEY) {
                                isSubstitute[0] |= walk.keepString().equals(IMPLEMENTS);
                            } else {
                                walk.skip();
                            }
                        });
                    default -> walk.skip();
                }
            });
            if (isSubstitute[0]) {
                substitutes.add(name[0]);
            }
            if (functions.put(name[0], new Function(name[0], arguments, body)) != null) {
                throw new ArtifactRejected("SavedModel: function " + MessageWalker.quoted(name[0]) + " comes twice");
            }
        }

        /// Most nodes of functions are ordinary, and many; these are let go of.
        private void readBodyNode(List<Node> body) throws IOException {
            long mark = walk.kept();
            NodeReader node = new NodeReader(walk::keepString);
            walk.message(node::read);
            boolean isNew = operations.addAll(node.operations);
            if (!node.calls.isEmpty() || !Operations.ANYWHERE.containsAll(node.operations)) {
                body.add(node.node());
            } else if (!isNew) {
                walk.release(mark);
            }
        }

        private void readCollection(int field) throws IOException {
            if (field == MAP_VALUE) {
                walk.message(kind -> {
                    if (kind == CollectionDef.NODE_LIST_FIELD_NUMBER) {
                        walk.message(this::readRoots);
                    } else {
                        walk.skip();
                    }
                });
            } else {
                walk.skip();
            }
        }

        private void readRoots(int field) throws IOException {
            if (field == CollectionDef.NodeList.VALUE_FIELD_NUMBER) {
                roots.add(Program.nodeOf(walk.keepString()));
            } else {
                walk.skip();
            }
        }

        private void readSignature() throws IOException {
            String[] key = {""};
            SignatureDef[] value = {SignatureDef.getDefaultInstance()};
            walk.message(field -> {
                switch (field) {
                    case MAP_KEY -> key[0] = walk.keepString();
                    case MAP_VALUE -> {
                        value[0] = walk.keepDeclaration(SignatureDef.parser());
                        value[0].getOutputsMap()
                                .values()
                                .forEach(output -> roots.add(Program.nodeOf(output.getName())));
                    }
                    default -> walk.skip();
                }
            });
            if (!key[0].startsWith(INNER_SIGNATURES)) {
                signatures.put(key[0], value[0]);
            }
        }

        private Program program() {
            return new Program(
                    nodes,
                    functions,
                    roots,
                    substitutes,
                    Program.nodeOf(saver.getFilenameTensorName()),
                    Program.nodeOf(saver.getRestoreOpName()));
        }

        private SavedModelFile file() {
            String key = signatures.containsKey(USUAL_SIGNATURE) || signatures.size() != 1
                    ? USUAL_SIGNATURE
                    : signatures.firstKey();
            SignatureDef signature = signatures.get(key);
            if (signature == null) {
                throw new ArtifactRejected("SavedModel: " + signatures.size() + " signatures, none of them named \""
                        + USUAL_SIGNATURE + "\" (expected: one of that name, or only one)");
            }
            if (signature.getOutputsMap().isEmpty()) {
                throw new ArtifactRejected("SavedModel: signature " + MessageWalker.quoted(key) + " has no outputs");
            }
            return new SavedModelFile(
                    key,
                    endpoints("input", signature.getInputsMap()),
                    endpoints("output", signature.getOutputsMap()),
                    operations);
        }
    }

    /// Reads a string that is kept.
    @FunctionalInterface
    private interface StringReader {
        String read() throws IOException;
    }

    /// One node. For one thread.
    private final class NodeReader {
        private final StringReader inputReader;
        private final Set<String> operations = new TreeSet<>();
        private final Set<String> calls = new TreeSet<>();
        private final List<String> inputs = new ArrayList<>();
        private String name = "";

        NodeReader(StringReader inputReader) {
            this.inputReader = inputReader;
        }

        private void read(int field) throws IOException {
            switch (field) {
                case NodeDef.NAME_FIELD_NUMBER -> name = inputReader.read();
                case NodeDef.OP_FIELD_NUMBER -> operations.add(walk.keepString());
                case NodeDef.INPUT_FIELD_NUMBER -> inputs.add(inputReader.read());
                case NodeDef.ATTR_FIELD_NUMBER -> walk.message(this::readAttribute);
                default -> walk.skip();
            }
        }

        /// An entry of a map of attributes.
        private void readAttribute(int field) throws IOException {
            if (field == MAP_VALUE) {
                walk.message(this::readValue);
            } else {
                walk.skip();
            }
        }

        private void readValue(int field) throws IOException {
            switch (field) {
                case AttrValue.FUNC_FIELD_NUMBER -> walk.message(this::readCall);
                case AttrValue.LIST_FIELD_NUMBER ->
                    walk.message(inner -> {
                        if (inner == AttrValue.ListValue.FUNC_FIELD_NUMBER) {
                            walk.message(this::readCall);
                        } else {
                            walk.skip();
                        }
                    });
                default -> walk.skip();
            }
        }

        private void readCall(int field) throws IOException {
            switch (field) {
                case NameAttrList.NAME_FIELD_NUMBER -> {
                    String called = walk.keepString();
                    if (!called.isEmpty()) {
                        calls.add(called);
                    }
                }
                case NameAttrList.ATTR_FIELD_NUMBER -> walk.message(this::readAttribute);
                default -> walk.skip();
            }
        }

        private Node node() {
            return new Node(name, operations.isEmpty() ? Set.of("") : operations, inputs, calls);
        }
    }

    private static List<Endpoint> endpoints(
            String role, Map<String, dev.firstpass.registry.savedmodel.proto.TensorInfo> declared) {
        return new TreeMap<>(declared)
                .entrySet().stream()
                        .map(entry -> endpoint(role, entry.getKey(), entry.getValue()))
                        .toList();
    }

    private static Endpoint endpoint(
            String role, String name, dev.firstpass.registry.savedmodel.proto.TensorInfo declared) {
        if (declared.getName().isEmpty()) {
            throw new ArtifactRejected(
                    role + " " + MessageWalker.quoted(name) + ": sparse or composite (expected: a tensor)");
        }
        return new Endpoint(
                new TensorInfo(name, elementType(role, name, declared), shape(declared.getTensorShape())),
                declared.getName());
    }

    private static Shape shape(TensorShapeProto shape) {
        return new Shape(shape.getDimList().stream()
                .map(axis -> axis.getSize() >= 0 ? axis.getSize() : Shape.DYNAMIC)
                .toList());
    }

    private static ElementType elementType(
            String role, String name, dev.firstpass.registry.savedmodel.proto.TensorInfo declared) {
        return DataTypes.elementType(declared.getDtype())
                .orElseThrow(
                        () -> new ArtifactRejected(
                                role + " " + MessageWalker.quoted(name) + ": " + declared.getDtype()
                                        + " (expected: float16, bfloat16, float32, float64, uint8, uint16, int32, int64, bool or string)"));
    }
}
