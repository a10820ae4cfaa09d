package dev.firstpass.server.page;

import java.util.Base64;
import java.util.List;

/// Parts of a page that needs nothing else: no script, and pictures in it.
///
/// Pure functions.
public final class Html {
    private Html() {}

    /// A whole page.
    ///
    /// @param title text
    /// @param style CSS
    /// @param body HTML, with a line's end at its end
    public static String page(String title, String style, CharSequence body) {
        return "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                + "<meta name=\"viewport\" content=\"width=device-width\">\n<title>" + escaped(title)
                + "</title>\n<style>\n" + style + "\n</style>\n</head>\n<body>\n" + body + "</body>\n</html>\n";
    }

    /// @param rows text; the first is the heading
    public static String table(List<List<String>> rows) {
        StringBuilder table = new StringBuilder("<div class=\"wide\"><table>\n");
        String cell = "th";
        for (List<String> row : rows) {
            table.append("<tr>");
            for (String text : row) {
                table.append('<').append(cell).append('>').append(escaped(text));
                table.append("</").append(cell).append('>');
            }
            table.append("</tr>\n");
            cell = "td";
        }
        return table.append("</table></div>\n").toString();
    }

    /// A picture that is part of the page.
    ///
    /// @param title what it shows, text
    /// @param image what it is drawn on, text
    public static String png(String title, String image, byte[] png) {
        return picture(title, image, "image/png", png);
    }

    /// The same of a JPEG.
    public static String jpeg(String title, String image, byte[] jpeg) {
        return picture(title, image, "image/jpeg", jpeg);
    }

    private static String picture(String title, String image, String mediaType, byte[] bytes) {
        return "<figure><img alt=\"" + escaped(title + " on " + image) + "\" src=\"data:" + mediaType + ";base64,"
                + Base64.getEncoder().encodeToString(bytes) + "\"><figcaption>" + escaped(title)
                + "</figcaption></figure>\n";
    }

    /// Text as it may stand in an element and in a quoted attribute.
    public static String escaped(String text) {
        StringBuilder escaped = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            switch (c) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '"' -> escaped.append("&quot;");
                case '\'' -> escaped.append("&#39;");
                default -> escaped.appendCodePoint(Character.isISOControl(c) ? '\uFFFD' : c);
            }
        });
        return escaped.toString();
    }
}
