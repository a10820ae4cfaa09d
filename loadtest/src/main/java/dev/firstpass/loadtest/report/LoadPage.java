package dev.firstpass.loadtest.report;

import dev.firstpass.server.page.Html;
import java.util.List;

/// Parts of a page.
///
/// Pure functions.
public final class LoadPage {
    private static final String STYLE = """
            :root{color-scheme:light dark;--ink:light-dark(#1c1e21,#eceded);--soft:light-dark(#5d6066,#a4a9b0);
            --line:light-dark(#e2dfd8,#2c3035);--ground:light-dark(#f5f4f1,#131517);--surface:light-dark(#fff,#1b1e21);
            --first:light-dark(#5d6066,#a4a9b0);--second:light-dark(#0f6b57,#5fd4b4);
            --good:light-dark(#0f6b57,#5fd4b4);--bad:light-dark(#a8321f,#ff9d8a);--open:light-dark(#8a5a00,#f0c060)}
            body{font:15px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;
            background:var(--ground);color:var(--ink)}
            h1{font-size:1.5rem;margin:0;overflow-wrap:anywhere}h2{font-size:1.1rem;margin:2rem 0 .5rem}
            .sub{color:var(--soft);margin:.25rem 0 1.25rem;overflow-wrap:anywhere}
            .wide{overflow-x:auto}table{border-collapse:collapse;min-width:100%}
            th,td{text-align:left;padding:.35rem 1rem .35rem 0;border-bottom:1px solid var(--line);white-space:nowrap}
            th{color:var(--soft);font-weight:500}
            .number{text-align:right;font-variant-numeric:tabular-nums}
            .badge{display:inline-block;border-radius:6px;padding:.1rem .6rem;font-weight:600;border:2px solid;margin:0 0 .25rem}
            .good{color:var(--good)}.bad{color:var(--bad)}.open{color:var(--open)}
            figure{margin:.5rem 0;background:var(--surface);border:1px solid var(--line);border-radius:10px;padding:.75rem}
            figcaption{color:var(--soft)}svg{display:block;width:100%;height:auto}
            svg text{font:12px system-ui,sans-serif;fill:var(--soft)}
            .grid{stroke:var(--line)}.limit{stroke:var(--bad);stroke-dasharray:5 4}
            .s0{stroke:var(--first);fill:none;stroke-width:2}.s1{stroke:var(--second);fill:none;stroke-width:2}
            .d0{fill:var(--first)}.d1{fill:var(--second)}
            .key{display:inline-block;width:1.2em;height:.3em;margin:0 .4em .2em 0}
            .k0{background:var(--first)}.k1{background:var(--second)}.key+span{margin-right:1.2em}""";

    private LoadPage() {}

    /// A whole page.
    ///
    /// @param body of the page, already HTML
    public static String page(String title, String body) {
        return Html.page(title, STYLE, body);
    }

    /// A table; the first column is text and the others are numbers.
    ///
    /// @param rows the first is the heading; text
    public static String table(List<List<String>> rows) {
        StringBuilder table = new StringBuilder("<div class=\"wide\"><table>\n");
        String cell = "th";
        for (List<String> row : rows) {
            table.append("<tr>");
            for (int column = 0; column < row.size(); column++) {
                table.append('<')
                        .append(cell)
                        .append(column == 0 ? ">" : " class=\"number\">")
                        .append(Html.escaped(row.get(column)))
                        .append("</")
                        .append(cell)
                        .append('>');
            }
            table.append("</tr>\n");
            cell = "td";
        }
        return table.append("</table></div>\n").toString();
    }

    /// A chart with what it shows and which line is whose.
    public static String figure(String caption, List<String> names, String svg) {
        StringBuilder figure = new StringBuilder("<figure>\n").append(svg).append("<figcaption>");
        for (int series = 0; series < names.size(); series++) {
            figure.append("<span class=\"key k")
                    .append(series)
                    .append("\"></span><span>")
                    .append(Html.escaped(names.get(series)))
                    .append("</span> ");
        }
        return figure.append(Html.escaped(caption))
                .append("</figcaption></figure>\n")
                .toString();
    }
}
