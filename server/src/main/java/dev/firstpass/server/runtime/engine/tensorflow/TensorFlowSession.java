package dev.firstpass.server.runtime.engine.tensorflow;

import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.TensorInfo;
import dev.firstpass.registry.savedmodel.SavedModelFile;
import dev.firstpass.registry.savedmodel.SavedModelFile.Endpoint;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.OutputMemory;
import dev.firstpass.server.runtime.engine.SharedModels;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.exceptions.TensorFlowException;

/// A SavedModel, its served signature. Weights are shared with all sessions of the same files.
///
/// For one thread at a time.
final class TensorFlowSession implements EngineSession {
    private final SharedModels<TensorFlowModel>.Shared shared;
    private final SavedModelFile declared;
    private final ModelSignature signature;
    private final TensorFlowTensors tensors = new TensorFlowTensors();

    /// @param shared closed with this session
    TensorFlowSession(SharedModels<TensorFlowModel>.Shared shared, SavedModelFile declared) {
        this.shared = shared;
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
            Session.Runner runner = shared.model().runner();
            for (Endpoint endpoint : declared.inputs()) {
                BatchTensor input = input(inputs, endpoint.info().name());
                check(input, endpoint.info());
                Tensor tensor = tensors.copy(input);
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

    private List<BatchTensor> outputs(Result result, OutputMemory memory) {
        List<BatchTensor> outputs = new ArrayList<>(declared.outputs().size());
        for (int i = 0; i < declared.outputs().size(); i++) {
            outputs.add(tensors.copy(result.get(i), declared.outputs().get(i).info(), memory));
        }
        return outputs;
    }

    @Override
    public void close() {
        shared.close();
    }
}
