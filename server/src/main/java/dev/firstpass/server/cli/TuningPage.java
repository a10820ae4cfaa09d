package dev.firstpass.server.cli;

import dev.firstpass.server.page.Html;
import dev.firstpass.server.tuning.StageTuning;
import dev.firstpass.server.tuning.TuningReport;

/// A tuning as a page that needs nothing else: no script, and plots in it.
///
/// Pure functions.
final class TuningPage {
    private static final String STYLE = """
            :root{color-scheme:light dark;--line:#8884}
            body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
            h1{font-size:1.5rem;margin:0}h2{font-size:1.15rem;margin:2rem 0 .5rem}
            .sub{opacity:.75;margin:.25rem 0 1.5rem}
            .wide{overflow-x:auto}table{border-collapse:collapse}
            th,td{text-align:right;padding:.3rem 0 .3rem 1.5rem;border-bottom:1px solid var(--line);white-space:nowrap;
            font-variant-numeric:tabular-nums}
            th:first-child,td:first-child{padding-left:0}
            svg{max-width:100%;height:auto;display:block}svg text{fill:currentColor;font:12px system-ui,sans-serif}
            pre{border:1px solid var(--line);border-radius:4px;padding:.5rem .75rem;overflow-x:auto}""";

    private TuningPage() {}

    static String of(TuningReport report) {
        StringBuilder page = new StringBuilder(1 << 14);
        String title = "Tuning of " + report.version();
        page.append("<h1>")
                .append(Html.escaped(title))
                .append("</h1>\n<p class=\"sub\">")
                .append(Html.escaped(TuningText.headline(report)))
                .append("</p>\n");
        report.stages().forEach(stage -> stage(page, stage));
        for (TuningText.Advice advice : TuningText.advice(report)) {
            page.append("<h2>").append(Html.escaped(advice.title())).append("</h2>\n<pre>");
            advice.lines().forEach(line -> page.append(Html.escaped(line)).append('\n'));
            page.append("</pre>\n");
        }
        return Html.page(title, STYLE, page);
    }

    private static void stage(StringBuilder page, StageTuning stage) {
        page.append("<h2>Stage ")
                .append(Html.escaped(stage.stage() + ", rows of " + stage.row()))
                .append("</h2>\n")
                .append(TuningPlot.of(stage));
        TuningText.best(stage)
                .forEach(line -> page.append("<p>").append(Html.escaped(line)).append("</p>\n"));
        stage.notes()
                .forEach(note -> page.append("<p>").append(Html.escaped(note)).append("</p>\n"));
        page.append(Html.table(TuningText.table(stage)));
    }
}
