package dev.firstpass.server.frontend.openinference;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.PackedStrings;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.proto.inference.InferParameter;
import dev.firstpass.proto.inference.InferTensorContents;
import dev.firstpass.proto.inference.ModelInferRequest;
import dev.firstpass.proto.inference.ModelInferResponse;
import dev.firstpass.server.call.Caller;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.call.TimeLimit;
import dev.firstpass.server.config.Limits;
import dev.firstpass.server.failure.Words;
import dev.firstpass.server.frontend.RequestThreads;
import dev.firstpass.server.frontend.TensorElements;
import dev.firstpass.server.pipeline.TensorAnswer;
import dev.firstpass.server.pipeline.TensorInput;
import dev.firstpass.server.pipeline.TensorOutput;
import dev.firstpass.server.pipeline.TensorRequest;
import dev.firstpass.server.pipeline.TensorTarget;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The protocol's messages, read and made.
///
/// Pure functions.
final class GrpcMessages {
    private GrpcMessages() {}

    /// @param caller whose request it is
    /// @param deadline made of the time that the request may take, when that is known
    /// @return with tensors that lie in the message's own memory, where they came as bytes
    /// @throws FailureException ARGUMENT_INVALID, or NOT_SUPPORTED for extensions that are not served
    static TensorRequest request(
            ModelInferRequest message, Limits limits, Caller caller, Function<TimeLimit, Deadline> deadline) {
        Terms terms = terms(message);
        return new TensorRequest(
                new TensorTarget(caller.tenant(), message.getModelName(), message.getModelVersion()),
                id(message),
                inputs(message),
                outputs(message),
                terms.priority(),
                deadline.apply(terms.timeout(limits)),
                caller);
    }

    /// The same of a request for a model's pre-labels.
    static PrelabelModel.Asked prelabels(ModelInferRequest message, Limits limits, Caller caller) {
        Terms terms = terms(message);
        var _ = id(message);
        return PrelabelModel.Asked.of(
                new TensorTarget(caller.tenant(), message.getModelName(), message.getModelVersion()),
                inputs(message),
                outputs(message),
                terms.priority(),
                terms.timeout(limits));
    }

    /// What the request's parameters ask for.
    static Terms terms(ModelInferRequest message) {
        Terms terms = new Terms();
        message.getParametersMap().forEach((name, value) -> put(terms, name, value));
        return terms;
    }

    /// @throws FailureException ARGUMENT_INVALID if it is too long
    static Optional<String> id(ModelInferRequest message) {
        return message.getId().isEmpty() ? Optional.empty() : Optional.of(Wire.id(message.getId()));
    }

    private static List<String> outputs(ModelInferRequest message) {
        if (message.getOutputsCount() > Wire.MOST_TENSORS) {
            throw Wire.invalid("outputs", "outputs: too many (expected: <= " + Wire.MOST_TENSORS + ")");
        }
        List<String> outputs = new ArrayList<>(message.getOutputsCount());
        for (ModelInferRequest.InferRequestedOutputTensor output : message.getOutputsList()) {
            requireNotShared(output.getParametersMap());
            var _ = classes(output);
            outputs.add(output.getName());
        }
        return outputs;
    }

    private static void put(Terms terms, String name, InferParameter value) {
        switch (value.getParameterChoiceCase()) {
            case INT64_PARAM -> terms.put(name, value.getInt64Param());
            case UINT64_PARAM -> terms.put(name, value.getUint64Param() < 0 ? Long.MAX_VALUE : value.getUint64Param());
            case BOOL_PARAM -> terms.put(name, value.getBoolParam());
            case STRING_PARAM -> terms.put(name, value.getStringParam());
            case DOUBLE_PARAM, PARAMETERCHOICE_NOT_SET -> terms.putOther(name);
        }
    }

    /// Output -> how many of its greatest elements, of those that are wanted so.
    ///
    /// @throws FailureException ARGUMENT_INVALID
    static Map<String, Integer> classes(ModelInferRequest message) {
        Map<String, Integer> classes = new HashMap<>();
        for (ModelInferRequest.InferRequestedOutputTensor output : message.getOutputsList()) {
            classes(output).ifPresent(count -> classes.putIfAbsent(output.getName(), count));
        }
        return classes;
    }

    private static OptionalInt classes(ModelInferRequest.InferRequestedOutputTensor output) {
        @Nullable InferParameter wanted = output.getParametersMap().get("classification");
        if (wanted == null) {
            return OptionalInt.empty();
        }
        return switch (wanted.getParameterChoiceCase()) {
            case INT64_PARAM -> OptionalInt.of(Classification.count(wanted.getInt64Param()));
            case UINT64_PARAM -> OptionalInt.of(Classification.count(wanted.getUint64Param()));
            case BOOL_PARAM, STRING_PARAM, DOUBLE_PARAM, PARAMETERCHOICE_NOT_SET ->
                throw Wire.invalid("classification", "classification: no whole number");
        };
    }

    private static void requireNotShared(Map<String, InferParameter> parameters) {
        if (parameters.containsKey("shared_memory_region")) {
            throw Wire.notSupported("shared memory is not served");
        }
    }

    private static List<TensorInput> inputs(ModelInferRequest message) {
        int count = message.getInputsCount();
        if (count > Wire.MOST_TENSORS) {
            throw Wire.invalid("inputs", "inputs: too many (expected: <= " + Wire.MOST_TENSORS + ")");
        }
        boolean isRaw = message.getRawInputContentsCount() > 0;
        if (isRaw && message.getRawInputContentsCount() != count) {
            throw Wire.invalid(
                    "raw_input_contents",
                    "raw_input_contents: " + message.getRawInputContentsCount() + " (expected: " + count
                            + ", one for each input)");
        }
        List<TensorInput> inputs = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            ModelInferRequest.InferInputTensor input = message.getInputs(i);
            requireNotShared(input.getParametersMap());
            ElementType type = DataTypes.of(input.getDatatype(), input.getName());
            Shape shape = TensorElements.shape(input.getShapeList(), input.getName());
            if (isRaw && input.hasContents()) {
                throw Wire.invalid(
                        input.getName(),
                        "input " + Words.quoted(input.getName()) + ": both contents and raw_input_contents");
            }
            MemorySegment data = isRaw
                    ? MemorySegment.ofBuffer(message.getRawInputContents(i).asReadOnlyByteBuffer())
                    : contents(input.getContents(), type, shape, input.getName());
            inputs.add(new TensorInput(input.getName(), type, shape, data));
        }
        return inputs;
    }

    /// Elements one by one, packed.
    private static MemorySegment contents(InferTensorContents contents, ElementType type, Shape shape, String name) {
        if (type == ElementType.STRING) {
            List<byte[]> strings = contents.getBytesContentsList().stream()
                    .map(ByteString::toByteArray)
                    .toList();
            requireAll(name, strings.size(), shape);
            MemorySegment packed = MemorySegment.ofArray(new byte[Math.toIntExact(PackedStrings.size(strings))]);
            PackedStrings.write(strings, packed);
            return packed;
        }
        int count = count(contents, type, name);
        requireAll(name, count, shape);
        ByteBuffer packed = ByteBuffer.allocate(Math.toIntExact((long) count * type.bytes()))
                .order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            put(packed, contents, type, i, name);
        }
        return MemorySegment.ofBuffer(packed.flip());
    }

    private static int count(InferTensorContents contents, ElementType type, String name) {
        return switch (type) {
            case BOOL -> contents.getBoolContentsCount();
            case INT8, INT16, INT32 -> contents.getIntContentsCount();
            case INT64 -> contents.getInt64ContentsCount();
            case UINT8, UINT16, UINT32 -> contents.getUintContentsCount();
            case UINT64 -> contents.getUint64ContentsCount();
            case FLOAT32 -> contents.getFp32ContentsCount();
            case FLOAT64 -> contents.getFp64ContentsCount();
            case FLOAT16, BFLOAT16, STRING ->
                throw Wire.invalid(
                        name,
                        "input " + Words.quoted(name) + ": " + DataTypes.name(type)
                                + " has no typed contents (expected: raw_input_contents)");
        };
    }

    private static void put(ByteBuffer packed, InferTensorContents contents, ElementType type, int i, String name) {
        switch (type) {
            case BOOL -> packed.put((byte) (contents.getBoolContents(i) ? 1 : 0));
            case INT8 -> packed.put((byte) ranged(contents.getIntContents(i), Byte.MIN_VALUE, Byte.MAX_VALUE, name));
            case INT16 ->
                packed.putShort((short) ranged(contents.getIntContents(i), Short.MIN_VALUE, Short.MAX_VALUE, name));
            case INT32 -> packed.putInt(contents.getIntContents(i));
            case INT64 -> packed.putLong(contents.getInt64Contents(i));
            case UINT8 -> packed.put((byte) ranged(unsigned(contents, i), 0, 0xff, name));
            case UINT16 -> packed.putShort((short) ranged(unsigned(contents, i), 0, 0xffff, name));
            case UINT32 -> packed.putInt(contents.getUintContents(i));
            case UINT64 -> packed.putLong(contents.getUint64Contents(i));
            case FLOAT32 -> packed.putFloat(contents.getFp32Contents(i));
            case FLOAT64 -> packed.putDouble(contents.getFp64Contents(i));
            case FLOAT16, BFLOAT16, STRING -> throw new IllegalArgumentException(type + " (expected: a number)");
        }
    }

    private static long unsigned(InferTensorContents contents, int i) {
        return Integer.toUnsignedLong(contents.getUintContents(i));
    }

    private static long ranged(long value, long least, long most, String name) {
        if (value < least || value > most) {
            throw Wire.invalid(
                    name,
                    "input " + Words.quoted(name) + ": an element is out of range (expected: " + least + ".." + most
                            + ")");
        }
        return value;
    }

    private static void requireAll(String name, long count, Shape shape) {
        boolean isAll;
        try {
            isAll = shape.elements() == count;
        } catch (ArithmeticException _) {
            isAll = false;
        }
        if (!isAll) {
            throw Wire.invalid(
                    name,
                    "input " + Words.quoted(name) + ": contents have " + count
                            + " elements (expected: those of its shape " + shape + ")");
        }
    }

    /// The outputs of an answer as they are wanted; where there is much to look through, a thread does it and not the event loop.
    ///
    /// @param classes output -> how many of its greatest elements, of those that are wanted so
    /// @param loop of the call, which asks
    /// @return on the answer's own memory, which nobody gives back before this has ended; ends on the event loop, at once where there is
    ///     little
    static CompletableFuture<List<TensorOutput>> wanted(
            Map<String, Integer> classes, TensorAnswer answer, RequestThreads threads, Executor loop) {
        Supplier<List<TensorOutput>> outputs = () -> Classification.of(
                answer.outputs(), classes, answer.version().manifest().spec().classes());
        Executor thread = work -> {
            var _ = threads.run(work);
        };
        try {
            return Classification.isLong(answer.outputs(), classes)
                    ? CompletableFuture.supplyAsync(outputs, thread).whenCompleteAsync((_, _) -> {}, loop)
                    : CompletableFuture.completedFuture(outputs.get());
        } catch (RuntimeException | Error e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /// @param outputs of the answer, as they are wanted
    /// @return on their own memory, which has to last until it is written
    static ModelInferResponse.Builder response(TensorRequest request, TensorAnswer answer, List<TensorOutput> outputs) {
        return response(request.target().name(), request.id(), answer.version().number(), outputs);
    }

    /// @return on the outputs' own memory, which has to last until it is written
    static ModelInferResponse.Builder response(
            String name, Optional<String> id, long version, List<TensorOutput> outputs) {
        ModelInferResponse.Builder message =
                ModelInferResponse.newBuilder().setModelName(name).setModelVersion(Long.toString(version));
        id.ifPresent(message::setId);
        for (TensorOutput output : outputs) {
            message.addOutputs(ModelInferResponse.InferOutputTensor.newBuilder()
                    .setName(output.name())
                    .setDatatype(DataTypes.name(output.type()))
                    .addAllShape(output.shape().extents()));
            ByteString bytes = ByteString.EMPTY;
            for (MemorySegment part : output.parts()) {
                bytes = bytes.concat(UnsafeByteOperations.unsafeWrap(part.asByteBuffer()));
            }
            message.addRawOutputContents(bytes);
        }
        return message;
    }
}
