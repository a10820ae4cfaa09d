package dev.firstpass.server.validation;

import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.validation.Check;
import dev.firstpass.registry.validation.GoldenResult;
import dev.firstpass.registry.validation.ValidationReport;
import dev.firstpass.server.page.Html;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// A report as a page that needs nothing else: no script, and pictures in it.
///
/// Pure functions.
final class ReportPage {
    private static final double MILLIS_PER_SECOND = 1e3;
    private static final String STYLE = """
            :root{color-scheme:light dark;--line:#8884;--good:#1a7f37;--bad:#cf222e;--note:#9a6700}
            @media(prefers-color-scheme:dark){:root{--good:#3fb950;--bad:#f85149;--note:#d29922}}
            body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}
            h1{font-size:1.5rem;margin:0}h2{font-size:1.15rem;margin:2rem 0 .5rem;overflow-wrap:anywhere}
            .sub{opacity:.75;margin:.25rem 0 1.5rem;overflow-wrap:anywhere}
            table{border-collapse:collapse;width:100%}
            th,td{text-align:left;padding:.35rem .75rem .35rem 0;border-bottom:1px solid var(--line);
            vertical-align:top;overflow-wrap:anywhere}
            .n{text-align:right;font-variant-numeric:tabular-nums}
            .PASSED{color:var(--good)}.FAILED{color:var(--bad)}.NOTED{color:var(--note)}.SKIPPED{opacity:.6}
            .o{font-weight:600;white-space:nowrap}
            .pictures{display:flex;flex-wrap:wrap;gap:1rem;margin:1rem 0}
            figure{margin:0;flex:1 1 20rem}img{max-width:100%;height:auto;display:block;border-radius:4px}
            figcaption{opacity:.75}ul{margin:.5rem 0;padding-left:1.25rem}""";

    private ReportPage() {}

    /// @param pictures image of a sample -> what was drawn over it, for those that are shown
    static String of(ModelVersion version, ValidationReport report, Map<String, List<SamplePictures.Drawn>> pictures) {
        StringBuilder page = new StringBuilder(4096);
        String verdict = report.isPassed() ? "PASSED" : "FAILED";
        page.append("<h1>")
                .append(Html.escaped(version.ref().toString()))
                .append(" <span class=\"")
                .append(verdict)
                .append("\">")
                .append(verdict)
                .append("</span></h1>\n<p class=\"sub\">")
                .append(Html.escaped(String.format(
                        Locale.ROOT,
                        "tried out on %s in %.1f s, %s; it is %s now",
                        report.device().isEmpty() ? "no device" : report.device(),
                        report.millis() / MILLIS_PER_SECOND,
                        report.at(),
                        version.state())))
                .append("<br>")
                .append(Html.escaped(version.digest()))
                .append("</p>\n");
        checks(page, report.checks());
        report.golden().forEach(result -> golden(page, result, pictures.getOrDefault(result.image(), List.of())));
        return Html.page(version.ref() + " " + verdict.toLowerCase(Locale.ROOT), STYLE, page);
    }

    private static void checks(StringBuilder page, List<Check> checks) {
        page.append("<table>\n<tr><th>Check</th><th>Outcome</th><th>What was found</th></tr>\n");
        for (Check check : checks) {
            String outcome = check.outcome().name();
            page.append("<tr><td>")
                    .append(Html.escaped(check.name()))
                    .append("</td><td class=\"o ")
                    .append(outcome)
                    .append("\">")
                    .append(outcome.toLowerCase(Locale.ROOT))
                    .append("</td><td>")
                    .append(Html.escaped(check.detail()))
                    .append("</td></tr>\n");
        }
        page.append("</table>\n");
    }

    private static void golden(StringBuilder page, GoldenResult result, List<SamplePictures.Drawn> pictures) {
        page.append("<h2>")
                .append(Html.escaped(result.image()))
                .append(
                        result.isMet()
                                ? " <span class=\"PASSED\">as expected"
                                : " <span class=\"FAILED\">not as expected")
                .append("</span></h2>\n");
        if (!result.deviations().isEmpty()) {
            page.append("<ul>\n");
            result.deviations()
                    .forEach(deviation ->
                            page.append("<li>").append(Html.escaped(deviation)).append("</li>\n"));
            page.append("</ul>\n");
        }
        page.append("<table>\n<tr><th>Label</th><th class=\"n\">Expected</th><th class=\"n\">Found</th>")
                .append("<th class=\"n\">Matched</th><th class=\"n\">Least IoU</th>")
                .append("<th class=\"n\">Most score difference</th></tr>\n");
        for (GoldenResult.ClassResult one : result.classes()) {
            page.append("<tr><td>").append(Html.escaped(one.label())).append("</td>");
            number(page, Integer.toString(one.expected()));
            number(page, Integer.toString(one.found()));
            number(page, Integer.toString(one.matched()));
            number(page, one.matched() == 0 ? "-" : decimals(one.leastIou()));
            number(page, one.matched() == 0 ? "-" : decimals(one.mostScoreDifference()));
            page.append("</tr>\n");
        }
        page.append("</table>\n");
        if (!pictures.isEmpty()) {
            page.append("<div class=\"pictures\">\n");
            pictures.forEach(picture -> page.append(Html.png(picture.title(), result.image(), picture.png())));
            page.append("</div>\n");
        }
    }

    private static void number(StringBuilder page, String text) {
        page.append("<td class=\"n\">").append(text).append("</td>");
    }

    private static String decimals(double value) {
        return String.format(Locale.ROOT, "%.3f", value);
    }
}
