package dev.firstpass.server.runtime.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.PackedStrings;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.Tensor;
import dev.firstpass.server.runtime.engine.BatchTensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class SharedOutputsTest {
    /// Rows of strings are of different lengths, which no division tells.
    @Test
    void share_ofStrings_isTheRowsOwn() {
        try (Arena arena = Arena.ofConfined()) {
            List<byte[]> words = Stream.of("oat", "", "barley", "rye", "wheat and spelt", "x")
                    .map(word -> word.getBytes(StandardCharsets.UTF_8))
                    .toList();
            MemorySegment data = arena.allocate(PackedStrings.size(words));
            PackedStrings.write(words, data);
            List<BatchTensor> outputs = List.of(new BatchTensor("names", ElementType.STRING, Shape.of(3, 2), data));

            SharedBlock block = new SharedBlock(List.of(), 3);
            List<Tensor> rows = Stream.of(0, 1, 2)
                    .map(row ->
                            SharedOutputs.of(outputs, row, 3, block).tensors().getFirst())
                    .toList();

            assertEquals(Shape.of(1, 2), rows.getFirst().shape());
            assertEquals(
                    List.of(List.of("oat", ""), List.of("barley", "rye"), List.of("wheat and spelt", "x")),
                    rows.stream().map(Tensor::strings).toList());
        }
    }
}
