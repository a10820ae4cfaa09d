package dev.firstpass.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.AssetInfo;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.postprocess.annotation.Provenance;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.server.cli.DemoGallery.Cell;
import dev.firstpass.server.cli.DemoKit.DemoModel;
import dev.firstpass.server.cli.DemoKit.DemoPhoto;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

final class DemoGalleryTest {
    private static final String HOSTILE = "<script>alert('x')</script>\"&%s{}";

    @Test
    void hostileText_anywhere_staysText() {
        DemoModel model = new DemoModel("coco", HOSTILE, HOSTILE);
        DemoPhoto photo = new DemoPhoto(HOSTILE + ".jpg", new byte[0], HOSTILE, HOSTILE);
        Cell cell = new Cell(
                "coco",
                photo.fileName(),
                HOSTILE,
                "coco/" + HOSTILE + ".png",
                Map.of(HOSTILE, "coco/\"onload=x"),
                labels(HOSTILE),
                Map.of(HOSTILE, 1.0));

        String html = new DemoGallery(List.of(model), List.of(photo), List.of(cell)).html();

        assertFalse(html.contains("<script"), html);
        assertFalse(html.contains("\"onload"), html);
        assertTrue(html.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;%s{}"), html);
    }

    @Test
    void page_always_isSelfContained() {
        String html = sample().html();

        assertFalse(html.contains("<script"));
        assertFalse(Pattern.compile("(src|href)=\"(/|[a-z]+:)").matcher(html).find(), "only relative links");
        assertTrue(html.startsWith("<!doctype html>"));
    }

    @Test
    void card_withManyLabels_countsTheRest() {
        DemoModel model = new DemoModel("coco", "", "");
        DemoPhoto photo = new DemoPhoto("a.jpg", new byte[0], "A", "");
        Cell cell = new Cell(
                "coco",
                "a.jpg",
                "coco@1",
                "coco/a.png",
                Map.of(),
                labels("a", "b", "c", "d", "e", "f", "g", "h", "a"),
                Map.of());

        String html = new DemoGallery(List.of(model), List.of(photo), List.of(cell)).html();

        assertTrue(html.contains("9 pre-labels"), html);
        assertTrue(html.contains("a <i>&times; 2</i>"), html);
        assertTrue(html.contains("and 2 more"), html);
    }

    @Test
    void card_withoutLabels_saysSo() {
        DemoModel model = new DemoModel("coco", "", "");
        DemoPhoto photo = new DemoPhoto("a.jpg", new byte[0], "A", "");
        Cell cell = new Cell("coco", "a.jpg", "coco@1", "coco/a.png", Map.of(), labels(), Map.of());

        String html = new DemoGallery(List.of(model), List.of(photo), List.of(cell)).html();

        assertTrue(html.contains("Nothing found"), html);
    }

    @Test
    void link_ofASpacedPath_keepsItsSlashes() {
        assertEquals("coco/my%20dog%231.json", DemoGallery.link("coco/my dog#1.json"));
    }

    /// A gallery of two photos and two models.
    static DemoGallery sample() {
        List<DemoModel> models = List.of(
                new DemoModel("coco", "Boxes for 80 everyday things.", "SSDLite MobileNetV2, Apache-2.0"),
                new DemoModel("text", "Outlines of lines of text.", "PP-OCRv3 detection, Apache-2.0"));
        List<DemoPhoto> photos = List.of(
                new DemoPhoto("dog.jpg", new byte[0], "Dog and bicycle", "public domain"),
                new DemoPhoto("page.png", new byte[0], "A page", "CC0"));
        List<Cell> cells = new ArrayList<>();
        for (DemoPhoto photo : photos) {
            for (DemoModel model : models) {
                Map<String, String> files = new LinkedHashMap<>();
                DemoCommand.FORMATS.forEach(
                        format -> files.put(format, model.name() + "/" + photo.fileName() + "." + format + ".json"));
                Map<String, Double> millis = new LinkedHashMap<>();
                millis.put("decode", 3.2);
                millis.put("infer", 21.4);
                millis.put("total", 26.1);
                cells.add(new Cell(
                        model.name(),
                        photo.fileName(),
                        model.name() + "@1",
                        model.name() + "/" + photo.fileName() + ".overlay.png",
                        files,
                        model.name().equals("coco") ? labels("dog", "bicycle", "car") : labels(),
                        millis));
            }
        }
        return new DemoGallery(models, photos, cells);
    }

    private static Prelabels labels(String... labels) {
        double score = 1.0;
        List<Annotation> annotations = new ArrayList<>();
        for (String label : Arrays.asList(labels)) {
            score *= 0.9;
            annotations.add(new Annotation.Classification(new Candidate(annotations.size(), label, score)));
        }
        return new Prelabels(
                new AssetInfo("a.jpg", new ImageSize(768, 576), "sha256:" + "0".repeat(64)),
                new Provenance("p", "coco", 1, "sha256:" + "1".repeat(64), "ssd", ""),
                annotations,
                List.of());
    }
}
