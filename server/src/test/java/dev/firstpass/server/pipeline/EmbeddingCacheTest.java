package dev.firstpass.server.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.family.RowOutput;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.ImageTransform;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.RawOutputs;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;

final class EmbeddingCacheTest {
    private static final ImageSize SIZE = new ImageSize(4, 4);

    private static Seen seen() {
        Tensor made = new Tensor(
                "embeddings", ElementType.FLOAT32, Shape.of(1, 1024), MemorySegment.ofArray(new float[1024]));
        return new Seen(SIZE, List.of(new RowOutput(new Made(List.of(made)), ImageTransform.identity(SIZE))));
    }

    private record Made(List<Tensor> tensors) implements RawOutputs {
        @Override
        public void close() {}
    }

    /// A labeler goes from photo to photo and points at several things in each: whatever was looked at before, the encoder runs once
    /// for a photo.
    @Test
    void newest_isKept_howeverOftenOthersWerePointedAt() {
        EmbeddingCache cache = new EmbeddingCache(8 * 5_200);
        int encoded = 0;
        for (int photo = 0; photo < 100; photo++) {
            EmbeddingCache.Key key = new EmbeddingCache.Key("anna", "sha256:" + photo, "version", "encoder");
            for (int click = 0; click < 4; click++) {
                if (cache.get(key).isEmpty()) {
                    cache.keep(key, seen());
                    encoded++;
                }
            }
        }
        assertEquals(100, encoded);
        assertEquals(100 * 3, cache.figures().hits());
        CacheFigures figures = cache.figures();
        assertEquals(100, figures.evictions() + figures.entries());
        assertTrue(figures.entries() >= 6 && figures.bytes() <= 8 * 5_200, figures::toString);
    }
}
