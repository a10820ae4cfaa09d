package dev.firstpass.postprocess.geometry;

import java.util.Random;

/// Masks as segmenters give them for photos of 640x640, drawn by rule: what the figures of quality are taken from.
enum SampleMasks {
    /// A round thing with a wavy edge.
    BLOB,
    /// The same as a detector of small things has it.
    SMALL_BLOB,
    /// A wheel: a hole in the middle.
    WHEEL,
    /// Something behind a post: two parts.
    BEHIND_A_POST,
    /// A road: wide here, narrow there, slanted.
    ROAD,
    /// A hose across the picture, 24 pixels wide.
    HOSE,
    /// A letter of a shop sign: two holes, strokes of 36 pixels.
    LETTER,
    /// A window with panes: six holes with straight slanted sides.
    WINDOW;

    private boolean has(double x, double y) {
        return switch (this) {
            case BLOB -> wave(x, y, 320, 320, 130) < 1;
            case SMALL_BLOB -> wave(x, y, 200, 410, 60) < 1;
            case WHEEL -> between(Math.hypot(x - 300, y - 330), 110, 190);
            case BEHIND_A_POST -> wave(x, y, 330, 300, 150) < 1 && !between(x, 310, 342);
            case ROAD -> Math.abs(x - 320 - 0.35 * (y - 320)) < 14 + y * 0.18;
            case HOSE -> wire(x, y, 12);
            case LETTER -> letter(x - 180, y - 120);
            case WINDOW -> window(x * 0.98 - y * 0.17, y * 0.98 + x * 0.17);
        };
    }

    private interface Rule {
        boolean has(double x, double y);
    }

    BitMask mask() {
        return drawn(this::has);
    }

    private static BitMask drawn(Rule rule) {
        BitMask mask = new BitMask(new ImageSize(640, 640));
        for (int y = 0; y < 640; y++) {
            for (int x = 0; x < 640; x++) {
                if (rule.has(x + 0.5, y + 0.5)) {
                    mask.set(x, y);
                }
            }
        }
        return mask;
    }

    /// A cable, thin as few objects that are labeled with outlines: 12 pixels.
    static BitMask cable() {
        return drawn((x, y) -> wire(x, y, 6));
    }

    private static boolean wire(double x, double y, double radius) {
        double steepness = Math.hypot(1, 60 / 110.0 * Math.cos(x / 110));
        return Math.abs(y - 320 - 60 * Math.sin(x / 110)) < radius * steepness && between(x, 40, 600);
    }

    /// Many blobs, some over each other, as one mask: `count` of them with a radius of 3 % to 8 % of the side.
    static BitMask blobs(int side, int count, long seed) {
        Random random = new Random(seed);
        BitMask mask = new BitMask(new ImageSize(side, side));
        for (int i = 0; i < count; i++) {
            double cx = random.nextDouble() * side;
            double cy = random.nextDouble() * side;
            double radius = side * (0.03 + 0.05 * random.nextDouble());
            int reach = (int) (1.3 * radius);
            for (int y = Math.max(0, (int) cy - reach); y < Math.min(side, cy + reach); y++) {
                for (int x = Math.max(0, (int) cx - reach); x < Math.min(side, cx + reach); x++) {
                    if (wave(x + 0.5, y + 0.5, cx, cy, radius) < 1) {
                        mask.set(x, y);
                    }
                }
            }
        }
        return mask;
    }

    private static double wave(double x, double y, double cx, double cy, double radius) {
        double angle = Math.atan2(y - cy, x - cx);
        return Math.hypot(x - cx, y - cy)
                / (radius * (1 + 0.15 * Math.sin(3 * angle + 1) + 0.05 * Math.sin(7 * angle)));
    }

    private static boolean letter(double x, double y) {
        boolean stem = between(x, 0, 40) && between(y, 0, 400);
        return stem || bow(x, y, 100) || bow(x, y, 300);
    }

    private static boolean bow(double x, double y, double cy) {
        double right = x - 120;
        boolean arc = right >= 0 && between(Math.hypot(right, y - cy), 64, 100);
        boolean bars = between(x, 0, 120) && between(Math.abs(y - cy), 64, 100);
        return arc || bars;
    }

    private static boolean window(double x, double y) {
        boolean frame = between(x, 120, 480) && between(y, 160, 560);
        boolean pane = between((x - 120) % 180, 24, 156) && between((y - 160) % 133.4, 20, 113);
        return frame && !pane;
    }

    private static boolean between(double value, double from, double to) {
        return value >= from && value < to;
    }
}
