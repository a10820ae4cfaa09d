package dev.firstpass.server.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.postprocess.geometry.RowSource;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.TensorInfo;
import dev.firstpass.registry.EngineKind;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.demo.DemoModels;
import dev.firstpass.server.demo.FetchListener;
import dev.firstpass.server.demo.TfjsPackages;
import dev.firstpass.server.image.ImageLimits;
import dev.firstpass.server.runtime.device.DecodingHost;
import dev.firstpass.server.runtime.device.ImageRow;
import dev.firstpass.server.runtime.device.InProcessDecodingHost;
import dev.firstpass.server.runtime.device.InProcessDeviceHost;
import dev.firstpass.server.runtime.device.RowPlan;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.onnx.OnnxEngine;
import dev.firstpass.server.runtime.engine.tensorflow.TensorFlowEngine;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Published models on TensorFlow: imported as SavedModels and held against TensorFlow.js, where they come from, and
/// against ONNX Runtime.
final class TensorFlowModelsTest {
    private static final int THREADS = 2;
    private static final long ROOM = 64 << 20;

    @TempDir
    Path folder = Path.of("");

    /// The values of the originals are those of plain JavaScript, which adds up in another order: sums of a few thousand
    /// products differ in the fifth digit.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "antispoof",
                "blazeface",
                "centernet",
                "emotion",
                "facemesh",
                "faceres",
                "handlandmark-lite",
                "handtrack",
                "movenet-lightning"
            })
    void savedModel_ofAPublishedModel_givesWhatTheOriginalGives(String name) throws Exception {
        JsonNode golden = Goldens.json("tensorflow/" + name + ".json");
        Path directory = folder.resolve(name);
        TfjsPackages.human(name, directory);

        double worst = 0;
        try (TensorFlowEngine engine = new TensorFlowEngine(THREADS);
                EngineSession session = engine.open(directory);
                Arena arena = Arena.ofConfined()) {
            Map<String, BatchTensor> outputs = session
                    .run(List.of(input(session, golden.get("input"), arena)), bytes -> arena.allocate(bytes, 64))
                    .stream()
                    .collect(Collectors.toMap(BatchTensor::name, output -> output));
            for (Map.Entry<String, JsonNode> expected : golden.get("outputs").properties()) {
                BatchTensor output =
                        Optional.ofNullable(outputs.get(expected.getKey())).orElseThrow();
                worst = Math.max(worst, difference(output, expected.getValue()));
            }
            assertEquals(golden.get("outputs").size(), outputs.size());
        }

        System.out.printf("%s: within %.1e of the original%n", name, worst);
        assertTrue(worst <= 1e-4, name + " differs by " + worst);
    }

    /// The same row of every sample photo on both engines.
    @Test
    void coco_onBothEngines_givesTheSameRawOutputs() throws Exception {
        Path directory = folder.resolve("coco");
        TfjsPackages.coco(directory);
        Path onnx = DemoServer.models().fetch(DemoModels.all().getFirst(), FetchListener.NONE);
        InputSpec input = TfjsPackages.cocoInput("image");
        double worstScore = 0;
        double worstBox = 0;
        try (Slab slab = new Slab(ROOM, ROOM);
                InProcessDeviceHost host = new InProcessDeviceHost(
                        "cpu",
                        List.of(OnnxEngine.load(System.getenv(), THREADS), new TensorFlowEngine(THREADS)),
                        slab);
                DecodingHost decoding = new InProcessDecodingHost(ImageLimits.DEFAULT, slab);
                EngineSession first = host.open(EngineKind.ONNX, onnx);
                EngineSession second = host.open(EngineKind.TENSORFLOW, directory)) {
            for (String photo : Goldens.PHOTOS) {
                try (RowPlan plan = decoding.plan(
                                Goldens.photo(photo),
                                input,
                                List.of(new RowSource.Whole()),
                                Deadline.after(Duration.ofMinutes(1), System::nanoTime));
                        ImageRow row = plan.fill().getFirst();
                        Arena arena = Arena.ofConfined()) {
                    worstScore = Math.max(
                            worstScore,
                            between(
                                    run(first, "image", row, arena),
                                    run(second, "image_tensor", row, arena),
                                    "scores"));
                    worstBox = Math.max(
                            worstBox,
                            between(run(first, "image", row, arena), run(second, "image_tensor", row, arena), "boxes"));
                }
            }
        }

        System.out.printf("ONNX Runtime and TensorFlow: scores within %.1e, boxes within %.1e%n", worstScore, worstBox);
        assertTrue(worstScore <= 1e-5, "scores differ by " + worstScore);
        assertTrue(worstBox <= 1e-5, "boxes differ by " + worstBox);
    }

    private static List<BatchTensor> run(EngineSession session, String input, ImageRow row, Arena arena) {
        BatchTensor made = row.row().tensors().getFirst();
        return session.run(
                List.of(new BatchTensor(input, made.type(), made.shape(), made.data())),
                bytes -> arena.allocate(bytes, 64));
    }

    private static double between(List<BatchTensor> some, List<BatchTensor> others, String name) {
        float[] a = values(some, name);
        float[] b = values(others, name);
        assertEquals(a.length, b.length, name);
        double worst = 0;
        for (int i = 0; i < a.length; i++) {
            worst = Math.max(worst, Math.abs(a[i] - b[i]));
        }
        return worst;
    }

    private static float[] values(List<BatchTensor> tensors, String name) {
        return tensors.stream()
                .filter(tensor -> tensor.name().equals(name))
                .findFirst()
                .orElseThrow()
                .data()
                .toArray(ValueLayout.JAVA_FLOAT);
    }

    /// The golden's picture in the model's size, nearest pixel, as `value * scale + offset`.
    private static BatchTensor input(EngineSession session, JsonNode golden, Arena arena) throws Exception {
        BufferedImage picture = ImageIO.read(new ByteArrayInputStream(
                Goldens.bytes("/goldens/coco-rows/" + golden.get("photo").asText() + ".png")));
        TensorInfo info = session.signature().inputs().getFirst();
        assertEquals(golden.get("name").asText(), info.name());
        int height = golden.get("shape").get(1).asInt();
        int width = golden.get("shape").get(2).asInt();
        int channels = golden.get("shape").get(3).asInt();
        float scale = (float) golden.get("scale").asDouble();
        float offset = (float) golden.get("offset").asDouble();
        MemorySegment data =
                arena.allocate((long) height * width * channels * info.type().bytes(), 64);
        long at = 0;
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int pixel = picture.getRGB(x * picture.getWidth() / width, y * picture.getHeight() / height);
                for (int channel = 0; channel < channels; channel++) {
                    int value = (pixel >> (channels == 1 ? 8 : 16 - 8 * channel)) & 0xff;
                    put(data, info.type(), at++, value * scale + offset);
                }
            }
        }
        return new BatchTensor(info.name(), info.type(), Shape.of(1, height, width, channels), data);
    }

    private static void put(MemorySegment data, ElementType type, long index, float value) {
        switch (type) {
            case FLOAT32 -> data.setAtIndex(ValueLayout.JAVA_FLOAT, index, value);
            case INT32 -> data.setAtIndex(ValueLayout.JAVA_INT, index, (int) value);
            case UINT8 -> data.set(ValueLayout.JAVA_BYTE, index, (byte) (int) value);
            case FLOAT16, BFLOAT16, FLOAT64, INT8, INT16, INT64, UINT16, UINT32, UINT64, BOOL, STRING ->
                throw new IllegalArgumentException(type.toString());
        }
    }

    /// The largest difference, as a part of the value where that is above 1.
    private static double difference(BatchTensor actual, JsonNode golden) {
        long[] shape = new long[golden.get("shape").size()];
        for (int axis = 0; axis < shape.length; axis++) {
            shape[axis] = golden.get("shape").get(axis).asLong();
        }
        assertEquals(Shape.of(shape), actual.shape(), actual.name());
        float[] values = actual.data().toArray(ValueLayout.JAVA_FLOAT);
        int step = golden.get("step").asInt();
        double worst = 0;
        int at = 0;
        for (JsonNode expected : golden.get("values")) {
            double wanted = expected.asDouble();
            worst = Math.max(worst, Math.abs(values[at] - wanted) / Math.max(1, Math.abs(wanted)));
            at += step;
        }
        return worst;
    }
}
