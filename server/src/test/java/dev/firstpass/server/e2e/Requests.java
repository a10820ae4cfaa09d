package dev.firstpass.server.e2e;

import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.spec.LabelingSpec;
import dev.firstpass.postprocess.spec.Prompt;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.server.asset.AssetRef;
import dev.firstpass.server.call.CacheUse;
import dev.firstpass.server.call.Caller;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.call.Priority;
import dev.firstpass.server.pipeline.FormatChoice;
import dev.firstpass.server.pipeline.PrelabelRequest;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Makes requests as a door would.
final class Requests {
    private Requests() {}

    static PrelabelRequest of(String model, String assetId, byte[] bytes, String format) {
        return of(model, assetId, bytes, format, LabelingSpec.NONE);
    }

    static PrelabelRequest of(String model, String assetId, byte[] bytes, String format, LabelingSpec labeling) {
        return new PrelabelRequest(
                ModelRef.parse(model),
                new AssetRef.Inline(bytes, Optional.empty()),
                Optional.of(assetId),
                new Prompt.None(),
                labeling,
                Optional.of(new FormatChoice(format, Map.of())),
                Priority.INTERACTIVE,
                Deadline.after(Duration.ofSeconds(60), System::nanoTime),
                CacheUse.FULL,
                Caller.LOCAL,
                "test");
    }

    static LabelingSpec threshold(double threshold) {
        return with(Optional.of(threshold), Optional.empty());
    }

    static LabelingSpec geometry(GeometryKind geometry) {
        return with(Optional.empty(), Optional.of(geometry));
    }

    private static LabelingSpec with(Optional<Double> threshold, Optional<GeometryKind> geometry) {
        return new LabelingSpec(
                "", Map.of(), threshold, Set.of(), LabelingSpec.DEFAULT_MAX, geometry, Optional.empty());
    }
}
