package dev.firstpass.server.runtime.engine.tensorflow;

import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.TensorInfo;
import dev.firstpass.registry.savedmodel.SavedModelFile;
import dev.firstpass.registry.savedmodel.SavedModelFile.Endpoint;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.Device;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.OutputMemory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.exceptions.TensorFlowException;

/// One SavedModel, its served signature.
///
/// For one thread at a time.
final class TensorFlowSession implements EngineSession {
    private final SavedModelBundle bundle;
    private final SavedModelFile declared;
    private final ModelSignature signature;
    private final TensorFlowTensors tensors = new TensorFlowTensors();

    /// Loads a model, and the library with the first one.
    ///
    /// @param threads that one run may use
    /// @throws EngineException if TensorFlow does not take it
    static TensorFlowSession open(Path directory, SavedModelFile declared, int threads, Device device) {
        try {
            return new TensorFlowSession(
                    SavedModelBundle.loader(directory.toString())
                            .withTags(SavedModelBundle.DEFAULT_TAG)
                            .withConfigProto(TensorFlowDevice.config(threads, device))
                            .load(),
                    declared);
        } catch (TensorFlowException e) {
            throw new EngineException("cannot open the model: " + e.getMessage(), e);
        }
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
        bundle.close();
    }
}
