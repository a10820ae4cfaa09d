package dev.firstpass.server.cli;

import dev.firstpass.server.tuning.StageTuning;
import dev.firstpass.server.tuning.TuningPoint;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Throughput over latency as an SVG: a line for each way to share out the cores, a point for each batch size.
///
/// Pure functions.
final class TuningPlot {
    private static final int WIDTH = 820;
    private static final int HEIGHT = 420;
    private static final int LEFT = 60;
    private static final int RIGHT = 190;
    private static final int TOP = 20;
    private static final int BOTTOM = 50;
    private static final int TICKS = 5;
    private static final int LEGEND_STEP = 22;

    /// Told apart by people who do not see all colours, on light and on dark.
    private static final List<String> COLOURS =
            List.of("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8a8a8a", "#b8a900");

    private final StageTuning stage;
    private final double mostMillis;
    private final double mostImages;
    private final StringBuilder svg = new StringBuilder(1 << 13);

    private TuningPlot(StageTuning stage) {
        this.stage = stage;
        this.mostMillis = roundedUp(stage.points().stream()
                .mapToDouble(TuningPoint::p50Millis)
                .max()
                .orElse(1));
        this.mostImages = roundedUp(stage.points().stream()
                .mapToDouble(TuningPoint::imagesPerSecond)
                .max()
                .orElse(1));
    }

    static String of(StageTuning stage) {
        return new TuningPlot(stage).drawn();
    }

    private String drawn() {
        svg.append(String.format(
                Locale.ROOT,
                "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Images per second over the time of a run\">%n",
                WIDTH,
                HEIGHT));
        axes();
        Map<String, List<TuningPoint>> ways = new LinkedHashMap<>();
        for (TuningPoint point : stage.points()) {
            ways.computeIfAbsent(point.sessions() + " x " + point.threads(), _ -> new ArrayList<>())
                    .add(point);
        }
        svg.append(String.format(
                Locale.ROOT,
                "<text x=\"%d\" y=\"%d\">sessions x threads</text>%n",
                WIDTH - RIGHT + 20,
                TOP + LEGEND_STEP / 2));
        int way = 0;
        for (Map.Entry<String, List<TuningPoint>> entry : ways.entrySet()) {
            String colour = COLOURS.get(way % COLOURS.size());
            line(entry.getValue(), colour);
            int y = TOP + LEGEND_STEP * (way + 1) + LEGEND_STEP / 2;
            svg.append(String.format(
                    Locale.ROOT,
                    "<circle cx=\"%d\" cy=\"%d\" r=\"5\" fill=\"%s\"/>",
                    WIDTH - RIGHT + 26,
                    y - 4,
                    colour));
            svg.append(String.format(
                    Locale.ROOT, "<text x=\"%d\" y=\"%d\">%s</text>%n", WIDTH - RIGHT + 40, y, entry.getKey()));
            way++;
        }
        return svg.append("</svg>\n").toString();
    }

    private void axes() {
        for (int tick = 0; tick <= TICKS; tick++) {
            double millis = mostMillis * tick / TICKS;
            double images = mostImages * tick / TICKS;
            svg.append(String.format(
                    Locale.ROOT,
                    "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#8884\"/>",
                    LEFT,
                    y(images),
                    WIDTH - RIGHT,
                    y(images)));
            svg.append(String.format(
                    Locale.ROOT,
                    "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>",
                    LEFT - 8,
                    y(images) + 4,
                    plain(images)));
            svg.append(String.format(
                    Locale.ROOT,
                    "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>%n",
                    x(millis),
                    HEIGHT - BOTTOM + 18,
                    plain(millis)));
        }
        svg.append(String.format(
                Locale.ROOT,
                "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">median time of a run, ms; numbers are rows in a run</text>%n",
                (LEFT + WIDTH - RIGHT) / 2,
                HEIGHT - 10));
        svg.append(String.format(
                Locale.ROOT,
                "<text x=\"14\" y=\"%d\" text-anchor=\"middle\" transform=\"rotate(-90 14 %d)\">images/s</text>%n",
                (TOP + HEIGHT - BOTTOM) / 2,
                (TOP + HEIGHT - BOTTOM) / 2));
    }

    private void line(List<TuningPoint> points, String colour) {
        svg.append("<polyline fill=\"none\" stroke-width=\"2\" stroke=\"")
                .append(colour)
                .append("\" points=\"");
        points.forEach(point ->
                svg.append(String.format(Locale.ROOT, "%.1f,%.1f ", x(point.p50Millis()), y(point.imagesPerSecond()))));
        svg.append("\"/>\n");
        for (TuningPoint point : points) {
            double x = x(point.p50Millis());
            double y = y(point.imagesPerSecond());
            svg.append(
                    String.format(Locale.ROOT, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"%s\"/>", x, y, colour));
            svg.append(String.format(
                    Locale.ROOT,
                    "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%d</text>%n",
                    x,
                    y - 9,
                    point.batch()));
        }
    }

    private double x(double millis) {
        return LEFT + millis / mostMillis * (WIDTH - RIGHT - LEFT);
    }

    private double y(double images) {
        return HEIGHT - BOTTOM - images / mostImages * (HEIGHT - BOTTOM - TOP);
    }

    /// To a length of axis that ticks divide well.
    private static double roundedUp(double most) {
        double unit = Math.pow(10, Math.floor(Math.log10(most * 1.05)));
        for (double factor : new double[] {1, 1.5, 2, 2.5, 3, 4, 5, 6, 8}) {
            if (factor * unit >= most * 1.05) {
                return factor * unit;
            }
        }
        return 10 * unit;
    }

    private static String plain(double value) {
        return value == Math.rint(value)
                ? Long.toString(Math.round(value))
                : String.format(Locale.ROOT, value < 1 ? "%.2f" : "%.1f", value);
    }
}
