package dev.firstpass.server.runtime.engine.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.SizeInput;
import dev.firstpass.postprocess.tensor.TensorInfo;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.OutputMemory;
import dev.firstpass.server.runtime.engine.SharedModels;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// An ONNX model, whose weights are shared with all sessions of the same file. Inputs are used where they lie; one that tells
/// the size of the image ([ModelSignature#sizeInput()]) is filled in where it is missing. Outputs are
/// written where they shall lie as soon as their shapes are known, which is after the first run with the same input shapes;
/// that first run copies them once. Where the file says that shapes of outputs do not follow from those of the inputs
/// ([OutputAxes]), or an output holds strings, whose size nobody knows before, outputs are always copied. A model whose output
/// shapes depend on its data all the same is found by the run that fails on it, and copies from then on.
///
/// For one thread at a time, apart from `endWarmUp` and `interrupt`.
final class OnnxSession implements EngineSession {
    /// Input shapes seen, at most; beyond it, outputs are copied. Bounds what a stream of odd sizes can make us keep.
    private static final int MOST_SHAPES = 512;

    private final OrtEnvironment environment;
    private final SharedModels<LoadedModel>.Shared shared;
    private final OrtSession session;
    private final ModelSignature signature;
    private final Optional<TensorInfo> size;
    /// Input shapes -> output shapes, in the signature's order.
    private final Map<List<Shape>, List<Shape>> learned = new HashMap<>();
    private boolean outputsGoInPlace;
    private final Interruption interruption = new Interruption();

    /// @param shared closed with this session
    OnnxSession(OrtEnvironment environment, SharedModels<LoadedModel>.Shared shared) {
        this.environment = environment;
        this.shared = shared;
        this.session = shared.model().session();
        this.signature = shared.model().signature();
        this.size = signature.sizeInput();
        this.outputsGoInPlace = shared.model().outputsFollowInputs()
                && signature.outputs().stream().allMatch(output -> OnnxTensors.canBePlaced(output.type()));
    }

    @Override
    public ModelSignature signature() {
        return signature;
    }

    @Override
    public List<BatchTensor> run(List<BatchTensor> inputs, OutputMemory memory) {
        Map<String, OnnxTensor> wrapped = new LinkedHashMap<>();
        try {
            OrtSession.RunOptions options = interruption.begin();
            for (BatchTensor input : inputs) {
                wrapped.put(input.name(), OnnxTensors.wrap(environment, input));
            }
            if (size.isPresent() && !wrapped.containsKey(size.get().name()) && inputs.size() == 1) {
                wrapped.put(
                        size.get().name(),
                        OnnxTensor.createTensor(
                                environment,
                                SizeInput.values(size.get(), inputs.getFirst().shape())));
            }
            List<Shape> inputShapes = inputs.stream().map(BatchTensor::shape).toList();
            List<Shape> outputShapes = learned.getOrDefault(inputShapes, List.of());
            return outputShapes.isEmpty() || !outputsGoInPlace
                    ? runAndCopy(wrapped, inputShapes, memory, options)
                    : runInPlace(wrapped, inputShapes, outputShapes, memory, options);
        } catch (OrtException e) {
            throw new EngineException("run failed: " + e.getMessage(), e);
        } finally {
            interruption.end();
            wrapped.values().forEach(OnnxTensor::close);
        }
    }

    @Override
    public void endWarmUp() {
        shared.model().endWarmUp();
    }

    @Override
    public boolean interrupt() {
        return interruption.ask();
    }

    private List<BatchTensor> runInPlace(
            Map<String, OnnxTensor> inputs,
            List<Shape> inputShapes,
            List<Shape> outputShapes,
            OutputMemory memory,
            OrtSession.RunOptions options)
            throws OrtException {
        List<BatchTensor> outputs = new ArrayList<>(outputShapes.size());
        Map<String, OnnxTensor> pinned = new LinkedHashMap<>();
        try {
            for (int i = 0; i < outputShapes.size(); i++) {
                TensorInfo info = signature.outputs().get(i);
                Shape shape = outputShapes.get(i);
                BatchTensor output = new BatchTensor(
                        info.name(),
                        info.type(),
                        shape,
                        memory.allocate(info.type().bytes(shape)));
                outputs.add(output);
                pinned.put(info.name(), OnnxTensors.wrap(environment, output));
            }
            session.run(inputs, Set.of(), pinned, options).close();
            return outputs;
        } catch (OrtException e) {
            if (interruption.isAsked()) {
                throw e;
            }
            // Perhaps the shapes differ this time. A fault of another kind shows again in the plain run.
            outputsGoInPlace = false;
            return runAndCopy(inputs, inputShapes, memory, options);
        } finally {
            pinned.values().forEach(OnnxTensor::close);
        }
    }

    private List<BatchTensor> runAndCopy(
            Map<String, OnnxTensor> inputs, List<Shape> inputShapes, OutputMemory memory, OrtSession.RunOptions options)
            throws OrtException {
        List<BatchTensor> outputs = new ArrayList<>();
        try (OrtSession.Result result = session.run(inputs, options)) {
            for (int i = 0; i < signature.outputs().size(); i++) {
                TensorInfo info = signature.outputs().get(i);
                if (!(result.get(i) instanceof OnnxTensor tensor)) {
                    throw new EngineException("output " + info.name() + " is no tensor");
                }
                outputs.add(OnnxTensors.copy(tensor, info, memory));
            }
        }
        if (outputsGoInPlace && learned.size() < MOST_SHAPES) {
            learned.put(inputShapes, outputs.stream().map(BatchTensor::shape).toList());
        }
        return outputs;
    }

    @Override
    public void close() {
        shared.close();
    }
}
