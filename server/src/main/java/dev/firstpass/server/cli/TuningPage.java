package dev.firstpass.server.cli;

import dev.firstpass.server.tuning.StageTuning;
import dev.firstpass.server.tuning.TuningReport;
import java.util.List;

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
        page.append("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
                .append("<meta name=\"viewport\" content=\"width=device-width\">\n<title>Tuning of ")
                .append(HtmlText.escaped(report.version()))
                .append("</title>\n<style>\n")
                .append(STYLE)
                .append("\n</style>\n</head>\n<body>\n<h1>Tuning of ")
                .append(HtmlText.escaped(report.version()))
                .append("</h1>\n<p class=\"sub\">")
                .append(HtmlText.escaped(TuningText.headline(report)))
                .append("</p>\n");
        report.stages().forEach(stage -> stage(page, stage));
        for (TuningText.Advice advice : TuningText.advice(report)) {
            page.append("<h2>").append(HtmlText.escaped(advice.title())).append("</h2>\n<pre>");
            advice.lines().forEach(line -> page.append(HtmlText.escaped(line)).append('\n'));
            page.append("</pre>\n");
        }
        return page.append("</body>\n</html>\n").toString();
    }

    private static void stage(StringBuilder page, StageTuning stage) {
        page.append("<h2>Stage ")
                .append(HtmlText.escaped(stage.stage() + ", rows of " + stage.row()))
                .append("</h2>\n")
                .append(TuningPlot.of(stage));
        TuningText.best(stage)
                .forEach(line ->
                        page.append("<p>").append(HtmlText.escaped(line)).append("</p>\n"));
        stage.notes()
                .forEach(note ->
                        page.append("<p>").append(HtmlText.escaped(note)).append("</p>\n"));
        page.append("<div class=\"wide\"><table>\n");
        String cell = "th";
        for (List<String> row : TuningText.table(stage)) {
            page.append("<tr>");
            for (String text : row) {
                page.append('<').append(cell).append('>').append(HtmlText.escaped(text));
                page.append("</").append(cell).append('>');
            }
            page.append("</tr>\n");
            cell = "td";
        }
        page.append("</table></div>\n");
    }
}
