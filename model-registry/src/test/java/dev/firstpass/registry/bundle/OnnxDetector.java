package dev.firstpass.registry.bundle;

import dev.firstpass.registry.onnx.proto.GraphProto;
import dev.firstpass.registry.onnx.proto.ModelProto;
import dev.firstpass.registry.onnx.proto.StringStringEntryProto;
import dev.firstpass.registry.onnx.proto.TensorProto;
import dev.firstpass.registry.onnx.proto.TensorShapeProto;
import dev.firstpass.registry.onnx.proto.TypeProto;
import dev.firstpass.registry.onnx.proto.ValueInfoProto;

/// An ONNX file that the fake family takes for a detector of crops and weeds. Pure functions.
final class OnnxDetector {
    private OnnxDetector() {}

    static byte[] bytes() {
        return model(graph()).build().toByteArray();
    }

    static ModelProto.Builder model(GraphProto.Builder graph) {
        return ModelProto.newBuilder()
                .setIrVersion(8)
                .setGraph(graph)
                .addMetadataProps(
                        StringStringEntryProto.newBuilder().setKey("names").setValue("crop,weed"));
    }

    static GraphProto.Builder graph() {
        return GraphProto.newBuilder()
                .setName("main")
                .addInput(value("images", -1, 3, 640, 480))
                .addOutput(value("boxes", -1, 100, 6));
    }

    private static ValueInfoProto value(String name, long... extents) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (long extent : extents) {
            TensorShapeProto.Dimension.Builder axis = TensorShapeProto.Dimension.newBuilder();
            shape.addDim(extent < 0 ? axis.setDimParam("N") : axis.setDimValue(extent));
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(TensorProto.DataType.FLOAT.getNumber())
                                .setShape(shape)))
                .build();
    }
}
