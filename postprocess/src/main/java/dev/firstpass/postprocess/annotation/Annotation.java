package dev.firstpass.postprocess.annotation;

import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.Ring;
import dev.firstpass.postprocess.geometry.RotatedRect;
import dev.firstpass.postprocess.geometry.RunLengths;
import java.util.List;
import java.util.Optional;

/// One finding on one asset: a candidate of the model and the geometry it was given.
///
/// **Coordinates, everywhere in Firstpass: pixels of the asset turned upright by its EXIF orientation, x right, y
/// down, origin at the top-left corner of the top-left pixel, measured on pixel edges.** The full image is [0,W] x
/// [0,H]; a box that covers pixel columns a to b has x = a and width = b + 1 - a.
///
/// Immutable, all variants.
public sealed interface Annotation {
    Candidate candidate();

    /// The same finding under another candidate, for instance with its label mapped.
    Annotation withCandidate(Candidate candidate);

    /// The axis-parallel bounds of the geometry; empty for a classification, which has none, and for keypoints that
    /// are all absent and come without a box.
    Optional<Rect> bounds();

    GeometryKind kind();

    record Box(Candidate candidate, Rect box) implements Annotation {
        @Override
        public Box withCandidate(Candidate other) {
            return new Box(other, box);
        }

        @Override
        public Optional<Rect> bounds() {
            return Optional.of(box);
        }

        @Override
        public GeometryKind kind() {
            return GeometryKind.BOX;
        }
    }

    record RotatedBox(Candidate candidate, RotatedRect box) implements Annotation {
        @Override
        public RotatedBox withCandidate(Candidate other) {
            return new RotatedBox(other, box);
        }

        @Override
        public Optional<Rect> bounds() {
            return Optional.of(box.bounds());
        }

        @Override
        public GeometryKind kind() {
            return GeometryKind.ROTATED_BOX;
        }
    }

    /// One or more parts, each an outer ring with its holes.
    record Polygon(Candidate candidate, List<PolygonPart> parts) implements Annotation {
        public Polygon {
            parts = List.copyOf(parts);
            if (parts.isEmpty()) {
                throw new IllegalArgumentException("parts: none (expected: >= 1)");
            }
        }

        @Override
        public Polygon withCandidate(Candidate other) {
            return new Polygon(other, parts);
        }

        @Override
        public Optional<Rect> bounds() {
            return Optional.of(Ring.boundsOf(parts.stream()
                    .flatMap(part -> part.outer().points().stream())
                    .toList()));
        }

        @Override
        public GeometryKind kind() {
            return GeometryKind.POLYGON;
        }
    }

    /// Run lengths over the whole asset; at least one pixel is set.
    record Mask(Candidate candidate, RunLengths runs) implements Annotation {
        public Mask {
            if (runs.area() == 0) {
                throw new IllegalArgumentException("mask: no pixel set (expected: >= 1)");
            }
        }

        @Override
        public Mask withCandidate(Candidate other) {
            return new Mask(other, runs);
        }

        @Override
        public Optional<Rect> bounds() {
            return Optional.of(runs.bounds());
        }

        @Override
        public GeometryKind kind() {
            return GeometryKind.MASK;
        }
    }

    /// An open line of at least two points.
    record Polyline(Candidate candidate, List<Point> points) implements Annotation {
        public Polyline {
            points = List.copyOf(points);
            if (points.size() < 2) {
                throw new IllegalArgumentException("points: " + points.size() + " (expected: >= 2)");
            }
        }

        @Override
        public Polyline withCandidate(Candidate other) {
            return new Polyline(other, points);
        }

        @Override
        public Optional<Rect> bounds() {
            return Optional.of(Ring.boundsOf(points));
        }

        @Override
        public GeometryKind kind() {
            return GeometryKind.POLYLINE;
        }
    }

    /// A figure of named joints.
    ///
    /// @param box the figure's own box, where the model gives one beside the joints: it has room around them, and
    ///     is known where no joint is present
    record Keypoints(Candidate candidate, List<Keypoint> points, Optional<Rect> box) implements Annotation {
        public Keypoints {
            points = List.copyOf(points);
        }

        /// Joints alone.
        public Keypoints(Candidate candidate, List<Keypoint> points) {
            this(candidate, points, Optional.empty());
        }

        @Override
        public Keypoints withCandidate(Candidate other) {
            return new Keypoints(other, points, box);
        }

        /// The figure's own box, or else that of the joints that are present.
        @Override
        public Optional<Rect> bounds() {
            return box.or(this::bounded);
        }

        private Optional<Rect> bounded() {
            List<Point> present = points.stream()
                    .filter(point -> point.visibility() != Keypoint.Visibility.ABSENT)
                    .map(Keypoint::at)
                    .toList();
            return present.isEmpty() ? Optional.empty() : Optional.of(Ring.boundsOf(present));
        }

        @Override
        public GeometryKind kind() {
            return GeometryKind.KEYPOINTS;
        }
    }

    /// The label holds for the asset as a whole.
    record Classification(Candidate candidate) implements Annotation {
        @Override
        public Classification withCandidate(Candidate other) {
            return new Classification(other);
        }

        @Override
        public Optional<Rect> bounds() {
            return Optional.empty();
        }

        @Override
        public GeometryKind kind() {
            return GeometryKind.CLASSIFICATION;
        }
    }
}
