package dev.firstpass.postprocess.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.AssetInfo;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.postprocess.dataset.DataSetException;
import dev.firstpass.postprocess.dataset.DataSetSource;
import dev.firstpass.postprocess.dataset.LabeledDataSet;
import dev.firstpass.postprocess.dataset.TrueLabel;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Rasterizer;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.RotatedRect;
import dev.firstpass.postprocess.geometry.RunLengths;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class YoloFormatTest {
    private static final ImageSize WIDE = new ImageSize(1000, 500);

    private final FilesInMemory files = new FilesInMemory();

    @Test
    void write_rotatedBox_isTheVectorOfTheReference() {
        Annotation.RotatedBox box =
                new Annotation.RotatedBox(new Candidate(0, "cat", 1), new RotatedRect(400, 200, 120, 40, 30));
        WrittenDataSet written = written("yolo.obb", Map.of(), WIDE, box);

        assertEquals(
                "0 0.358038 0.305359 0.461962 0.425359 0.441962 0.494641 0.338038 0.374641\n",
                text(written, "labels/a.txt"));
        assertEquals(FormatReport.NOTHING, written.report());
    }

    @Test
    void write_scoresAskedFor_endEachLineAndAreReadBack() throws IOException {
        Annotation.Box box = new Annotation.Box(new Candidate(0, "ship", 0.25), new Rect(100, 100, 200, 100));
        WrittenDataSet written = written("yolo", Map.of("confidence", "yes"), WIDE, box);

        assertEquals("1 0.2 0.3 0.2 0.2 0.25\n", text(written, "labels/a.txt"));
        assertEquals(FormatReport.NOTHING, written.report());
        assertEquals(List.of(TrueLabel.of(box)), read("yolo", written));
    }

    @Test
    void write_polygonWithHole_isARingOfTheSamePixels() throws IOException {
        WrittenDataSet written = written("yolo.segment", Map.of(), Samples.SIZE, Samples.FRAME);
        files.with("images/a.jpg", "");
        written.entries().forEach(files::with);
        LabeledDataSet data = new YoloReader(YoloTask.SEGMENT).open(DataSetSource.of(files));
        TrueLabel label = data.labels(data.images().getFirst(), Samples.SIZE).getFirst();
        Annotation.Polygon polygon = assertInstanceOf(Annotation.Polygon.class, label.annotation());

        assertEquals(1, polygon.parts().size());
        assertEquals(List.of(), polygon.parts().getFirst().holes());
        assertEquals(
                RunLengths.of(Rasterizer.rasterize(Samples.FRAME.parts(), Samples.SIZE)),
                RunLengths.of(Rasterizer.rasterize(polygon.parts(), Samples.SIZE)));
        assertEquals(
                Map.of("polygon-holes-bridged", 1, "score-left-out", 1),
                written.report().converted());
    }

    @Test
    void write_holesFilled_isTheOuterRing() {
        WrittenDataSet written = written("yolo.segment", Map.of("holes", "fill"), Samples.SIZE, Samples.FRAME);

        assertEquals(9, text(written, "labels/a.txt").split(" ").length);
        assertEquals(
                Map.of("polygon-holes-filled", 1, "score-left-out", 1),
                written.report().converted());
    }

    @Test
    void read_lineOfFourCorners_isWhatTheTaskSays() throws IOException {
        files.with("images/a.jpg", "").with("labels/a.txt", "0 0.1 0.2 0.3 0.2 0.3 0.4 0.1 0.4");
        files.with("data.yaml", "val: images\nnames: [crop]");

        assertInstanceOf(Annotation.Polygon.class, first("yolo", WIDE));
        Annotation.RotatedBox rotated = assertInstanceOf(Annotation.RotatedBox.class, first("yolo.obb", WIDE));
        assertEquals(200, rotated.box().width(), 1e-9);
        assertEquals(100, rotated.box().height(), 1e-9);

        files.with("data.yaml", "val: images\ntask: obb\nnames: [crop]");
        assertInstanceOf(Annotation.RotatedBox.class, first("yolo", WIDE));
    }

    @Test
    void read_keyPointsWithoutVisibility_areThereUnlessAtTheOrigin() throws IOException {
        files.with("images/a.jpg", "")
                .with("labels/a.txt", "0 0.5 0.5 0.2 0.2 0.5 0.4 0 0")
                .with("data.yaml", "val: images\nkpt_shape: [2, 2]\nnames: [person]");

        Annotation.Keypoints joints = assertInstanceOf(Annotation.Keypoints.class, first("yolo", WIDE));
        assertEquals(new Point(500, 200), joints.points().getFirst().at());
        assertEquals(Keypoint.Visibility.ABSENT, joints.points().getLast().visibility());
    }

    @Test
    void read_wrongShapes_saysWhatIsExpected() throws IOException {
        files.with("images/a.jpg", "").with("labels/a.txt", "0 0.5 0.5 0.2 0.2 0.5");
        files.with("data.yaml", "val: images\nkpt_shape: [2, 9]\nnames: [person]");
        assertRefused("data.yaml: kpt_shape: [2,9] (expected: [number of key points, 2 or 3])");
        files.with("data.yaml", "val: images\nkpt_shape: [2, 3]\nnames: [person]");
        assertRefused("labels/a.txt: a line with 5 numbers after the class (expected: 10, as kpt_shape has it,"
                + " and at most a score more)");
    }

    private void assertRefused(String message) {
        assertEquals(
                message,
                assertThrows(DataSetException.class, () -> first("yolo", WIDE)).getMessage());
    }

    @Test
    void quadrilateral_thatIsNoRectangle_isTheLeastRectangleAroundIt() {
        RotatedRect rect =
                Quadrilaterals.rotated(List.of(new Point(0, 0), new Point(10, 0), new Point(9, 5), new Point(0, 5)));

        assertEquals(50, rect.width() * rect.height(), 1e-9);
    }

    @Test
    void bridged_partWithTwoHoles_keepsItsAreaAndPixels() {
        var part = new PolygonPart(
                Samples.ring(0, 0, 0, 20, 20, 20, 20, 0),
                List.of(Samples.ring(2, 2, 6, 2, 6, 6, 2, 6), Samples.ring(10, 10, 15, 10, 15, 15)));
        var ring = Bridges.bridged(part);

        assertEquals(part.area(), ring.signedArea(), 1e-9);
        ImageSize size = new ImageSize(24, 24);
        assertEquals(
                RunLengths.of(Rasterizer.rasterize(List.of(part), size)),
                RunLengths.of(Rasterizer.rasterize(List.of(new PolygonPart(ring, List.of())), size)));
    }

    @Test
    void entryNames_ofAnyIds_stayBelowTheFolderAndApart() {
        Tally tally = new Tally();
        EntryNames names = new EntryNames(tally);

        assertEquals("etc/passwd", names.of(asset("/../../etc/passwd")));
        assertEquals("a", names.of(asset("a.jpg")));
        assertEquals("A-2", names.of(asset("A.PNG")));
        assertEquals("sha256_ab.12", names.of(asset("sha256:ab.12")));
        assertEquals("asset", names.of(asset("..")));
        assertEquals("x_y/z", names.of(asset("x\ny\\z.png")));
        assertEquals(Map.of("file-name-taken", 1), tally.report().converted());
    }

    private static AssetInfo asset(String id) {
        return new AssetInfo(id, WIDE, "sha256:" + "cd".repeat(32));
    }

    private static WrittenDataSet written(
            String format, Map<String, String> options, ImageSize size, Annotation annotation) {
        return Samples.write(
                format,
                options,
                new Prelabels(
                        new AssetInfo("a.jpg", size, "sha256:" + "cd".repeat(32)),
                        Samples.PROVENANCE,
                        List.of(annotation),
                        List.of()));
    }

    private static String text(WrittenDataSet written, String entry) {
        return new String(Optional.ofNullable(written.entries().get(entry)).orElseThrow(), StandardCharsets.UTF_8);
    }

    private List<TrueLabel> read(String format, WrittenDataSet written) throws IOException {
        files.with("images/a.jpg", "");
        written.entries().forEach(files::with);
        LabeledDataSet data = LabelReaders.byId(format).orElseThrow().open(DataSetSource.of(files));
        return data.labels(data.images().getFirst(), WIDE);
    }

    private Annotation first(String format, ImageSize size) throws IOException {
        LabeledDataSet data = LabelReaders.byId(format).orElseThrow().open(DataSetSource.of(files));
        List<TrueLabel> labels = data.labels(data.images().getFirst(), size);
        assertTrue(data.kinds().contains(labels.getFirst().annotation().kind()));
        return labels.getFirst().annotation();
    }
}
