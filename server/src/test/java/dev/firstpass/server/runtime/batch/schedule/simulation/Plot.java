package dev.firstpass.server.runtime.batch.schedule.simulation;

import java.util.ArrayList;
import java.util.Formatter;
import java.util.List;
import java.util.Locale;

/// Drawings side by side as one SVG file, for light and dark pages. Values that are no numbers end a line.
///
/// For one thread.
final class Plot {
    private static final double WIDTH = 470;
    private static final double HEIGHT = 340;
    private static final double LEFT = 52;
    private static final double RIGHT = 12;
    private static final double TOP = 42;
    private static final double BOTTOM = 46;
    private static final double LEGEND = 34;
    private static final int LINES = 5;
    private static final String STYLE = """
            <style>
              svg { color-scheme: light dark; }
              .page { fill: #ffffff; } .grid { stroke: #d8dee4; } .axis { stroke: #57606a; }
              text { fill: #1f2328; } .small { font-size: 12px; fill: #424a53; } .title { font-weight: 600; }
              .line { fill: none; stroke-width: 2; stroke-linejoin: round; } .ideal { stroke: #8c959f; stroke-dasharray: 2 4; }
              .s0 { stroke: #6e7781; } .s1 { stroke: #bc4c00; } .s2 { stroke: #0969da; }
              .s3 { stroke: #8250df; stroke-dasharray: 7 4; } .s4 { stroke: #1a7f37; stroke-width: 3.5; }
              @media (prefers-color-scheme: dark) {
                .page { fill: #0d1117; } .grid { stroke: #30363d; } .axis { stroke: #8b949e; }
                text { fill: #e6edf3; } .small { fill: #b1bac4; } .ideal { stroke: #6e7681; }
                .s0 { stroke: #9ea7b3; } .s1 { stroke: #f0883e; } .s2 { stroke: #58a6ff; }
                .s3 { stroke: #bc8cff; } .s4 { stroke: #3fb950; }
              }
            </style>
            """;

    private final List<String> names;
    private final List<Panel> panels = new ArrayList<>();

    /// @param names of the lines in all drawings; five at most, the last one is drawn strongest
    Plot(List<String> names) {
        this.names = List.copyOf(names);
    }

    /// @param values for each name, at each of `at`
    record Panel(String title, String below, double[] at, List<double[]> values, boolean hasIdeal) {}

    void add(Panel panel) {
        panels.add(panel);
    }

    String svg(String title) {
        StringBuilder svg = new StringBuilder();
        Formatter out = new Formatter(svg, Locale.ROOT);
        double width = WIDTH * panels.size();
        out.format(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" role=\"img\""
                        + " font-family=\"system-ui, sans-serif\" font-size=\"13\">%n<title>%s</title>%n%s",
                width, HEIGHT + LEGEND, title, STYLE);
        out.format("<rect class=\"page\" width=\"%.0f\" height=\"%.0f\"/>%n", width, HEIGHT + LEGEND);
        for (int panel = 0; panel < panels.size(); panel++) {
            draw(panels.get(panel), panel * WIDTH, out);
        }
        legend(width, out);
        return svg.append("</svg>\n").toString();
    }

    private void legend(double width, Formatter out) {
        double step = (width - 2 * RIGHT) / names.size();
        for (int name = 0; name < names.size(); name++) {
            double x = RIGHT + 8 + name * step;
            double y = HEIGHT + LEGEND / 2 - 4;
            out.format("<path class=\"line s%d\" d=\"M%.0f %.0fh26\"/>", name, x, y);
            out.format("<text class=\"small\" x=\"%.0f\" y=\"%.0f\">%s</text>%n", x + 32, y + 4, names.get(name));
        }
    }

    private static void draw(Panel panel, double offset, Formatter out) {
        double most = panel.values.stream()
                .flatMapToDouble(java.util.Arrays::stream)
                .filter(value -> !Double.isNaN(value))
                .max()
                .orElse(1);
        double step = step(most);
        double top = step * Math.ceil(most / step);
        Scale scale = new Scale(offset + LEFT, offset + WIDTH - RIGHT, panel.at[panel.at.length - 1], top);
        out.format("<text class=\"title\" x=\"%.0f\" y=\"22\">%s</text>%n", offset + LEFT, panel.title);
        for (double value = 0; value <= top; value += step) {
            out.format(
                    "<path class=\"%s\" d=\"M%.1f %.1fH%.1f\"/><text class=\"small\" text-anchor=\"end\" x=\"%.1f\""
                            + " y=\"%.1f\">%.0f</text>%n",
                    value == 0 ? "axis" : "grid",
                    scale.left,
                    scale.y(value),
                    scale.right,
                    scale.left - 6,
                    scale.y(value) + 4,
                    value);
        }
        double across = step(scale.mostX);
        for (double x = 0; x <= scale.mostX; x += across) {
            out.format(
                    "<text class=\"small\" text-anchor=\"middle\" x=\"%.1f\" y=\"%.1f\">%.0f</text>%n",
                    scale.x(x), HEIGHT - BOTTOM + 18, x);
        }
        out.format(
                "<text class=\"small\" text-anchor=\"end\" x=\"%.1f\" y=\"%.1f\">%s</text>%n",
                scale.right, HEIGHT - BOTTOM + 36, panel.below);
        if (panel.hasIdeal) {
            double end = Math.min(scale.mostX, top);
            out.format(
                    "<path class=\"line ideal\" d=\"M%.1f %.1fL%.1f %.1f\"/>%n",
                    scale.x(0), scale.y(0), scale.x(end), scale.y(end));
        }
        for (int series = 0; series < panel.values.size(); series++) {
            line(panel, series, scale, out);
        }
    }

    private static void line(Panel panel, int series, Scale scale, Formatter out) {
        StringBuilder path = new StringBuilder();
        char next = 'M';
        for (int index = 0; index < panel.at.length; index++) {
            double value = panel.values.get(series)[index];
            if (Double.isNaN(value)) {
                next = 'M';
            } else {
                path.append(String.format(Locale.ROOT, "%c%.1f %.1f", next, scale.x(panel.at[index]), scale.y(value)));
                next = 'L';
            }
        }
        if (!path.isEmpty()) {
            out.format("<path class=\"line s%d\" d=\"%s\"/>%n", series, path);
        }
    }

    /// A round number that divides an axis into about five.
    private static double step(double most) {
        double rough = most / LINES;
        double power = Math.pow(10, Math.floor(Math.log10(rough)));
        for (double factor : new double[] {1, 2, 5}) {
            if (factor * power >= rough) {
                return factor * power;
            }
        }
        return 10 * power;
    }

    private record Scale(double left, double right, double mostX, double mostY) {
        double x(double value) {
            return left + (right - left) * value / mostX;
        }

        double y(double value) {
            return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * value / mostY;
        }
    }
}
