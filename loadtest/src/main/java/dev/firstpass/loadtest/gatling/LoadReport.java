package dev.firstpass.loadtest.gatling;

import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.firstpass.loadtest.report.Chart;
import dev.firstpass.loadtest.report.LoadPage;
import dev.firstpass.server.page.Html;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// What a load test found out.
///
/// Immutable.
///
/// @param kinds those who wait, and bulk, where there were any
record LoadReport(LoadPlan plan, List<Recorder.Summary> kinds, List<Recorder.Entry> entries) {
    private static final double[] PERCENTILES = {50, 90, 95, 99, 99.9};

    LoadReport {
        kinds = List.copyOf(kinds);
        entries = List.copyOf(entries);
    }

    static LoadReport of(LoadPlan plan, Schedule schedule, Recorder recorder) {
        int all = (int)
                IntStream.range(0, schedule.size()).filter(schedule::counts).count();
        int bulk = (int) IntStream.range(0, schedule.size())
                .filter(schedule::counts)
                .filter(schedule::isBulk)
                .count();
        List<Recorder.Summary> kinds = new ArrayList<>();
        if (bulk < all) {
            kinds.add(recorder.summary("interactive", all - bulk, entry -> !entry.isBulk()));
        }
        if (bulk > 0) {
            kinds.add(recorder.summary("bulk", bulk, Recorder.Entry::isBulk));
        }
        return new LoadReport(plan, kinds, recorder.all());
    }

    /// Prints it, and writes the files that were asked for.
    void write() throws IOException {
        text().forEach(System.out::println);
        if (plan.report().isPresent()) {
            Files.writeString(Path.of(plan.report().get()), page());
        }
        if (plan.json().isPresent()) {
            JsonMapper json = JsonMapper.builder()
                    .enable(SerializationFeature.INDENT_OUTPUT)
                    .build();
            Files.write(Path.of(plan.json().get()), json.writeValueAsBytes(json()));
        }
    }

    private List<String> text() {
        List<String> lines = new ArrayList<>();
        lines.add("");
        lines.add(title() + "; latency from when a request was due");
        for (List<String> row : rows()) {
            lines.add(String.format(Locale.ROOT, "%-12s %10s %10s %10s %10s %10s %9s  %s", row.toArray(Object[]::new)));
        }
        return lines;
    }

    private String title() {
        return String.format(
                Locale.ROOT,
                "%s at %s over %s, %s requests a second for %s s",
                plan.model(),
                plan.target(),
                plan.door().equals("grpc") ? "gRPC" : "HTTP",
                plain(plan.rate()),
                plain(plan.seconds()));
    }

    private List<List<String>> rows() {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("", "p50", "p90", "p95", "p99", "p99.9", "answered", "without an answer"));
        for (Recorder.Summary kind : kinds) {
            List<String> row = new ArrayList<>();
            row.add(kind.name());
            for (double percent : PERCENTILES) {
                row.add(millis(kind.percentile(percent)));
            }
            row.add(Integer.toString(kind.millis().size()));
            row.add((kind.asked() - kind.millis().size())
                    + (kind.reasons().isEmpty() ? "" : ": " + reasons(kind.reasons())));
            rows.add(row);
        }
        return rows;
    }

    private static String reasons(Map<String, Integer> reasons) {
        return reasons.entrySet().stream()
                .map(entry -> entry.getKey() + " " + entry.getValue())
                .collect(Collectors.joining(", "));
    }

    private String page() {
        StringBuilder body = new StringBuilder("<h1>Load on ")
                .append(Html.escaped(plan.model()))
                .append("</h1>\n<p class=\"sub\">")
                .append(Html.escaped(title() + ", at random moments (Poisson, seed " + plan.seed()
                        + "); latency from when a request was due"))
                .append("</p>\n")
                .append(LoadPage.table(rows()));
        List<String> names = kinds.stream().map(Recorder.Summary::name).toList();
        List<Chart.Tick> shares = IntStream.iterate(0, percent -> percent <= 100, percent -> percent + 10)
                .mapToObj(percent -> new Chart.Tick(percent, percent + " %"))
                .toList();
        Chart quantiles = new Chart(
                "Latency that a share of the requests is below",
                0,
                100,
                shares,
                "ms",
                OptionalDouble.empty(),
                false,
                kinds.stream().map(LoadReport::quantiles).toList());
        body.append(LoadPage.figure("share of the requests that took less", names, quantiles.svg()));
        Chart course = new Chart(
                "95th percentile of each second",
                0,
                plan.seconds(),
                IntStream.rangeClosed(0, 6)
                        .mapToObj(tick -> plan.seconds() * tick / 6)
                        .map(second -> new Chart.Tick(second, String.format(Locale.ROOT, "%.0f s", second)))
                        .toList(),
                "ms",
                OptionalDouble.empty(),
                true,
                kinds.stream().map(kind -> course(kind.name().equals("bulk"))).toList());
        body.append(LoadPage.figure("p95 of each second", names, course.svg()));
        return LoadPage.page("Load on " + plan.model(), body.toString());
    }

    private static List<Chart.Point> quantiles(Recorder.Summary kind) {
        return IntStream.rangeClosed(0, 100)
                .mapToObj(percent -> new Chart.Point(percent, kind.percentile(percent)))
                .toList();
    }

    private List<Chart.Point> course(boolean isBulk) {
        return entries.stream()
                .filter(entry -> entry.isBulk() == isBulk && entry.isAnswered())
                .collect(Collectors.groupingBy(entry -> (int) entry.dueSeconds()))
                .entrySet()
                .stream()
                .sorted(Map.Entry.comparingByKey())
                .map(second -> new Chart.Point(second.getKey() + 0.5, p95(second.getValue())))
                .toList();
    }

    private static double p95(List<Recorder.Entry> some) {
        double[] millis =
                some.stream().mapToDouble(Recorder.Entry::millis).sorted().toArray();
        return millis[(int) (Math.ceil(0.95 * millis.length) - 1)];
    }

    private Map<String, Object> json() {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("target", plan.target());
        all.put("model", plan.model());
        all.put("door", plan.door());
        all.put("rate", plan.rate());
        all.put("seconds", plan.seconds());
        all.put("seed", plan.seed());
        for (Recorder.Summary kind : kinds) {
            Map<String, Object> figures = new LinkedHashMap<>();
            figures.put("asked", kind.asked());
            figures.put("answered", kind.millis().size());
            figures.put("reasons", kind.reasons());
            for (double percent : PERCENTILES) {
                figures.put("p" + plain(percent), kind.percentile(percent));
            }
            all.put(kind.name(), figures);
        }
        return all;
    }

    private static String millis(double value) {
        return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, value >= 100 ? "%.0f ms" : "%.1f ms", value);
    }

    private static String plain(double value) {
        return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
    }
}
