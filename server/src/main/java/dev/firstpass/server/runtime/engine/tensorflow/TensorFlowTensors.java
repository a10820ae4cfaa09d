package dev.firstpass.server.runtime.engine.tensorflow;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.PackedStrings;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.TensorInfo;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.OutputMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.NdArray;
import org.tensorflow.ndarray.buffer.ByteDataBuffer;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TBfloat16;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat16;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;
import org.tensorflow.types.TUint16;
import org.tensorflow.types.TUint8;
import org.tensorflow.types.family.TType;

/// Between our tensors and TensorFlow's. One of its own owns its memory, so that inputs and outputs are copied once each,
/// by way of a small array: its buffers take arrays at the speed of memory, and everything else one element at a time.
///
/// For one thread at a time.
final class TensorFlowTensors {
    private static final int STAGING_BYTES = 256 << 10;

    private final byte[] staging = new byte[STAGING_BYTES];

    /// A copy of `input`. The caller closes it.
    ///
    /// @throws EngineException if TensorFlow's Java has no tensors of this type
    Tensor copy(BatchTensor input) {
        var shape = org.tensorflow.ndarray.Shape.of(input.shape().toArray());
        if (input.type() == ElementType.STRING) {
            byte[][] strings =
                    PackedStrings.read(input.data(), input.shape().elements()).toArray(byte[][]::new);
            return TString.tensorOfBytes(shape, DataBuffers.of(strings, true, false));
        }
        Tensor tensor = Tensor.of(javaType(input.type()), shape);
        ByteDataBuffer target = tensor.asRawTensor().data();
        MemorySegment source = input.data();
        for (long at = 0; at < source.byteSize(); at += STAGING_BYTES) {
            int length = (int) Math.min(STAGING_BYTES, source.byteSize() - at);
            MemorySegment.copy(source, ValueLayout.JAVA_BYTE, at, staging, 0, length);
            target.offset(at).write(staging, 0, length);
        }
        return tensor;
    }

    /// Copies an output to where it shall lie.
    BatchTensor copy(Tensor tensor, TensorInfo info, OutputMemory memory) {
        Shape shape = Shape.of(tensor.shape().asArray());
        MemorySegment target = tensor instanceof TString strings ? packed(strings, memory) : raw(tensor, memory);
        return new BatchTensor(info.name(), info.type(), shape, target);
    }

    private static MemorySegment packed(TString tensor, OutputMemory memory) {
        List<byte[]> strings = new ArrayList<>();
        NdArray<byte[]> bytes = tensor.asBytes();
        bytes.scalars().forEach(scalar -> strings.add(scalar.getObject()));
        MemorySegment target = memory.allocate(PackedStrings.size(strings));
        PackedStrings.write(strings, target);
        return target;
    }

    private MemorySegment raw(Tensor tensor, OutputMemory memory) {
        MemorySegment target = memory.allocate(tensor.numBytes());
        ByteDataBuffer source = tensor.asRawTensor().data();
        for (long at = 0; at < target.byteSize(); at += STAGING_BYTES) {
            int length = (int) Math.min(STAGING_BYTES, target.byteSize() - at);
            source.offset(at).read(staging, 0, length);
            MemorySegment.copy(staging, 0, target, ValueLayout.JAVA_BYTE, at, length);
        }
        return target;
    }

    private static Class<? extends TType> javaType(ElementType type) {
        return switch (type) {
            case FLOAT32 -> TFloat32.class;
            case FLOAT16 -> TFloat16.class;
            case BFLOAT16 -> TBfloat16.class;
            case FLOAT64 -> TFloat64.class;
            case UINT8 -> TUint8.class;
            case UINT16 -> TUint16.class;
            case INT32 -> TInt32.class;
            case INT64 -> TInt64.class;
            case BOOL -> TBool.class;
            case STRING -> TString.class;
            case INT8, INT16, UINT32, UINT64 ->
                throw new EngineException(
                        "input of type " + type
                                + " (expected: FLOAT32, FLOAT16, BFLOAT16, FLOAT64, UINT8, UINT16, INT32, INT64, BOOL or STRING)");
        };
    }
}
