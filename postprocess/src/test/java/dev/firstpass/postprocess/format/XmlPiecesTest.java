package dev.firstpass.postprocess.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.dataset.DataSetException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class XmlPiecesTest {
    private static List<String> pieces(String xml, int most) throws IOException {
        byte[] bytes = xml.getBytes(StandardCharsets.UTF_8);
        List<String> found = new ArrayList<>();
        new XmlPieces(new ByteArrayInputStream(bytes), "image", most).read(new XmlPieces.Found() {
            @Override
            public void element(long offset, byte[] piece, int line) {
                String text = new String(piece, StandardCharsets.UTF_8);
                assertEquals(
                        text, new String(bytes, (int) offset, piece.length, StandardCharsets.UTF_8), "where it stands");
                found.add(line + " " + text);
            }

            @Override
            public void other(String name) {
                found.add("<" + name + ">");
            }

            @Override
            public void end(String name) {
                found.add("</" + name + ">");
            }
        });
        return found;
    }

    @Test
    void read_elements_areWhereTheyStand() throws IOException {
        assertEquals(
                List.of(
                        "<a>",
                        "2 <image x=\"/>\"/>",
                        "3 <image>ö<b y='</image>'/><!-- </image> -- --><![CDATA[</image>]]]></image>",
                        "<images>",
                        "4 <image\n>t</image >",
                        "</a>"),
                pieces("""
                        <?xml version="1.0"?><!DOCTYPE a><!-- <image/> --><a>
                        ß<image x="/>"/>
                        <image>ö<b y='</image>'/><!-- </image> -- --><![CDATA[</image>]]]></image>
                        <images/><image
                        >t</image ></a>""", 1000));
    }

    @Test
    void read_withoutAnEndOrTooLong_isRefused() {
        assertEquals(
                "line 2: <image> without an end (expected: a whole file)",
                assertThrows(DataSetException.class, () -> pieces("<a>\n<image><b>", 1000))
                        .getMessage());
        assertTrue(String.valueOf(assertThrows(
                                DataSetException.class,
                                () -> pieces("<a><image>" + "x".repeat(100) + "</image></a>", 50))
                        .getMessage())
                .startsWith("line 1: longer than 50 bytes"));
    }

    @Test
    void read_whatIsNoXml_ends() throws IOException {
        for (String bad :
                List.of("", "<", "<!", "<!--", "<![CDATA[", "<?", "</", "<a b='", "\0\u00ff<image/>", "<!->")) {
            pieces(bad, 1000);
        }
    }
}
