package dev.firstpass.postprocess.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.dataset.DataSetSource;
import dev.firstpass.postprocess.dataset.LabeledDataSet;
import dev.firstpass.postprocess.dataset.TrueLabel;
import dev.firstpass.postprocess.geometry.CocoRle;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.RunLengths;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Files that the tools' own writers made of boxes and masks in `format/theirs/truth.json`, by
/// `src/test/interop/write_formats.py`, are read as those: boxes within 0.01 px, masks pixel by pixel.
final class TheirFilesTest {
    private static final String FOLDER = "/format/theirs/";
    private static final JsonNode TRUTH = json("truth.json");
    static final ImageSize SIZE =
            new ImageSize(TRUTH.path("width").asInt(), TRUTH.path("height").asInt());

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            value = {
                "supervision, yolo, data.yaml labels/a.txt images/a.png",
                "supervision, voc.origin1, annotations/a.xml images/a.png",
                "supervision, coco, labels.json images/a.png",
                "datumaro, voc, Annotations/a.xml JPEGImages/a.jpg labelmap.txt ImageSets/Main/train.txt",
                "datumaro, cvat.xml, train.xml images/a.jpg",
                "darwin-py, darwin, annotations/a.json",
                "encord, encord, rows.json",
                "labelme, labelme, a.json",
                "supervisely, supervisely, ds0/ann/a.png.json meta.json",
                "labelbox, labelbox, import.ndjson"
            })
    void boxes_asTheToolWritesThem_areTheTruth(String tool, String format, String names) throws IOException {
        List<TrueLabel> labels = labels(tool, format, names).stream()
                .filter(label -> label.annotation() instanceof Annotation.Box)
                .toList();
        List<String> expected = new ArrayList<>();
        TRUTH.path("boxes").forEach(one -> expected.add(text(one.path("label").asText(), rect(one.path("box")))));
        List<String> read = labels.stream()
                .map(label -> text(label.label(), label.box().orElseThrow()))
                .toList();

        assertEquals(expected, read);
        assertTrue(
                labels.stream().allMatch(label -> label.annotation().candidate().score() == 1));
    }

    @ParameterizedTest
    @CsvSource({
        "pycocotools, coco.results, instances.json results.json",
        "labelbox, labelbox, import.ndjson",
        "label-studio-sdk, label-studio, tasks.json",
        "cvat-sdk, cvat.xml, annotations.xml",
        "encord, encord, rows.json",
        "supervisely, supervisely, ds0/ann/a.png.json meta.json",
        "labelme, labelme, a.json",
        "datumaro, coco.panoptic, annotations/panoptic_train.json annotations/panoptic_train/a.png images/train/a.jpg"
    })
    void masks_asTheToolWritesThem_areTheTruth(String tool, String format, String names) throws IOException {
        List<String> expected = new ArrayList<>();
        for (JsonNode one : TRUTH.path("masks")) {
            RunLengths runs = CocoRle.decode(one.path("rle").path("counts").asText(), SIZE);
            expected.add(one.path("label").asText() + " " + CocoRle.encode(runs));
        }
        List<String> read = labels(tool, format, names).stream()
                .filter(label -> label.annotation() instanceof Annotation.Mask)
                .map(label -> label.label() + " " + CocoRle.encode(((Annotation.Mask) label.annotation()).runs()))
                .toList();

        assertEquals(expected.stream().sorted().toList(), read.stream().sorted().toList());
        assertEquals(4, read.size());
    }

    @Test
    void attributes_ofDatumaro_areRead() throws IOException {
        Candidate second = labels("datumaro", "voc", "Annotations/a.xml JPEGImages/a.jpg")
                .get(1)
                .annotation()
                .candidate();

        assertEquals(Map.of("occluded", "1", "note", "n1"), second.attributes());
    }

    /// Of the only image, which is found whatever the tool calls it.
    private static List<TrueLabel> labels(String tool, String format, String names) throws IOException {
        FilesInMemory files = new FilesInMemory();
        for (String name : names.split(" ", -1)) {
            files.withResource(name, FOLDER + tool + "/" + format + "/" + name);
        }
        Optional<String> file = format.equals("coco.results") ? Optional.of("results.json") : Optional.empty();
        DataSetSource source = new DataSetSource(files, file, files, Optional.empty());
        LabelReader reader = LabelReaders.byId(format).orElseThrow();
        assertTrue(reader.recognises(source));
        LabeledDataSet data = reader.open(source);
        assertEquals(1, data.images().size());
        boolean hasImages = names.contains("mages/");
        assertEquals(hasImages, data.images().getFirst().file().isPresent());
        return data.labels(data.images().getFirst(), SIZE);
    }

    private static Rect rect(JsonNode box) {
        return new Rect(
                box.path(0).asDouble(),
                box.path(1).asDouble(),
                box.path(2).asDouble(),
                box.path(3).asDouble());
    }

    /// To hundredths of a pixel.
    private static String text(String label, Rect box) {
        return label + " " + Math.round(box.x() * 100) + " " + Math.round(box.y() * 100) + " "
                + Math.round(box.width() * 100) + " " + Math.round(box.height() * 100);
    }

    private static JsonNode json(String name) {
        try (InputStream in = TheirFilesTest.class.getResourceAsStream(FOLDER + name)) {
            return new JsonMapper().readTree(Optional.ofNullable(in).orElseThrow());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
