package dev.firstpass.server.runtime.engine.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class ProcessorIdentityTest {
    @Test
    void of_theSameProcessorAtAnotherClock_isTheSame() {
        assertEquals(
                ProcessorIdentity.of(
                        Stream.of("processor\t: 0", "model name\t: Zen", "cpu MHz\t\t: 2000.1", "flags\t: avx")),
                ProcessorIdentity.of(
                        Stream.of("processor\t: 3", "model name\t: Zen", "cpu MHz\t\t: 900", "flags\t: avx")));
    }

    @Test
    void of_anotherInstructionSet_differs() {
        assertNotEquals(
                ProcessorIdentity.of(Stream.of("model name\t: Zen", "flags\t: avx")),
                ProcessorIdentity.of(Stream.of("model name\t: Zen", "flags\t: avx avx512f")));
    }

    @Test
    void of_severalProcessors_isTheFirst() {
        assertEquals(
                ProcessorIdentity.of(Stream.of("model name\t: Zen")),
                ProcessorIdentity.of(Stream.of("model name\t: Zen", "", "model name\t: Atom")));
    }
}
