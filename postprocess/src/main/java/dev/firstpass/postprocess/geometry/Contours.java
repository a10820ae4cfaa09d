package dev.firstpass.postprocess.geometry;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The outline of a mask along pixel **edges**, by following the cracks between set and unset pixels.
///
/// Tracing through pixel centres, as OpenCV's findContours does, loses half a pixel on every side and turns a single
/// pixel into a point. Edges lose nothing: [Rasterizer] gives back the very mask that was traced.
///
/// **Connectivity.** Set pixels are 4-connected: two that share only a corner belong to different parts, which touch
/// in that point. Unset pixels are therefore 8-connected, and where that makes a ring pass the same corner twice it
/// is cut there into two rings. So every ring is simple, holes touch each other and their outer ring in points only,
/// and each part is a valid polygon by the OGC rules. (Grouping by 8-connectivity is [Components]' business: a blob
/// whose pixels hang together by a corner is one annotation with two parts.)
///
/// Outer rings run clockwise as seen (positive [Ring#signedArea()]), holes counter-clockwise; a ring holds its corner
/// points only. Parts come in the raster order of their first pixels. Cost: linear in words of 64 pixels and in the
/// length of all outlines.
public final class Contours {
    private final BitMask mask;

    /// Pixels whose left edge has been walked. Every ring, outer or hole, has at least one such edge.
    private final BitMask walked;

    private Contours(BitMask mask) {
        this.mask = mask;
        this.walked = new BitMask(mask.size());
    }

    /// The parts of `mask`; none where no pixel is set.
    public static List<PolygonPart> of(BitMask mask) {
        return new Contours(mask).parts();
    }

    /// A left edge not yet walked, met in raster order, is the topmost of its line: it starts a walk at a corner. All
    /// rings of one walk bound the same component, so its label says whose they are.
    private List<PolygonPart> parts() {
        RowRuns runs = RowRuns.of(mask);
        int[] labels = runs.labels(false);
        List<List<Ring>> ringsOf = new ArrayList<>();
        for (int run = 0; run < runs.count(); run++) {
            if (labels[run] == ringsOf.size()) {
                ringsOf.add(new ArrayList<>());
            }
            if (!walked.get(runs.from[run], runs.rows[run])) {
                ringsOf.get(labels[run]).addAll(walk(runs.from[run], runs.rows[run]));
            }
        }
        return ringsOf.stream().map(Contours::part).toList();
    }

    private static PolygonPart part(List<Ring> rings) {
        Ring outer = rings.stream().filter(Contours::isOuter).findFirst().orElseThrow();
        return new PolygonPart(
                outer, rings.stream().filter(ring -> !isOuter(ring)).toList());
    }

    private static boolean isOuter(Ring ring) {
        return ring.signedArea() > 0;
    }

    /// Walks the cracks with set pixels on the right hand, beginning at the top of the left edge of pixel (x, y),
    /// until that edge is reached again.
    private List<Ring> walk(int x, int y) {
        Path path = new Path();
        int atX = x;
        int atY = y;
        Heading heading = Heading.UP;
        do {
            boolean right = mask.get(atX + heading.rightX, atY + heading.rightY);
            boolean left = mask.get(atX + heading.leftX, atY + heading.leftY);
            if (!right) {
                heading = heading.turnedRight();
                path.corner(atX, atY, left);
            } else if (left) {
                heading = heading.turnedLeft();
                path.corner(atX, atY, false);
            }
            atX += heading.stepX;
            atY += heading.stepY;
            if (heading == Heading.UP) {
                walked.set(atX, atY);
            }
        } while (heading != Heading.UP || atX != x || atY != y);
        return path.finished();
    }

    /// A direction of travel along a crack: the step to the next corner of the pixel grid, and where, seen from the
    /// corner just reached, the two pixels ahead lie.
    private enum Heading {
        UP(0, -1, 0, -1, -1, -1),
        RIGHT(1, 0, 0, 0, 0, -1),
        DOWN(0, 1, -1, 0, 0, 0),
        LEFT(-1, 0, -1, -1, -1, 0);

        private final int stepX;
        private final int stepY;
        private final int rightX;
        private final int rightY;
        private final int leftX;
        private final int leftY;

        Heading(int stepX, int stepY, int rightX, int rightY, int leftX, int leftY) {
            this.stepX = stepX;
            this.stepY = stepY;
            this.rightX = rightX;
            this.rightY = rightY;
            this.leftX = leftX;
            this.leftY = leftY;
        }

        Heading turnedRight() {
            return switch (this) {
                case UP -> RIGHT;
                case RIGHT -> DOWN;
                case DOWN -> LEFT;
                case LEFT -> UP;
            };
        }

        Heading turnedLeft() {
            return switch (this) {
                case UP -> LEFT;
                case LEFT -> DOWN;
                case DOWN -> RIGHT;
                case RIGHT -> UP;
            };
        }
    }

    /// The corners of one walk. Only where two set pixels touch by a corner can a walk pass twice; the loop in
    /// between is then a ring of its own.
    private static final class Path {
        private final List<Point> corners = new ArrayList<>();
        private final Map<Point, Integer> passed = new HashMap<>();
        private final List<Ring> rings = new ArrayList<>();

        void corner(int x, int y, boolean touching) {
            Point point = new Point(x, y);
            if (touching) {
                int before = passed.getOrDefault(point, Integer.MAX_VALUE);
                if (before < corners.size() && corners.get(before).equals(point)) {
                    List<Point> loop = corners.subList(before, corners.size());
                    rings.add(new Ring(loop));
                    loop.subList(1, loop.size()).clear();
                    return;
                }
                passed.put(point, corners.size());
            }
            corners.add(point);
        }

        List<Ring> finished() {
            rings.add(new Ring(corners));
            return rings;
        }
    }
}
