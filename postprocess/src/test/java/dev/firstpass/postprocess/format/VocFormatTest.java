package dev.firstpass.postprocess.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.dataset.DataSetException;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Rect;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class VocFormatTest {
    private static final String DEVKIT = """
            <annotation>
              <folder>VOC2012</folder><filename>2007_000027.jpg</filename>
              <size><width>486</width><height>500</height><depth>3</depth></size>
              <object>
                <name>person</name><truncated>1</truncated><difficult>0</difficult><occluded>true</occluded>
                <part><name>head</name><bndbox><xmin>209</xmin><ymin>108</ymin><xmax>290</xmax><ymax>204</ymax></bndbox></part>
                <bndbox><xmax>349</xmax><xmin>174</xmin><ymax>351.5</ymax><ymin>101</ymin></bndbox>
              </object>
              <object><name>dog</name><polygon><x1>1</x1></polygon></object>
            </annotation>""";

    @Test
    void read_devkitFile_hasFlagsPartsAndTheOrderOfCorners() {
        LabelFile file = parse(0, DEVKIT);

        assertEquals(Optional.of("2007_000027.jpg"), file.image());
        assertEquals(Optional.of(new ImageSize(486, 500)), file.size());
        assertEquals(1, file.labels().size());
        assertEquals(
                new Annotation.Box(
                        new Candidate(0, "person", 1, Map.of("truncated", "1", "occluded", "1")),
                        new Rect(174, 101, 175, 250.5)),
                file.labels().getFirst().annotation());
        assertEquals(Map.of("parts of objects: not read", 1L, "objects without bndbox: left out", 1L), file.notes());
    }

    @Test
    void read_fromOne_isOneLess() {
        assertEquals(
                Optional.of(new Rect(173, 100, 175, 250.5)),
                parse(1, DEVKIT).labels().getFirst().box());
    }

    @Test
    void write_fromOne_saysSoAndIsReadBack() {
        WrittenDataSet written = Samples.write("voc", Map.of("origin", "1"), Samples.prelabels(Samples.BOX));
        String xml = new String(written.content(), StandardCharsets.UTF_8);

        assertTrue(xml.contains("<xmin>4.25</xmin>") && xml.contains("<ymax>15.5625</ymax>"), xml);
        assertEquals(
                Optional.of(Samples.BOX.box()),
                parse(0, xml).labels().getFirst().box());
    }

    @Test
    void write_otherOrigin_isRefused() {
        assertEquals(
                "format option origin: 2 (expected: 0 or 1)",
                assertThrows(
                                FormatOptionException.class,
                                () -> Samples.write("voc", Map.of("origin", "2"), Samples.prelabels()))
                        .getMessage());
    }

    @Test
    void write_letterThatXmlHasNot_isCounted() {
        Annotation.Box box = new Annotation.Box(new Candidate(0, "a\u0001b", 1), new Rect(1, 1, 2, 2));
        WrittenDataSet written = Samples.write("voc", Map.of(), Samples.prelabels(box));

        assertEquals(Map.of("letter-not-in-xml", 1), written.report().converted());
        assertEquals(
                "a?b",
                parse(0, new String(written.content(), StandardCharsets.UTF_8))
                        .labels()
                        .getFirst()
                        .label());
    }

    @Test
    void read_entities_areNotExpanded() {
        String bomb = """
                <!DOCTYPE annotation [<!ENTITY a SYSTEM "file:///etc/passwd"><!ENTITY b "xxxxxxxxxx"><!ENTITY c "&b;&b;&b;&b;">]>
                <annotation><filename>&a;&c;</filename></annotation>""";
        try {
            LabelFile file = parse(0, bomb);
            assertEquals(Optional.empty(), file.image());
        } catch (DataSetException e) {
            assertTrue(String.valueOf(e.getMessage()).startsWith("no XML that can be read"), e.getMessage());
        }
    }

    @Test
    void read_badFiles_nameLineAndField() {
        assertRefused("line 4: bndbox/xmin: left (expected: a number)", DEVKIT.replace(">174<", ">left<"));
        assertRefused("line 4: bndbox/ymin: none (expected: a number)", DEVKIT.replace("<ymin>101</ymin>", ""));
        assertRefused(
                "line 4: bndbox: xmax or ymax before xmin or ymin (expected: after it)",
                DEVKIT.replace(">349<", ">3<"));
        assertRefused("no XML that can be read, line 10", DEVKIT.replace("</annotation>", ""));
        assertRefused(
                "line 1: elements more than 64 deep (expected: Pascal VOC's)", "<annotation>" + "<a>".repeat(100_000));
    }

    @Test
    void recognises_othersXml_isFalse() {
        assertTrue(new VocParser(0).recognises(DEVKIT.getBytes(StandardCharsets.UTF_8)));
        assertFalse(new VocParser(0).recognises("<annotations/>".getBytes(StandardCharsets.UTF_8)));
        assertFalse(new VocParser(0).recognises("{}".getBytes(StandardCharsets.UTF_8)));
    }

    private static void assertRefused(String message, String xml) {
        assertEquals(
                message,
                assertThrows(DataSetException.class, () -> parse(0, xml)).getMessage());
    }

    private static LabelFile parse(int origin, String xml) {
        return new VocParser(origin).parse(xml.getBytes(StandardCharsets.UTF_8), Optional.empty());
    }
}
