package dev.firstpass.server.cli;

import dev.firstpass.postprocess.evaluation.Edits;
import dev.firstpass.server.page.Html;
import java.util.ArrayList;
import java.util.List;

/// A report as a page that needs nothing else: no script, and pictures in it.
///
/// Pure functions.
final class EvaluationPage {
    private static final String STYLE = """
            :root{color-scheme:light dark;--line:#8884}
            body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}
            h1{font-size:1.5rem;margin:0;overflow-wrap:anywhere}h2{font-size:1.15rem;margin:2rem 0 .5rem}
            h3{font-size:1rem;margin:1.5rem 0 .25rem;overflow-wrap:anywhere}
            .sub{opacity:.75;margin:.25rem 0 1.5rem;overflow-wrap:anywhere}
            .wide{overflow-x:auto}table{border-collapse:collapse}
            th,td{text-align:left;padding:.3rem 1rem .3rem 0;border-bottom:1px solid var(--line);white-space:nowrap}
            th:not(:first-child),td:not(:first-child){text-align:right;font-variant-numeric:tabular-nums}
            .pictures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(20rem,100%),1fr));gap:1rem;margin:.5rem 0}
            figure{margin:0;max-width:50rem}
            img{max-width:100%;height:auto;display:block;border-radius:4px}figcaption{opacity:.75}""";

    private EvaluationPage() {}

    /// @param title what is drawn
    record Picture(String title, byte[] jpeg) {}

    /// An image that needs many corrections.
    record Shown(String name, Edits edits, List<Picture> pictures) {}

    static String of(EvaluationReport report, List<Shown> worst) {
        StringBuilder page = new StringBuilder(1 << 16);
        String models = EvaluationTables.models(report);
        page.append("<h1>")
                .append(Html.escaped(models))
                .append("</h1>\n<p class=\"sub\">")
                .append(Html.escaped(EvaluationTables.headline(report)))
                .append("</p>\n");
        List<EvaluationTables.Named> tables = EvaluationTables.of(report);
        tables(page, tables.subList(0, EvaluationTables.OF_ALL));
        list(page, EvaluationTables.notes(report));
        tables(page, tables.subList(EvaluationTables.OF_ALL, tables.size()));
        if (!worst.isEmpty()) {
            page.append("<h2>Images that need most corrections</h2>\n");
            worst.forEach(image -> image(page, image));
        }
        return Html.page(models + " on " + report.dataSet(), STYLE, page);
    }

    private static void tables(StringBuilder page, List<EvaluationTables.Named> tables) {
        tables.forEach(table -> page.append("<h2>")
                .append(Html.escaped(table.title()))
                .append("</h2>\n")
                .append(Html.table(table.rows())));
    }

    private static void list(StringBuilder page, List<String> notes) {
        if (!notes.isEmpty()) {
            page.append("<ul>\n");
            notes.forEach(note -> page.append("<li>").append(Html.escaped(note)).append("</li>\n"));
            page.append("</ul>\n");
        }
    }

    private static void image(StringBuilder page, Shown image) {
        page.append("<h3>")
                .append(Html.escaped(image.name()))
                .append("</h3>\n<p class=\"sub\">")
                .append(Html.escaped(words(image.edits())))
                .append("</p>\n<div class=\"pictures\">\n");
        for (Picture picture : image.pictures()) {
            page.append(Html.jpeg(picture.title(), image.name(), picture.jpeg()));
        }
        page.append("</div>\n");
    }

    private static String words(Edits edits) {
        List<String> words = new ArrayList<>();
        word(words, edits.accepted(), "accepted");
        word(words, edits.adjusted(), "adjusted");
        word(words, edits.relabeled(), "relabeled");
        word(words, edits.drawn(), "drawn");
        word(words, edits.deleted(), "deleted");
        return String.join(", ", words);
    }

    private static void word(List<String> words, long count, String what) {
        if (count > 0) {
            words.add(count + " " + what);
        }
    }
}
