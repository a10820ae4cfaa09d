package dev.firstpass.postprocess.spec;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Conversion;
import dev.firstpass.postprocess.annotation.Conversions;
import dev.firstpass.postprocess.annotation.Dropped;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Outlines;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.RunLengths;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What a model found, once the labeling spec has had its say: the annotations of the answer and a count of all that
/// was left out, by the first reason that met it.
///
/// In this order: the threshold (the spec's for the label, or else its own for all labels, or else the model's), the
/// classes wanted, the mapping to the tool's labels (the spec's, or else the model's ontology; where neither has an entry
/// labels pass as they are, where one has any a label without entry is left out), the minimum size, the limit, the
/// geometry. Thresholds and classes go by the model's own labels, the size by the model's own geometry. Only as many
/// annotations as the answer takes are converted, best first. What consists of nothing but islands below the minimum area
/// of islands is too small as well.
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
        Map<String, String> mapping = labeling.mappingFor(model);
        Tally tally = new Tally();
        List<Annotation> kept = new ArrayList<>();
        for (Annotation annotation : found.stream().sorted(BEST_FIRST).toList()) {
            String label = annotation.candidate().label();
            if (annotation.candidate().score() < labeling.threshold(label, model)) {
                tally.drop(Dropped.Reason.BELOW_THRESHOLD);
            } else if (!labeling.classes().isEmpty() && !labeling.classes().contains(label)) {
                tally.drop(Dropped.Reason.CLASS_NOT_WANTED);
            } else if (!mapping.isEmpty() && !mapping.containsKey(label)) {
                tally.drop(Dropped.Reason.LABEL_UNMAPPED);
            } else if (!labeling.minimum().isMetBy(annotation)) {
                tally.drop(Dropped.Reason.TOO_SMALL);
            } else if (kept.size() == labeling.max()) {
                tally.drop(Dropped.Reason.OVER_LIMIT);
            } else {
                String mapped = mapping.getOrDefault(label, label);
                Annotation labeled =
                        annotation.withCandidate(annotation.candidate().withLabel(mapped));
                Optional<Annotation> whole =
                        withoutSpecks(labeled, labeling.outlining().minIsland());
                if (whole.isEmpty()) {
                    tally.drop(Dropped.Reason.TOO_SMALL);
                } else {
                    shaped(whole.get(), labeling, size)
                            .ifPresentOrElse(kept::add, () -> tally.drop(Dropped.Reason.GEOMETRY_NOT_EXPRESSIBLE));
                }
            }
        }
        return new AppliedLabeling(kept, tally.dropped());
    }

    /// Without islands and holes of fewer square pixels; empty where nothing else is there.
    private static Optional<Annotation> withoutSpecks(Annotation annotation, long minArea) {
        if (minArea <= 1) {
            return Optional.of(annotation);
        }
        return switch (annotation) {
            case Annotation.Mask mask -> {
                RunLengths runs =
                        RunLengths.of(Outlines.withoutSpecks(mask.runs().toBitMask(), minArea));
                yield runs.area() == 0 ? Optional.empty() : Optional.of(new Annotation.Mask(mask.candidate(), runs));
            }
            case Annotation.Polygon polygon -> {
                List<PolygonPart> parts = Outlines.withoutSpecks(polygon.parts(), (double) minArea);
                yield parts.isEmpty()
                        ? Optional.empty()
                        : Optional.of(new Annotation.Polygon(polygon.candidate(), parts));
            }
            case Annotation.Box _,
                    Annotation.RotatedBox _,
                    Annotation.Polyline _,
                    Annotation.Keypoints _,
                    Annotation.Classification _ -> Optional.of(annotation);
        };
    }

    /// In the geometry wanted; outlines that were there already are changed only where the spec says so.
    private static Optional<Annotation> shaped(Annotation annotation, LabelingSpec labeling, ImageSize size) {
        GeometryKind kind = labeling.geometry().orElse(annotation.kind());
        Outlining outlining = labeling.outlining();
        return switch (Conversions.to(kind, annotation, size, outlining.ofMasks())) {
            case Conversion.Unchanged same -> Optional.of(outlined(same.annotation(), outlining));
            case Conversion.Converted converted -> Optional.of(converted.annotation());
            case Conversion.Unsupported _ -> Optional.empty();
        };
    }

    private static Annotation outlined(Annotation annotation, Outlining outlining) {
        if (!(annotation instanceof Annotation.Polygon polygon)) {
            return annotation;
        }
        List<PolygonPart> parts = Outlines.of(polygon.parts(), outlining.ofPolygons());
        return parts.isEmpty() ? annotation : new Annotation.Polygon(polygon.candidate(), parts);
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
