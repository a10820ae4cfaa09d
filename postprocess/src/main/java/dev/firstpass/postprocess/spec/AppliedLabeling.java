package dev.firstpass.postprocess.spec;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Conversion;
import dev.firstpass.postprocess.annotation.Conversions;
import dev.firstpass.postprocess.annotation.Dropped;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Simplifier;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What a model found, once the labeling spec has had its say: the annotations of the answer and a count of all that
/// was left out, by the first reason that met it.
///
/// In this order: the threshold (the spec's for all labels, or else the model's for each), the classes wanted, the
/// mapping to the tool's labels (the spec's, or else the model's ontology; where neither has an entry labels pass as
/// they are, where one has any a label without entry is left out), the geometry, the limit. Thresholds and classes go
/// by the model's own labels. Only as many annotations as the answer takes are converted, best first.
///
/// Immutable.
///
/// @param annotations best scores first, then lowest index
/// @param dropped one entry for each reason that applied, in the order of the reasons
public record AppliedLabeling(List<Annotation> annotations, List<Dropped> dropped) {
    private static final Comparator<Annotation> BEST_FIRST = Comparator.comparingDouble(
                    (Annotation annotation) -> annotation.candidate().score())
            .reversed()
            .thenComparingInt(annotation -> annotation.candidate().index());

    public AppliedLabeling {
        annotations = List.copyOf(annotations);
        dropped = List.copyOf(dropped);
    }

    /// @param found in any order
    /// @param size of the asset
    public static AppliedLabeling of(List<Annotation> found, ModelSpec model, LabelingSpec labeling, ImageSize size) {
        Map<String, String> mapping = labeling.mapping().isEmpty() ? model.ontology() : labeling.mapping();
        Tally tally = new Tally();
        List<Annotation> kept = new ArrayList<>();
        for (Annotation annotation : found.stream().sorted(BEST_FIRST).toList()) {
            String label = annotation.candidate().label();
            double threshold =
                    labeling.threshold().orElseGet(() -> model.thresholds().of(label));
            if (annotation.candidate().score() < threshold) {
                tally.drop(Dropped.Reason.BELOW_THRESHOLD);
            } else if (!labeling.classes().isEmpty() && !labeling.classes().contains(label)) {
                tally.drop(Dropped.Reason.CLASS_NOT_WANTED);
            } else if (!mapping.isEmpty() && !mapping.containsKey(label)) {
                tally.drop(Dropped.Reason.LABEL_UNMAPPED);
            } else if (kept.size() == labeling.max()) {
                tally.drop(Dropped.Reason.OVER_LIMIT);
            } else {
                String mapped = mapping.getOrDefault(label, label);
                Annotation labeled =
                        annotation.withCandidate(annotation.candidate().withLabel(mapped));
                shaped(labeled, labeling, size)
                        .ifPresentOrElse(kept::add, () -> tally.drop(Dropped.Reason.GEOMETRY_NOT_EXPRESSIBLE));
            }
        }
        return new AppliedLabeling(kept, tally.dropped());
    }

    /// In the geometry wanted; outlines that were there already are simplified only where the spec says how far.
    private static Optional<Annotation> shaped(Annotation annotation, LabelingSpec labeling, ImageSize size) {
        GeometryKind kind = labeling.geometry().orElse(annotation.kind());
        double simplify = labeling.simplify().orElse(Conversions.DEFAULT_SIMPLIFY);
        return switch (Conversions.to(kind, annotation, size, simplify)) {
            case Conversion.Unchanged same -> Optional.of(simplified(same.annotation(), labeling));
            case Conversion.Converted converted -> Optional.of(converted.annotation());
            case Conversion.Unsupported _ -> Optional.empty();
        };
    }

    private static Annotation simplified(Annotation annotation, LabelingSpec labeling) {
        double tolerance = labeling.simplify().orElse(0.0);
        return annotation instanceof Annotation.Polygon polygon && tolerance > 0
                ? new Annotation.Polygon(polygon.candidate(), Simplifier.simplify(polygon.parts(), tolerance))
                : annotation;
    }

    /// Counts by reason. Mutable, for one thread.
    private static final class Tally {
        private final Map<Dropped.Reason, Integer> counts = new EnumMap<>(Dropped.Reason.class);

        void drop(Dropped.Reason reason) {
            counts.merge(reason, 1, Integer::sum);
        }

        List<Dropped> dropped() {
            return counts.entrySet().stream()
                    .map(entry -> new Dropped(entry.getKey(), entry.getValue()))
                    .toList();
        }
    }
}
