package dev.firstpass.server.pipeline;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.AssetInfo;
import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.postprocess.annotation.Provenance;
import dev.firstpass.postprocess.format.LabelFormats;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.spec.AppliedLabeling;
import dev.firstpass.postprocess.spec.ModelSpec;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;

/// What the pipeline makes of findings once a model has them: the labeling spec has its say, and they are written in a real label
/// format.
///
/// Pure functions.
public final class RenderedAnswers {
    private static final InstantSource CLOCK = () -> Instant.parse("2026-01-02T03:04:05Z");

    private RenderedAnswers() {}

    public static PrelabelAnswer answer(
            PrelabelRequest request, ModelSpec model, String digest, ImageSize size, List<Annotation> found) {
        AppliedLabeling applied = AppliedLabeling.of(found, model, request.labeling(), size);
        Prelabels prelabels = new Prelabels(
                new AssetInfo(request.assetId().orElse(digest), size, digest),
                new Provenance(
                        "00000000-0000-4000-8000-000000000001",
                        request.model().name().value(),
                        2,
                        digest,
                        model.family(),
                        request.labeling().project()),
                applied.annotations(),
                applied.dropped());
        return request.written()
                .map(choice -> Rendering.of(
                        prelabels,
                        LabelFormats.byId(choice.format()).orElseThrow(),
                        model.classes(),
                        choice.options(),
                        CLOCK))
                .orElse(Rendering.NONE)
                .answer(
                        prelabels,
                        new StageTimes(0, 1_500_000, 20_000, 3_000_000, 400_000, 100_000, 5_021_000),
                        CacheOutcome.MISS);
    }
}
