package dev.firstpass.server.runtime.device;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.RowSource;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.spec.SizeRule;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.server.demo.DemoPhotos;
import dev.firstpass.server.image.ImageDecoder;
import dev.firstpass.server.image.ImageLimits;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What an image on its way from its bytes to a row leaves for the collector, as docs/performance.md states it: nothing of its
/// size.
final class DecodingGarbageTest {
    private static final int ROUNDS = 10;
    private static final long MOST = 64 << 10;

    @ParameterizedTest
    @EnumSource(InputSpec.Sampling.class)
    void decode_ofPhotos_leavesLittle(InputSpec.Sampling sampling) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (LocalRowDecoder decoder = new LocalRowDecoder(new ImageDecoder(ImageLimits.DEFAULT));
                Arena arena = Arena.ofConfined()) {
            List<Decoding> works = DemoPhotos.all().stream()
                    .map(photo -> new Decoding(
                            photo.bytes(),
                            spec(sampling),
                            List.of(new Decoding.Target(
                                    new RowSource.Whole(), arena.allocate(4L * 3 * 300 * 300, 64)))))
                    .toList();
            for (int i = 0; i < ROUNDS; i++) {
                works.forEach(decoder::decode);
            }
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < ROUNDS; i++) {
                works.forEach(decoder::decode);
            }
            long each = (threads.getCurrentThreadAllocatedBytes() - before) / ROUNDS / works.size();
            assertTrue(each <= MOST, () -> each + " bytes (expected: <= " + MOST + ")");
        }
    }

    private static InputSpec spec(InputSpec.Sampling sampling) {
        return new InputSpec(
                "x",
                new SizeRule.Fixed(new ImageSize(300, 300)),
                InputSpec.Resize.STRETCH,
                sampling,
                0,
                InputSpec.ColorOrder.RGB,
                InputSpec.Layout.NHWC,
                ElementType.FLOAT32,
                1,
                List.of(0.0, 0.0, 0.0),
                List.of(1.0, 1.0, 1.0));
    }
}
