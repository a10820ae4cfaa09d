package dev.firstpass.server.frontend.openinference;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.TensorInfo;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.server.frontend.Backend;
import dev.firstpass.server.pipeline.TensorModel;
import java.util.List;
import java.util.Optional;

/// What the protocol says of the server and of models, as JSON.
///
/// Pure functions.
final class Descriptions {
    static final String SERVER = "firstpass";

    /// What of the protocol's extensions is served.
    static final List<String> EXTENSIONS = List.of(
            "binary_tensor_data",
            "classification",
            "model_configuration",
            "model_repository",
            "model_repository(unload_dependents)",
            "parameters",
            "schedule_policy",
            "statistics");

    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private Descriptions() {}

    static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    static byte[] bytes(JsonNode node) {
        try {
            return MAPPER.writeValueAsBytes(node);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree is always writable", e);
        }
    }

    static String serverVersion() {
        return Optional.ofNullable(Descriptions.class.getPackage().getImplementationVersion())
                .orElse("development");
    }

    static ObjectNode server() {
        ObjectNode body = object();
        body.put("name", SERVER);
        body.put("version", serverVersion());
        ArrayNode extensions = body.putArray("extensions");
        EXTENSIONS.forEach(extensions::add);
        return body;
    }

    /// @param name as the caller has it
    /// @param versions that may be asked for
    static ObjectNode metadata(String name, List<String> versions, TensorModel model) {
        ObjectNode body = object();
        body.put("name", name);
        ArrayNode listed = body.putArray("versions");
        versions.forEach(listed::add);
        body.put("platform", platform(model));
        model.signature().inputs().forEach(input -> tensor(body.withArray("inputs"), input));
        model.signature().outputs().forEach(output -> tensor(body.withArray("outputs"), output));
        return body;
    }

    private static void tensor(ArrayNode tensors, TensorInfo info) {
        ObjectNode tensor = tensors.addObject();
        tensor.put("name", info.name());
        tensor.put("datatype", DataTypes.name(info.type()));
        ArrayNode shape = tensor.putArray("shape");
        info.shape().extents().forEach(shape::add);
    }

    /// With the names and in the form that load generators read.
    static ObjectNode config(String name, TensorModel model) {
        ObjectNode body = object();
        body.put("name", name);
        body.put("platform", platform(model));
        body.put("backend", backend(model));
        body.put("max_batch_size", model.mostRows());
        model.signature().inputs().forEach(input -> configured(body.withArray("input"), model, input));
        model.signature().outputs().forEach(output -> configured(body.withArray("output"), model, output));
        if (model.mostRows() > 0) {
            body.putObject("dynamic_batching");
        }
        return body;
    }

    private static void configured(ArrayNode tensors, TensorModel model, TensorInfo info) {
        ObjectNode tensor = tensors.addObject();
        tensor.put("name", info.name());
        tensor.put("data_type", configName(info.type()));
        ArrayNode dims = tensor.putArray("dims");
        dims(model, info).forEach(dims::add);
        if (PrelabelModel.isOptional(model, info)) {
            tensor.put("optional", true);
        }
    }

    static String configName(ElementType type) {
        return type == ElementType.STRING ? "TYPE_STRING" : "TYPE_" + DataTypes.name(type);
    }

    /// A tensor's axes but the batch's.
    static List<Long> dims(TensorModel model, TensorInfo info) {
        Shape shape = info.shape();
        return model.mostRows() > 0 && shape.rank() > 0 ? shape.extents().subList(1, shape.rank()) : shape.extents();
    }

    static String platform(TensorModel model) {
        if (model.stage().equals(PrelabelModel.STAGE)) {
            return "firstpass_prelabels";
        }
        return switch (model.version().stageFile(model.stage()).engine()) {
            case ONNX -> "onnxruntime_onnx";
            case TENSORFLOW -> "tensorflow_savedmodel";
        };
    }

    static String backend(TensorModel model) {
        if (model.stage().equals(PrelabelModel.STAGE)) {
            return SERVER;
        }
        return switch (model.version().stageFile(model.stage()).engine()) {
            case ONNX -> "onnxruntime";
            case TENSORFLOW -> "tensorflow";
        };
    }

    /// The versions that may be asked for, oldest first; the one described alone where the caller has named one.
    static List<String> versions(Backend backend, TensorModel model, boolean isNamed) {
        if (isNamed) {
            return List.of(Long.toString(model.version().number()));
        }
        return backend.registry().entry(model.version().name()).versions().stream()
                .filter(version -> version.state() == ModelVersion.State.AVAILABLE)
                .map(version -> Long.toString(version.number()))
                .toList();
    }
}
