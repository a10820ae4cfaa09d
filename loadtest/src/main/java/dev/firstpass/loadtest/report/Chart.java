package dev.firstpass.loadtest.report;

import dev.firstpass.server.page.Html;
import java.util.ArrayList;
import java.util.Formatter;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/// A drawing of one or two series over a common axis, as SVG. Values that are no numbers leave a gap.
///
/// Immutable.
///
/// @param label of the drawing, for those who do not see it
/// @param ticks of the horizontal axis: where, and what it says there
/// @param unit of the vertical axis
/// @param limit to be drawn across; empty for none
/// @param hasDots whether values are dots, with thin lines between them, or one line
public record Chart(
        String label,
        double left,
        double right,
        List<Tick> ticks,
        String unit,
        OptionalDouble limit,
        boolean hasDots,
        List<List<Point>> series) {
    private static final double WIDTH = 900;
    private static final double HEIGHT = 300;
    private static final double MARGIN_LEFT = 64;
    private static final double MARGIN_RIGHT = 24;
    private static final double MARGIN_TOP = 12;
    private static final double MARGIN_BOTTOM = 30;
    private static final int LINES = 5;

    /// A value.
    public record Point(double x, double y) {}

    /// A mark of the axis.
    public record Tick(double x, String text) {}

    public Chart {
        ticks = List.copyOf(ticks);
        series = series.stream().map(List::copyOf).toList();
    }

    /// The drawing.
    public String svg() {
        double step = step();
        double top = step * Math.ceil(highest() / step);
        StringBuilder svg = new StringBuilder();
        Formatter out = new Formatter(svg, Locale.ROOT);
        out.format(
                "<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"%s\">%n", WIDTH, HEIGHT, Html.escaped(label));
        for (double value = 0; value <= top + step / 2; value += step) {
            out.format(
                    "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%3$.1f\"/>",
                    MARGIN_LEFT, WIDTH - MARGIN_RIGHT, y(value, top));
            out.format(
                    "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%s %s</text>%n",
                    MARGIN_LEFT - 6, y(value, top) + 4, number(value), Html.escaped(unit));
        }
        for (Tick tick : ticks) {
            out.format(
                    "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>%n",
                    x(tick.x), HEIGHT - 8, Html.escaped(tick.text));
        }
        limit.ifPresent(value -> out.format(
                "<line class=\"limit\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%3$.1f\"/>%n",
                MARGIN_LEFT, WIDTH - MARGIN_RIGHT, y(value, top)));
        for (int index = 0; index < series.size(); index++) {
            draw(out, index, series.get(index), top);
        }
        return svg.append("</svg>\n").toString();
    }

    private void draw(Formatter out, int index, List<Point> points, double top) {
        List<Point> known =
                points.stream().filter(point -> Double.isFinite(point.y)).toList();
        List<String> corners = new ArrayList<>();
        known.forEach(point -> corners.add(String.format(Locale.ROOT, "%.1f,%.1f", x(point.x), y(point.y, top))));
        out.format(
                "<polyline class=\"s%d\"%s points=\"%s\"/>%n",
                index, hasDots ? " opacity=\".35\"" : "", String.join(" ", corners));
        if (hasDots) {
            known.forEach(point -> out.format(
                    "<circle class=\"d%d\" cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\"/>", index, x(point.x), y(point.y, top)));
            out.format("%n");
        }
    }

    private double highest() {
        double highest = series.stream()
                .flatMap(List::stream)
                .mapToDouble(Point::y)
                .filter(Double::isFinite)
                .max()
                .orElse(1);
        return Math.max(1e-3, Math.max(highest, limit.orElse(0)) * 1.02);
    }

    /// A round number, of which a few make the highest value.
    private double step() {
        double rough = highest() / LINES;
        double power = Math.pow(10, Math.floor(Math.log10(rough)));
        for (double factor : new double[] {1, 2, 5}) {
            if (factor * power >= rough) {
                return factor * power;
            }
        }
        return 10 * power;
    }

    private double x(double value) {
        return MARGIN_LEFT + (value - left) / Math.max(1e-9, right - left) * (WIDTH - MARGIN_LEFT - MARGIN_RIGHT);
    }

    private static double y(double value, double top) {
        return HEIGHT - MARGIN_BOTTOM - value / top * (HEIGHT - MARGIN_TOP - MARGIN_BOTTOM);
    }

    private static String number(double value) {
        return value >= 10 || value == 0
                ? String.format(Locale.ROOT, "%.0f", value)
                : String.format(Locale.ROOT, "%.2g", value);
    }
}
