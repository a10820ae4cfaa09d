package dev.firstpass.server.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.AssetInfo;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.postprocess.annotation.Provenance;
import dev.firstpass.postprocess.format.LabelFormat;
import dev.firstpass.postprocess.format.LabelFormats;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Rect;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What is given again is, byte for byte, what would be written.
final class RenderedFormTest {
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.EPOCH);

    /// Formats that say when they were written.
    private static final Set<String> OF_THEIR_TIME = Set.of("encord");

    static Stream<LabelFormat> formats() {
        return LabelFormats.STANDARD.stream();
    }

    private static Rendering rendering(LabelFormat format, UUID id) {
        Prelabels prelabels = new Prelabels(
                new AssetInfo("photos/dog.jpg", new ImageSize(40, 30), "sha256:" + "ab".repeat(32)),
                new Provenance(id.toString(), "coco", 2, "sha256:" + "cd".repeat(32), "ssd", ""),
                List.of(new Annotation.Box(new Candidate(7, "dog", 0.75), new Rect(10, 5, 20, 15))),
                List.of());
        return Rendering.of(prelabels, format, List.of("dog"), Map.of(), CLOCK);
    }

    @ParameterizedTest
    @MethodSource("formats")
    void with_anotherId_isWhatWouldBeWritten(LabelFormat format) {
        UUID first = new UUID(0x123456789abcdefL, 1);
        UUID second = new UUID(0xfedcba987654321L, 2);
        Rendering written = rendering(format, first);
        Optional<RenderedForm> form = RenderedForm.of(written, first);
        boolean isAgain = !written.mediaType().equals("application/zip") && !OF_THEIR_TIME.contains(format.id());
        assertEquals(isAgain, form.isPresent());
        form.ifPresent(kept -> {
            Rendering again = kept.with(second);
            assertArrayEquals(rendering(format, second).body(), again.body());
            assertEquals(written.fileName(), again.fileName());
            assertArrayEquals(rendering(format, first).body(), written.body(), "the first one stays as it was");
        });
    }

    @Test
    void aRenderingWithATimeInIt_isNotGivenAgain() {
        UUID id = new UUID(1, 2);
        Rendering rendering = rendering(LabelFormats.byId("firstpass").orElseThrow(), id);
        Rendering dated =
                new Rendering(rendering.body(), rendering.mediaType(), rendering.fileName(), rendering.report(), true);
        assertTrue(RenderedForm.of(rendering, id).isPresent());
        assertTrue(RenderedForm.of(dated, id).isEmpty());
    }
}
