package dev.firstpass.server.image;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;

/// A colour to draw with, 0..255 each.
///
/// Immutable.
record Ink(int red, int green, int blue) {
    static final Ink BLACK = new Ink(16, 16, 16);
    static final Ink WHITE = new Ink(255, 255, 255);

    /// The seven colours of Okabe and Ito that people with any colour vision can tell apart (Color Universal
    /// Design, 2008; black left out), then three of Paul Tol's muted scheme.
    private static final List<Ink> PALETTE = List.of(
            new Ink(230, 159, 0),
            new Ink(86, 180, 233),
            new Ink(0, 158, 115),
            new Ink(240, 228, 66),
            new Ink(0, 114, 178),
            new Ink(213, 94, 0),
            new Ink(204, 121, 167),
            new Ink(136, 34, 85),
            new Ink(68, 170, 153),
            new Ink(153, 153, 51));

    /// A colour for each label. A label's first choice follows from its name alone, so it has the same colour in
    /// picture after picture; only where an alphabetically earlier label of the same picture has taken it, the
    /// next free one is used. With more labels than colours, colours repeat.
    static Map<String, Ink> of(SortedSet<String> labels) {
        Map<String, Ink> inks = new HashMap<>();
        boolean[] taken = new boolean[PALETTE.size()];
        int used = 0;
        for (String label : labels) {
            int choice = Math.floorMod(label.hashCode(), PALETTE.size());
            while (taken[choice] && used < taken.length) {
                choice = (choice + 1) % taken.length;
            }
            used += taken[choice] ? 0 : 1;
            taken[choice] = true;
            inks.put(label, PALETTE.get(choice));
        }
        return inks;
    }

    /// Black or white, whichever stands out more from this colour: for text on it and for the halo around it. Line
    /// and halo differ so much that one of them stands out from any photo.
    Ink contrast() {
        return contrastTo(BLACK) >= contrastTo(WHITE) ? BLACK : WHITE;
    }

    /// Contrast ratio of WCAG 2, 1..21.
    double contrastTo(Ink other) {
        double a = luminance() + 0.05;
        double b = other.luminance() + 0.05;
        return Math.max(a, b) / Math.min(a, b);
    }

    private double luminance() {
        return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
    }

    private static double linear(int value) {
        double v = value / 255.0;
        return v <= 0.04045 ? v / 12.92 : Math.pow((v + 0.055) / 1.055, 2.4);
    }
}
