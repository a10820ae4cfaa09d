package dev.firstpass.server.frontend.tfserving;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.TensorInfo;
import dev.firstpass.registry.savedmodel.SavedModelFile;
import dev.firstpass.server.frontend.TestServer;
import dev.firstpass.server.frontend.TestVersions;
import dev.firstpass.server.pipeline.TensorInput;
import dev.firstpass.server.pipeline.TensorOutput;
import dev.firstpass.server.pipeline.TensorRequest;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;

/// A SavedModel, as far as doors see it, with the signature `mine`: of `x`, rows of two numbers, it gives `y`, twice as much, and `n`, the
/// number of each row.
public final class DoubledModel {
    private static final ModelSignature SIGNATURE = new ModelSignature(
            List.of(new TensorInfo("x", ElementType.FLOAT32, Shape.of(-1, 2))),
            List.of(
                    new TensorInfo("y", ElementType.FLOAT32, Shape.of(-1, 2)),
                    new TensorInfo("n", ElementType.INT64, Shape.of(-1))),
            Map.of(SavedModelFile.SIGNATURE, "mine"));

    private DoubledModel() {}

    /// Every name means it from now on.
    public static void on(TestServer server) {
        server.backend.tensors.serve(TestVersions.version("coco", 2), SIGNATURE, DoubledModel::run);
    }

    private static List<TensorOutput> run(TensorRequest request) {
        TensorInput input = request.inputs().getFirst();
        long rows = input.shape().extent(0);
        // Outside of the heap, as in the slab.
        MemorySegment doubled = Arena.ofAuto().allocate(input.data().byteSize());
        for (long i = 0; i < input.data().byteSize() / Float.BYTES; i++) {
            doubled.setAtIndex(
                    ValueLayout.JAVA_FLOAT_UNALIGNED,
                    i,
                    2 * input.data().getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i));
        }
        MemorySegment numbers = Arena.ofAuto().allocate(rows * Long.BYTES);
        for (long row = 0; row < rows; row++) {
            numbers.setAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, row, row);
        }
        return List.of(
                new TensorOutput("y", ElementType.FLOAT32, input.shape(), List.of(doubled)),
                new TensorOutput("n", ElementType.INT64, Shape.of(rows), List.of(numbers)));
    }
}
