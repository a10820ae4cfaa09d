package dev.firstpass.server.frontend;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.firstpass.postprocess.geometry.BitMask;
import dev.firstpass.postprocess.geometry.CocoRle;
import dev.firstpass.postprocess.geometry.RunLengths;
import dev.firstpass.server.frontend.DoorContractTest.Found;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Answers as Label Studio's page reads them.
///
/// Pure functions, but for asking.
final class LabelStudioWire {
    private static final String LABELS = "<Label value=\"dog\"/><Label value=\"cat\"/>";
    private static final String CONFIG = "<View><Image name=\"image\" value=\"$image\"/>"
            + control("RectangleLabels", "a", LABELS)
            + control("PolygonLabels", "b", LABELS)
            + control("BrushLabels", "c", LABELS)
            + control("KeyPointLabels", "d", LABELS)
            + control("VectorLabels", "e", LABELS)
            + "<Choices name=\"f\" toName=\"image\" choice=\"multiple\">" + LABELS.replace("Label", "Choice")
            + "</Choices></View>";

    private LabelStudioWire() {}

    private static String control(String tag, String name, String labels) {
        return "<" + tag + " name=\"" + name + "\" toName=\"image\">" + labels + "</" + tag + ">";
    }

    static List<Found> found(TestServer server, String model) {
        List<Found> all = new ArrayList<>();
        List<List<Double>> joints = new ArrayList<>();
        String jointed = "";
        for (JsonNode region : predicted(server, model, body())) {
            JsonNode value = region.path("value");
            String type = region.path("type").textValue();
            if (type.equals("keypointlabels")) {
                joints.add(List.of(x(value.path("x")), y(value.path("y"))));
                continue;
            }
            if (model.equals("joints")) {
                jointed = value.path(type).path(0).textValue();
                continue;
            }
            for (JsonNode label : value.path(type)) {
                all.add(found(label, type, value));
            }
        }
        if (!joints.isEmpty()) {
            all.add(new Found(jointed, "keypoints", joints, ""));
        }
        return all;
    }

    /// What a click in the middle of the upper left gives.
    static List<Found> pointed(TestServer server, String model) {
        ObjectNode body = body();
        ObjectNode click = body.withObject("/params/context").putArray("result").addObject();
        click.put("type", "keypointlabels").put("original_width", 40).put("original_height", 30);
        click.putObject("value")
                .put("x", 22.5)
                .put("y", 30)
                .putArray("keypointlabels")
                .add("dog");
        JsonNode region = predicted(server, model, body).path(0);
        return List.of(
                new Found("object", "mask", List.of(), runs(region.path("value").path("rle"))));
    }

    private static ObjectNode body() {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.putArray("tasks").addObject().put("id", 1).putObject("data").put("image", "data:image/jpeg;base64,AAAA");
        return body.put("label_config", CONFIG);
    }

    private static JsonNode predicted(TestServer server, String model, ObjectNode body) {
        HttpResponse<byte[]> answer =
                server.post("/label-studio/" + model + "/predict", "application/json", body.toString());
        assertEquals(200, answer.statusCode(), () -> TestServer.text(answer));
        return TestServer.json(answer).path("results").path(0).path("result");
    }

    private static Found found(JsonNode label, String type, JsonNode value) {
        return switch (type) {
            case "rectanglelabels" -> rectangle(label, value);
            case "polygonlabels" -> Found.of(label, "polygon", List.of(points(value.path("points"), 0, 1)));
            case "vectorlabels" ->
                Found.of(
                        label,
                        "polyline",
                        List.of(Stream.iterate(0, i -> i + 1)
                                .limit(value.path("vertices").size())
                                .map(i -> value.path("vertices").path(i))
                                .flatMap(vertex -> Stream.of(x(vertex.path("x")), y(vertex.path("y"))))
                                .toList()));
            case "brushlabels" -> new Found(label.textValue(), "mask", List.of(), runs(value.path("rle")));
            case "choices" -> Found.of(label, "classification", List.of());
            default -> throw new IllegalStateException(type);
        };
    }

    /// Turned about the corner that it is given by.
    private static Found rectangle(JsonNode label, JsonNode value) {
        double x = x(value.path("x"));
        double y = y(value.path("y"));
        double width = x(value.path("width"));
        double height = y(value.path("height"));
        double degrees = value.path("rotation").doubleValue();
        if (degrees == 0) {
            return Found.of(label, "box", List.of(List.of(x, y, width, height)));
        }
        double cos = Math.cos(Math.toRadians(degrees));
        double sin = Math.sin(Math.toRadians(degrees));
        return Found.of(
                label,
                "rotated-box",
                List.of(List.of(
                        x + width / 2 * cos - height / 2 * sin,
                        y + width / 2 * sin + height / 2 * cos,
                        width,
                        height,
                        degrees)));
    }

    private static List<Double> points(JsonNode points, int first, int second) {
        List<Double> flat = new ArrayList<>();
        for (JsonNode point : points) {
            flat.add(x(point.path(first)));
            flat.add(y(point.path(second)));
        }
        return flat;
    }

    private static double x(JsonNode percent) {
        return percent.doubleValue() * ShapedModels.SIZE.width() / 100;
    }

    private static double y(JsonNode percent) {
        return percent.doubleValue() * ShapedModels.SIZE.height() / 100;
    }

    /// Values of all pixels, four each, of which the last says whether it belongs to the mask.
    private static String runs(JsonNode rle) {
        Bits bits = new Bits(rle);
        int count = bits.next(32);
        int wordSize = bits.next(5) + 1;
        int[] sizes = {bits.next(4) + 1, bits.next(4) + 1, bits.next(4) + 1, bits.next(4) + 1};
        BitMask mask = new BitMask(ShapedModels.SIZE);
        int at = 0;
        while (at < count) {
            boolean isRun = bits.next(1) == 1;
            int length = bits.next(sizes[bits.next(2)]) + 1;
            int word = isRun ? bits.next(wordSize) : 0;
            for (int i = 0; i < length; i++, at++) {
                int value = isRun ? word : bits.next(wordSize);
                int pixel = at / 4;
                if (at % 4 == 3 && value > 0) {
                    mask.set(pixel % ShapedModels.SIZE.width(), pixel / ShapedModels.SIZE.width());
                }
            }
        }
        return CocoRle.encode(RunLengths.of(mask));
    }

    /// The highest bit of a byte first.
    ///
    /// For one thread.
    private static final class Bits {
        private final JsonNode bytes;
        private int at;

        Bits(JsonNode bytes) {
            this.bytes = bytes;
        }

        int next(int count) {
            int value = 0;
            for (int i = 0; i < count; i++, at++) {
                value = (value << 1) | ((bytes.path(at / 8).intValue() >> (7 - at % 8)) & 1);
            }
            return value;
        }
    }
}
