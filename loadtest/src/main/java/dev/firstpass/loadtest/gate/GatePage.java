package dev.firstpass.loadtest.gate;

import dev.firstpass.loadtest.report.Chart;
import dev.firstpass.loadtest.report.LoadPage;
import dev.firstpass.server.page.Html;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/// The result as a page.
///
/// Pure functions.
final class GatePage {
    private GatePage() {}

    static String of(GateResult result) {
        String title =
                result.candidate().model() + " against " + result.stable().model();
        StringBuilder body =
                new StringBuilder("<h1>").append(Html.escaped(title)).append("</h1>\n<p class=\"sub\">");
        body.append(Html.escaped(String.format(
                Locale.ROOT,
                "%s, %s requests a second, %d pairs of blocks of %s s, in turn; latency from when a request was due",
                result.target(),
                plain(result.rate()),
                result.pairs(),
                plain(result.blockSeconds()))));
        body.append("</p>\n<p><span class=\"badge ")
                .append(style(result.verdict()))
                .append("\">")
                .append(result.verdict())
                .append("</span> ")
                .append(Html.escaped(result.why()))
                .append("</p>\n");
        findings(body, result);
        arms(body, result);
        if (result.stable().answered() > 0 && result.candidate().answered() > 0) {
            charts(body, result);
        }
        body.append("<p class=\"sub\">")
                .append(Html.escaped(String.format(
                        Locale.ROOT,
                        "Seed %d. 1 %% of the requests were sent more than %.1f ms late, which counts as latency.",
                        result.seed(),
                        result.lagMillis())))
                .append("</p>\n");
        return LoadPage.page(title, body.toString());
    }

    private static void findings(StringBuilder body, GateResult result) {
        if (result.findings().isEmpty()) {
            return;
        }
        body.append(
                        "<h2>What was looked at</h2>\n<div class=\"wide\"><table>\n<tr><th>figure</th><th class=\"number\">")
                .append("measured (95 % interval), limit</th><th></th></tr>\n");
        for (Finding finding : result.findings()) {
            body.append("<tr><td>")
                    .append(Html.escaped(finding.name()))
                    .append("</td><td class=\"number\">")
                    .append(Html.escaped(GateText.figures(finding)))
                    .append("</td><td class=\"")
                    .append(style(finding.verdict()))
                    .append("\">")
                    .append(finding.verdict())
                    .append("</td></tr>\n");
        }
        body.append(
                        "</table></div>\n<p class=\"sub\">A figure passes if its whole interval is within the limit, and fails if none ")
                .append("of it is.</p>\n");
    }

    private static void arms(StringBuilder body, GateResult result) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("version", "p50", "p90", "p95", "p99", "p99.9", "answered", "without an answer"));
        for (GateResult.ArmResult arm : List.of(result.stable(), result.candidate())) {
            rows.add(List.of(
                    arm.model(),
                    GateText.millis(arm.percentile(50)),
                    GateText.millis(arm.percentile(90)),
                    GateText.millis(arm.percentile(95)),
                    GateText.millis(arm.percentile(99)),
                    GateText.millis(arm.p999()),
                    Integer.toString(arm.answered()),
                    arm.unanswered() + (arm.reasons().isEmpty() ? "" : ": " + GateText.reasons(arm.reasons()))));
        }
        body.append("<h2>Latency</h2>\n").append(LoadPage.table(rows));
    }

    private static void charts(StringBuilder body, GateResult result) {
        List<String> names = List.of(result.stable().model(), result.candidate().model());
        OptionalDouble limit = result.findings().stream()
                .filter(finding -> finding.unit().equals("ms"))
                .mapToDouble(Finding::limit)
                .min();
        List<Chart.Tick> ticks = IntStream.iterate(0, percent -> percent <= 100, percent -> percent + 10)
                .mapToObj(percent -> new Chart.Tick(percent, percent + " %"))
                .toList();
        Chart quantiles = new Chart(
                "Latency that a share of the requests is below",
                0,
                100,
                ticks,
                "ms",
                limit,
                false,
                List.of(quantiles(result.stable()), quantiles(result.candidate())));
        body.append(LoadPage.figure("share of the requests that took less; dashed: the limit", names, quantiles.svg()));
        int pairs = result.pairs();
        Chart blocks = new Chart(
                "95th percentile of each block",
                0,
                pairs + 1.0,
                IntStream.rangeClosed(1, pairs)
                        .filter(pair -> pairs <= 20 || pair % 5 == 0)
                        .mapToObj(pair -> new Chart.Tick(pair, Integer.toString(pair)))
                        .toList(),
                "ms",
                limit,
                true,
                List.of(blocks(result.stable()), blocks(result.candidate())));
        body.append(LoadPage.figure("p95 of each block, by pair", names, blocks.svg()));
    }

    private static List<Chart.Point> quantiles(GateResult.ArmResult arm) {
        return IntStream.range(0, arm.quantiles().size())
                .mapToObj(percent -> new Chart.Point(percent, arm.quantiles().get(percent)))
                .toList();
    }

    private static List<Chart.Point> blocks(GateResult.ArmResult arm) {
        return IntStream.range(0, arm.blockP95().size())
                .mapToObj(pair -> new Chart.Point(pair + 1.0, arm.blockP95().get(pair)))
                .toList();
    }

    private static String style(Verdict verdict) {
        return switch (verdict) {
            case PASS -> "good";
            case FAIL -> "bad";
            case UNDECIDED -> "open";
        };
    }

    private static String plain(double value) {
        return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
    }
}
