package dev.firstpass.server.runtime.engine.onnx;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtUtil;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.PackedStrings;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.TensorInfo;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.OutputMemory;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/// Between our tensors and those of ONNX Runtime's Java, which leaves two things out. Unsigned numbers of more than
/// 8 bits come out of it, but cannot be put in. And strings pass in the JVM's own encoding, which is UTF-8 except for
/// U+0000 and what lies beyond U+FFFF: such text is refused as input, and comes out garbled.
///
/// Pure functions.
final class OnnxTensors {
    private OnnxTensors() {}

    /// What a model declares of its inputs.
    ///
    /// @throws EngineException if one is of a kind or type that cannot be fed
    static List<TensorInfo> inputs(Collection<NodeInfo> nodes) {
        List<TensorInfo> inputs = outputs(nodes);
        for (TensorInfo input : inputs) {
            if (javaType(input.type()).isEmpty() && input.type() != ElementType.STRING) {
                throw new EngineException("input " + input.name() + ": " + input.type()
                        + " (expected: a type that ONNX Runtime's Java has tensors for)");
            }
        }
        return inputs;
    }

    /// What a model declares of its outputs.
    ///
    /// @throws EngineException if one is of a kind or type that cannot be read
    static List<TensorInfo> outputs(Collection<NodeInfo> nodes) {
        List<TensorInfo> infos = new ArrayList<>();
        for (NodeInfo node : nodes) {
            if (!(node.getInfo() instanceof ai.onnxruntime.TensorInfo tensor)) {
                throw new EngineException(node.getName() + " is no tensor; sequences and maps are not supported");
            }
            infos.add(new TensorInfo(node.getName(), elementType(node.getName(), tensor), Shape.of(tensor.getShape())));
        }
        return infos;
    }

    /// Whether ONNX Runtime can write an output of this type where it is told.
    static boolean canBePlaced(ElementType type) {
        return javaType(type).isPresent();
    }

    /// A tensor on the memory of `tensor`, or for strings a copy. The caller closes it.
    static OnnxTensor wrap(OrtEnvironment environment, BatchTensor tensor) throws OrtException {
        long[] shape = tensor.shape().toArray();
        if (tensor.type() == ElementType.STRING) {
            return OnnxTensor.createTensor(environment, strings(tensor), shape);
        }
        return OnnxTensor.createTensor(
                environment,
                tensor.data().asByteBuffer().order(ByteOrder.nativeOrder()),
                shape,
                javaType(tensor.type())
                        .orElseThrow(() -> new EngineException(tensor.name() + ": " + tensor.type()
                                + " (expected: a type that ONNX Runtime's Java has tensors for)")));
    }

    private static String[] strings(BatchTensor tensor) {
        try {
            List<String> strings =
                    PackedStrings.text(tensor.data(), tensor.shape().elements());
            if (strings.stream().flatMapToInt(String::codePoints).anyMatch(c -> c == 0 || c > Character.MAX_VALUE)) {
                throw new EngineException("input " + tensor.name()
                        + ": a character that cannot be passed on (expected: U+0001 to U+FFFF)");
            }
            return strings.toArray(String[]::new);
        } catch (IllegalArgumentException e) {
            throw new EngineException("input " + tensor.name() + ": " + e.getMessage(), e);
        }
    }

    /// Copies an output to where it shall lie.
    static BatchTensor copy(OnnxTensor tensor, TensorInfo info, OutputMemory memory) throws OrtException {
        Shape shape = Shape.of(tensor.getInfo().getShape());
        MemorySegment target;
        if (info.type() == ElementType.STRING) {
            List<byte[]> strings = utf8(tensor.getValue());
            target = memory.allocate(PackedStrings.size(strings));
            PackedStrings.write(strings, target);
        } else {
            target = memory.allocate(info.type().bytes(shape));
            target.copyFrom(MemorySegment.ofBuffer(tensor.getByteBuffer()));
        }
        return new BatchTensor(info.name(), info.type(), shape, target);
    }

    /// @param value a string, or arrays of strings to any depth
    private static List<byte[]> utf8(Object value) {
        String[] strings = value instanceof String one ? new String[] {one} : OrtUtil.flattenString(value);
        return Arrays.stream(strings)
                .map(string -> string.getBytes(StandardCharsets.UTF_8))
                .toList();
    }

    /// Not by its Java type, which takes unsigned numbers for signed ones.
    private static ElementType elementType(String name, ai.onnxruntime.TensorInfo info) {
        return switch (info.onnxType) {
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT -> ElementType.FLOAT32;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16 -> ElementType.FLOAT16;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_BFLOAT16 -> ElementType.BFLOAT16;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE -> ElementType.FLOAT64;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8 -> ElementType.UINT8;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT16 -> ElementType.UINT16;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT32 -> ElementType.UINT32;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT64 -> ElementType.UINT64;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8 -> ElementType.INT8;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT16 -> ElementType.INT16;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32 -> ElementType.INT32;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64 -> ElementType.INT64;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL -> ElementType.BOOL;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_STRING -> ElementType.STRING;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED,
                    ONNX_TENSOR_ELEMENT_DATA_TYPE_COMPLEX64,
                    ONNX_TENSOR_ELEMENT_DATA_TYPE_COMPLEX128,
                    ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT8E4M3FN,
                    ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT8E4M3FNUZ,
                    ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT8E5M2,
                    ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT8E5M2FNUZ ->
                throw new EngineException(name + ": element type " + info.onnxType + " is not supported");
        };
    }

    /// The type of a tensor on memory of ours; empty if there is none.
    private static Optional<OnnxJavaType> javaType(ElementType type) {
        return switch (type) {
            case FLOAT32 -> Optional.of(OnnxJavaType.FLOAT);
            case FLOAT16 -> Optional.of(OnnxJavaType.FLOAT16);
            case BFLOAT16 -> Optional.of(OnnxJavaType.BFLOAT16);
            case FLOAT64 -> Optional.of(OnnxJavaType.DOUBLE);
            case UINT8 -> Optional.of(OnnxJavaType.UINT8);
            case INT8 -> Optional.of(OnnxJavaType.INT8);
            case INT16 -> Optional.of(OnnxJavaType.INT16);
            case INT32 -> Optional.of(OnnxJavaType.INT32);
            case INT64 -> Optional.of(OnnxJavaType.INT64);
            case BOOL -> Optional.of(OnnxJavaType.BOOL);
            case UINT16, UINT32, UINT64, STRING -> Optional.empty();
        };
    }
}
