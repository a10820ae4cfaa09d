package dev.firstpass.server.runtime.engine.tensorflow;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.TensorInfo;
import dev.firstpass.registry.savedmodel.SavedModelFile;
import dev.firstpass.registry.savedmodel.SavedModelFile.Endpoint;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.OutputMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.ndarray.buffer.ByteDataBuffer;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.ThreadPoolOptionProto;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat16;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TUint8;
import org.tensorflow.types.family.TType;

/// One SavedModel, its served signature. A TensorFlow tensor owns its memory, so that inputs and outputs are copied
/// once each, by way of a small array: its buffers take arrays at the speed of memory, and everything else one element
/// at a time.
///
/// For one thread at a time.
final class TensorFlowSession implements EngineSession {
    private static final int STAGING_BYTES = 256 << 10;

    private final SavedModelBundle bundle;
    private final SavedModelFile declared;
    private final ModelSignature signature;
    private final byte[] staging = new byte[STAGING_BYTES];

    /// Loads a model, and the library with the first one.
    ///
    /// @param threads that one run may use
    /// @throws EngineException if TensorFlow does not take it
    static TensorFlowSession open(Path directory, SavedModelFile declared, int threads) {
        try {
            return new TensorFlowSession(
                    SavedModelBundle.loader(directory.toString())
                            .withTags(SavedModelBundle.DEFAULT_TAG)
                            .withConfigProto(config(threads))
                            .load(),
                    declared);
        } catch (TensorFlowException e) {
            throw new EngineException("cannot open the model: " + e.getMessage(), e);
        }
    }

    /// Pools of the session's own: TensorFlow's are the process', sized by the first session that comes.
    private static ConfigProto config(int threads) {
        return ConfigProto.newBuilder()
                .setIntraOpParallelismThreads(threads)
                .addSessionInterOpThreadPool(ThreadPoolOptionProto.newBuilder().setNumThreads(1))
                .build();
    }

    /// Takes ownership of `bundle`.
    private TensorFlowSession(SavedModelBundle bundle, SavedModelFile declared) {
        this.bundle = bundle;
        this.declared = declared;
        this.signature = declared.signature();
    }

    @Override
    public ModelSignature signature() {
        return signature;
    }

    @Override
    public List<BatchTensor> run(List<BatchTensor> inputs, OutputMemory memory) {
        List<Tensor> fed = new ArrayList<>(inputs.size());
        try {
            Session.Runner runner = bundle.session().runner();
            for (Endpoint endpoint : declared.inputs()) {
                BatchTensor input = input(inputs, endpoint.info().name());
                check(input, endpoint.info());
                Tensor tensor = tensor(input);
                fed.add(tensor);
                runner.feed(endpoint.tensor(), tensor);
            }
            declared.outputs().forEach(output -> runner.fetch(output.tensor()));
            try (Result result = runner.run()) {
                return outputs(result, memory);
            }
        } catch (TensorFlowException | IllegalArgumentException | IllegalStateException e) {
            throw new EngineException("run failed: " + e.getMessage(), e);
        } finally {
            fed.forEach(Tensor::close);
        }
    }

    private static BatchTensor input(List<BatchTensor> inputs, String name) {
        return inputs.stream()
                .filter(input -> input.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new EngineException("input " + name + " is missing"));
    }

    /// TensorFlow itself takes any shape and lets the graph find out, or not.
    private static void check(BatchTensor input, TensorInfo declared) {
        Shape shape = declared.shape();
        boolean fits = input.type() == declared.type()
                && (shape.rank() == 0 || shape.rank() == input.shape().rank());
        for (int axis = 0; fits && axis < shape.rank(); axis++) {
            fits = shape.extent(axis) == Shape.DYNAMIC
                    || shape.extent(axis) == input.shape().extent(axis);
        }
        if (!fits) {
            throw new EngineException("input " + input.name() + ": " + input.type() + " " + input.shape()
                    + " (expected: " + declared.type() + " " + shape + ")");
        }
    }

    private Tensor tensor(BatchTensor input) {
        Tensor tensor = Tensor.of(
                javaType(input.type()),
                org.tensorflow.ndarray.Shape.of(input.shape().toArray()));
        ByteDataBuffer target = tensor.asRawTensor().data();
        MemorySegment source = input.data();
        for (long at = 0; at < source.byteSize(); at += STAGING_BYTES) {
            int length = (int) Math.min(STAGING_BYTES, source.byteSize() - at);
            MemorySegment.copy(source, ValueLayout.JAVA_BYTE, at, staging, 0, length);
            target.offset(at).write(staging, 0, length);
        }
        return tensor;
    }

    private List<BatchTensor> outputs(Result result, OutputMemory memory) {
        List<BatchTensor> outputs = new ArrayList<>(declared.outputs().size());
        for (int i = 0; i < declared.outputs().size(); i++) {
            Endpoint endpoint = declared.outputs().get(i);
            Tensor tensor = result.get(i);
            MemorySegment target = memory.allocate(tensor.numBytes());
            ByteDataBuffer source = tensor.asRawTensor().data();
            for (long at = 0; at < target.byteSize(); at += STAGING_BYTES) {
                int length = (int) Math.min(STAGING_BYTES, target.byteSize() - at);
                source.offset(at).read(staging, 0, length);
                MemorySegment.copy(staging, 0, target, ValueLayout.JAVA_BYTE, at, length);
            }
            outputs.add(new BatchTensor(
                    endpoint.info().name(),
                    endpoint.info().type(),
                    Shape.of(tensor.shape().asArray()),
                    target));
        }
        return outputs;
    }

    @Override
    public void close() {
        bundle.close();
    }

    private static Class<? extends TType> javaType(ElementType type) {
        return switch (type) {
            case FLOAT32 -> TFloat32.class;
            case FLOAT16 -> TFloat16.class;
            case FLOAT64 -> TFloat64.class;
            case UINT8 -> TUint8.class;
            case INT32 -> TInt32.class;
            case INT64 -> TInt64.class;
            case BOOL -> TBool.class;
            case INT8, INT16 ->
                throw new EngineException("input of type " + type
                        + " (expected: FLOAT32, FLOAT16, FLOAT64, UINT8, INT32, INT64 or BOOL)");
        };
    }
}
