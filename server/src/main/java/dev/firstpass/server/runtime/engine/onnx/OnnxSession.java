package dev.firstpass.server.runtime.engine.onnx;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.OutputMemory;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// One ONNX model. Inputs are used where they lie. Outputs are written where they shall lie as soon as their shapes
/// are known, which is after the first run with the same input shapes; that first run copies them once. A model whose
/// output shapes depend on its data is found by the run that fails on it, and copies from then on.
///
/// For one thread at a time.
final class OnnxSession implements EngineSession {
    /// Input shapes seen, at most; beyond it, outputs are copied. Bounds what a stream of odd sizes can make us keep.
    private static final int MOST_SHAPES = 512;

    private final OrtEnvironment environment;
    private final OrtSession session;
    private final ModelSignature signature;
    /// Input shapes -> output shapes, in the signature's order.
    private final Map<List<Shape>, List<Shape>> learned = new HashMap<>();
    private boolean outputShapesAreFixed = true;

    private OnnxSession(OrtEnvironment environment, OrtSession session, ModelSignature signature) {
        this.environment = environment;
        this.session = session;
        this.signature = signature;
    }

    /// Takes ownership of `session`, also when it throws.
    static OnnxSession of(OrtEnvironment environment, OrtSession session) throws OrtException {
        try {
            ModelSignature signature = new ModelSignature(
                    infos(session.getInputInfo().values()),
                    infos(session.getOutputInfo().values()),
                    session.getMetadata().getCustomMetadata());
            return new OnnxSession(environment, session, signature);
        } catch (OrtException | RuntimeException e) {
            session.close();
            throw e;
        }
    }

    @Override
    public ModelSignature signature() {
        return signature;
    }

    @Override
    public List<BatchTensor> run(List<BatchTensor> inputs, OutputMemory memory) {
        Map<String, OnnxTensor> wrapped = new LinkedHashMap<>();
        try {
            for (BatchTensor input : inputs) {
                wrapped.put(input.name(), wrap(input));
            }
            List<Shape> inputShapes = inputs.stream().map(BatchTensor::shape).toList();
            List<Shape> outputShapes = learned.getOrDefault(inputShapes, List.of());
            return outputShapes.isEmpty() || !outputShapesAreFixed
                    ? runAndCopy(wrapped, inputShapes, memory)
                    : runInPlace(wrapped, inputShapes, outputShapes, memory);
        } catch (OrtException e) {
            throw new EngineException("run failed: " + e.getMessage(), e);
        } finally {
            wrapped.values().forEach(OnnxTensor::close);
        }
    }

    private List<BatchTensor> runInPlace(
            Map<String, OnnxTensor> inputs, List<Shape> inputShapes, List<Shape> outputShapes, OutputMemory memory)
            throws OrtException {
        List<BatchTensor> outputs = new ArrayList<>(outputShapes.size());
        Map<String, OnnxTensor> pinned = new LinkedHashMap<>();
        try {
            for (int i = 0; i < outputShapes.size(); i++) {
                var info = signature.outputs().get(i);
                Shape shape = outputShapes.get(i);
                BatchTensor output = new BatchTensor(
                        info.name(),
                        info.type(),
                        shape,
                        memory.allocate(shape.elements() * info.type().bytes()));
                outputs.add(output);
                pinned.put(info.name(), wrap(output));
            }
            session.run(inputs, pinned).close();
            return outputs;
        } catch (OrtException e) {
            // Perhaps the shapes differ this time. A fault of another kind shows again in the plain run.
            outputShapesAreFixed = false;
            return runAndCopy(inputs, inputShapes, memory);
        } finally {
            pinned.values().forEach(OnnxTensor::close);
        }
    }

    private List<BatchTensor> runAndCopy(Map<String, OnnxTensor> inputs, List<Shape> inputShapes, OutputMemory memory)
            throws OrtException {
        List<BatchTensor> outputs = new ArrayList<>();
        try (OrtSession.Result result = session.run(inputs)) {
            for (int i = 0; i < signature.outputs().size(); i++) {
                var info = signature.outputs().get(i);
                if (!(result.get(i) instanceof OnnxTensor tensor)) {
                    throw new EngineException("output " + info.name() + " is no tensor");
                }
                Shape shape = Shape.of(tensor.getInfo().getShape());
                MemorySegment target =
                        memory.allocate(shape.elements() * info.type().bytes());
                target.copyFrom(MemorySegment.ofBuffer(tensor.getByteBuffer()));
                outputs.add(new BatchTensor(info.name(), info.type(), shape, target));
            }
        }
        if (learned.size() < MOST_SHAPES) {
            learned.put(inputShapes, outputs.stream().map(BatchTensor::shape).toList());
        }
        return outputs;
    }

    private OnnxTensor wrap(BatchTensor tensor) throws OrtException {
        return OnnxTensor.createTensor(
                environment,
                tensor.data().asByteBuffer().order(ByteOrder.nativeOrder()),
                tensor.shape().toArray(),
                javaType(tensor.type()));
    }

    @Override
    public void close() {
        try {
            session.close();
        } catch (OrtException e) {
            throw new EngineException("close failed: " + e.getMessage(), e);
        }
    }

    private static List<dev.firstpass.postprocess.tensor.TensorInfo> infos(Collection<NodeInfo> nodes) {
        List<dev.firstpass.postprocess.tensor.TensorInfo> infos = new ArrayList<>();
        for (NodeInfo node : nodes) {
            if (!(node.getInfo() instanceof TensorInfo tensor)) {
                throw new EngineException(node.getName() + " is no tensor; sequences and maps are not supported");
            }
            infos.add(new dev.firstpass.postprocess.tensor.TensorInfo(
                    node.getName(), elementType(tensor.type), Shape.of(tensor.getShape())));
        }
        return infos;
    }

    private static ElementType elementType(OnnxJavaType type) {
        return switch (type) {
            case FLOAT -> ElementType.FLOAT32;
            case FLOAT16 -> ElementType.FLOAT16;
            case DOUBLE -> ElementType.FLOAT64;
            case UINT8 -> ElementType.UINT8;
            case INT8 -> ElementType.INT8;
            case INT16 -> ElementType.INT16;
            case INT32 -> ElementType.INT32;
            case INT64 -> ElementType.INT64;
            case BOOL -> ElementType.BOOL;
            case BFLOAT16, STRING, UNKNOWN -> throw new EngineException("element type " + type + " is not supported");
        };
    }

    private static OnnxJavaType javaType(ElementType type) {
        return switch (type) {
            case FLOAT32 -> OnnxJavaType.FLOAT;
            case FLOAT16 -> OnnxJavaType.FLOAT16;
            case FLOAT64 -> OnnxJavaType.DOUBLE;
            case UINT8 -> OnnxJavaType.UINT8;
            case INT8 -> OnnxJavaType.INT8;
            case INT16 -> OnnxJavaType.INT16;
            case INT32 -> OnnxJavaType.INT32;
            case INT64 -> OnnxJavaType.INT64;
            case BOOL -> OnnxJavaType.BOOL;
        };
    }
}
