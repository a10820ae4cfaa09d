package dev.firstpass.server.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.regex.Pattern;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

final class HtmlTest {
    private static final String EVIL = "\"><script>alert('x')</script>&";

    @Test
    void text_isEscaped() {
        assertEquals("&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;", Html.escaped(EVIL));
        assertEquals("a\uFFFDb", Html.escaped("a\u0000b"));
    }

    @Property(tries = 200)
    void anyText_readsAsItself_butForControlCharacters(@ForAll @StringLength(max = 40) String text) {
        String escaped = Html.escaped(text);

        assertFalse(Pattern.compile("[<>\"']").matcher(escaped).find());
        assertEquals(
                text.replaceAll("\\p{Cntrl}|[\u0080-\u009F]", "\uFFFD"),
                escaped.replace("&lt;", "<")
                        .replace("&gt;", ">")
                        .replace("&quot;", "\"")
                        .replace("&#39;", "'")
                        .replace("&amp;", "&"));
    }

    @Test
    void parts_escapeWhatTheyAreGiven() {
        String parts = Html.page(EVIL, "p{margin:0}", "")
                + Html.table(List.of(List.of(EVIL), List.of(EVIL)))
                + Html.png(EVIL, EVIL, new byte[3])
                + Html.jpeg(EVIL, EVIL, new byte[3]);
        assertFalse(parts.contains("<script"), parts);
        assertFalse(parts.contains("\">&"), parts);
    }

    @Test
    void table_hasAHeading() {
        assertTrue(Html.table(List.of(List.of("a", "b"), List.of("1", "2")))
                .contains("<tr><th>a</th><th>b</th></tr>\n<tr><td>1</td><td>2</td></tr>\n"));
    }
}
