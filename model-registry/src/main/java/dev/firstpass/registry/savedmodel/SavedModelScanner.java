package dev.firstpass.registry.savedmodel;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.TensorInfo;
import dev.firstpass.registry.RegistryException.ArtifactRejected;
import dev.firstpass.registry.savedmodel.SavedModelFile.Endpoint;
import dev.firstpass.registry.savedmodel.proto.FunctionDef;
import dev.firstpass.registry.savedmodel.proto.FunctionDefLibrary;
import dev.firstpass.registry.savedmodel.proto.GraphDef;
import dev.firstpass.registry.savedmodel.proto.MetaGraphDef;
import dev.firstpass.registry.savedmodel.proto.NodeDef;
import dev.firstpass.registry.savedmodel.proto.SavedModel;
import dev.firstpass.registry.savedmodel.proto.SignatureDef;
import dev.firstpass.registry.savedmodel.proto.TensorShapeProto;
import dev.firstpass.registry.wire.MessageWalker;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/// One pass over the bytes of a SavedModel's main file. Attributes of nodes, where weights may be, are skipped.
///
/// What it keeps is bounded as [MessageWalker] says.
///
/// For one thread, for one file.
final class SavedModelScanner {
    private static final String SERVED_TAG = "serve";
    private static final String USUAL_SIGNATURE = "serving_default";
    /// What begins so are notes for loading and training, `__saved_model_init_op` for one; they are never served.
    private static final String INNER_SIGNATURES = "__saved_model_";

    private static final int MAP_KEY = 1;
    private static final int MAP_VALUE = 2;

    private final MessageWalker walk;
    private final List<MetaGraph> graphs = new ArrayList<>();

    SavedModelScanner(InputStream bytes) {
        this.walk = new MessageWalker(bytes);
    }

    SavedModelFile scan() throws IOException {
        walk.fields(field -> {
            if (field == SavedModel.META_GRAPHS_FIELD_NUMBER) {
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
        return served.getFirst().file();
    }

    /// One graph of the file. For one thread.
    private final class MetaGraph {
        private final SortedSet<String> tags = new TreeSet<>();
        private final SortedSet<String> operations = new TreeSet<>();
        private final SortedMap<String, SignatureDef> signatures = new TreeMap<>();

        /// TensorFlow looks for a graph with these tags and no other: one for TPUs has another beside it.
        private boolean isServed() {
            return tags.equals(Set.of(SERVED_TAG));
        }

        private void read(int field) throws IOException {
            switch (field) {
                case MetaGraphDef.META_INFO_DEF_FIELD_NUMBER -> walk.message(this::readInfo);
                case MetaGraphDef.GRAPH_DEF_FIELD_NUMBER -> walk.message(this::readGraph);
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
                case GraphDef.NODE_FIELD_NUMBER -> walk.message(this::readNode);
                case GraphDef.LIBRARY_FIELD_NUMBER -> walk.message(this::readLibrary);
                default -> walk.skip();
            }
        }

        private void readLibrary(int field) throws IOException {
            if (field == FunctionDefLibrary.FUNCTION_FIELD_NUMBER) {
                walk.message(this::readFunction);
            } else {
                walk.skip();
            }
        }

        private void readFunction(int field) throws IOException {
            if (field == FunctionDef.NODE_DEF_FIELD_NUMBER) {
                walk.message(this::readNode);
            } else {
                walk.skip();
            }
        }

        private void readNode(int field) throws IOException {
            if (field == NodeDef.OP_FIELD_NUMBER) {
                operations.add(walk.keepString());
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
                    case MAP_VALUE -> value[0] = walk.keepDeclaration(SignatureDef.parser());
                    default -> walk.skip();
                }
            });
            if (!key[0].startsWith(INNER_SIGNATURES)) {
                signatures.put(key[0], value[0]);
            }
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
                throw new ArtifactRejected("SavedModel: signature " + quoted(key) + " has no outputs");
            }
            return new SavedModelFile(
                    key,
                    endpoints("input", signature.getInputsMap()),
                    endpoints("output", signature.getOutputsMap()),
                    operations);
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
            throw new ArtifactRejected(role + " " + quoted(name) + ": sparse or composite (expected: a tensor)");
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
                .orElseThrow(() -> new ArtifactRejected(role + " " + quoted(name) + ": " + declared.getDtype()
                        + " (expected: float16, float32, float64, uint8, int8, int16, int32, int64 or bool)"));
    }

    /// A name from the file, short enough for a message.
    private static String quoted(String name) {
        return "\"" + (name.length() > 64 ? name.substring(0, 64) + "..." : name) + "\"";
    }
}
