package dev.firstpass.server.frontend.openinference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.ByteString;
import com.linecorp.armeria.client.grpc.GrpcClients;
import dev.firstpass.proto.inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import dev.firstpass.proto.inference.InferTensorContents;
import dev.firstpass.proto.inference.ModelConfigRequest;
import dev.firstpass.proto.inference.ModelInferRequest;
import dev.firstpass.proto.inference.ModelInferResponse;
import dev.firstpass.server.asset.AssetRef;
import dev.firstpass.server.call.Priority;
import dev.firstpass.server.frontend.FakeBackend;
import dev.firstpass.server.frontend.TestServer;
import dev.firstpass.server.pipeline.PrelabelRequest;
import java.io.ByteArrayOutputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The model of the protocol that takes an image and gives its pre-labels.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class PrelabelModelDoorTest {
    private static final String INFER = "/v2/models/coco.prelabels/infer";
    private static final byte[] IMAGE = {1, 2, 3};

    @AutoClose
    private final TestServer server = new TestServer();

    @BeforeEach
    void forget() {
        server.backend.behaviour = FakeBackend::answer;
        server.backend.requests.clear();
    }

    @Test
    void image_asBytes_isAnsweredAsBytes() {
        HttpResponse<byte[]> response = send(INFER, "", IMAGE, true);
        assertEquals(200, response.statusCode(), () -> TestServer.text(response));
        int head = Integer.parseInt(
                response.headers().firstValue("Inference-Header-Content-Length").orElseThrow());
        JsonNode json = TestServer.json(new String(response.body(), 0, head, StandardCharsets.UTF_8));
        assertEquals("coco.prelabels", json.get("model_name").textValue());
        assertEquals("2", json.get("model_version").textValue());
        assertEquals("BYTES", json.at("/outputs/0/datatype").textValue());
        assertEquals("[1]", json.at("/outputs/0/shape").toString());
        byte[] rest = Arrays.copyOfRange(response.body(), head, response.body().length);
        assertArrayEquals(packed("{\"bytes\":3}".getBytes(StandardCharsets.UTF_8)), rest);
        assertArrayEquals(IMAGE, ((AssetRef.Inline) request().asset()).bytes());
        assertEquals("firstpass", request().written().orElseThrow().format());
    }

    @Test
    void options_areThoseOfPrelabels() {
        String options = "{\"threshold\":0.25,\"format\":\"labelbox\",\"timeout\":\"2s\",\"priority\":\"bulk\"}";
        HttpResponse<byte[]> response = send(INFER, options, IMAGE, false);
        assertEquals(200, response.statusCode(), () -> TestServer.text(response));
        assertEquals(
                "{\"bytes\":3}",
                TestServer.json(response).at("/outputs/0/data/0").textValue());
        assertEquals("labelbox", request().written().orElseThrow().format());
        assertEquals(Priority.BULK, request().priority());
        assertEquals(Duration.ofSeconds(2), request().deadline().limit().duration());
    }

    @Test
    void timeAndPriority_ofTheProtocol_count_too() {
        String json = "{\"parameters\":{\"timeout\":3000000,\"priority\":2},\"inputs\":["
                + input("image", "BYTES", "[1]", packed(IMAGE).length) + "]}";
        assertEquals(200, post(INFER, json, packed(IMAGE)).statusCode());
        assertEquals(Priority.BULK, request().priority());
        assertEquals(Duration.ofSeconds(3), request().deadline().limit().duration());
    }

    @Test
    void grpc_isTheSame() {
        GRPCInferenceServiceBlockingStub stub = GrpcClients.newClient(
                "gproto+http://127.0.0.1:" + server.port(), GRPCInferenceServiceBlockingStub.class);
        ModelInferResponse response = stub.modelInfer(ModelInferRequest.newBuilder()
                .setModelName("coco.prelabels")
                .setModelVersion("2")
                .setId("mine")
                .addInputs(ModelInferRequest.InferInputTensor.newBuilder()
                        .setName("image")
                        .setDatatype("BYTES")
                        .addShape(1)
                        .setContents(InferTensorContents.newBuilder().addBytesContents(ByteString.copyFrom(IMAGE))))
                .build());
        assertEquals("mine", response.getId());
        assertEquals(
                ByteString.copyFrom(packed("{\"bytes\":3}".getBytes(StandardCharsets.UTF_8))),
                response.getRawOutputContents(0));
        var config = stub.modelConfig(ModelConfigRequest.newBuilder()
                        .setName("coco.prelabels")
                        .build())
                .getConfig();
        assertEquals("options", config.getInput(1).getName());
        assertTrue(config.getInput(1).getOptional());
        assertEquals(0, config.getMaxBatchSize());
    }

    @Test
    void what_itTakesAndGives_isDescribed() {
        JsonNode metadata = TestServer.json(server.get("/v2/models/coco.prelabels"));
        assertEquals("coco.prelabels", metadata.get("name").textValue());
        assertEquals("firstpass_prelabels", metadata.get("platform").textValue());
        assertEquals(
                "{\"name\":\"image\",\"datatype\":\"BYTES\",\"shape\":[1]}",
                metadata.at("/inputs/0").toString());
        assertEquals("prelabels", metadata.at("/outputs/0/name").textValue());
        assertEquals(404, server.get("/v2/models/none.prelabels").statusCode());
        assertEquals(404, server.get("/v2/models/coco.prelabels/versions/9").statusCode());
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "deflate", "GZIP", "x-gzip"})
    void body_thatIsCompressed_isRead(String encoding) throws Exception {
        byte[] body = whole(json("", packed(IMAGE).length, false), packed(IMAGE));
        HttpResponse<byte[]> response = server.send(HttpRequest.newBuilder(server.uri(INFER))
                .header("Content-Encoding", encoding)
                .header(
                        "Inference-Header-Content-Length",
                        Integer.toString(json("", packed(IMAGE).length, false).length()))
                .POST(HttpRequest.BodyPublishers.ofByteArray(compressed(encoding, body))));
        assertEquals(200, response.statusCode(), () -> TestServer.text(response));
        assertArrayEquals(IMAGE, ((AssetRef.Inline) request().asset()).bytes());
    }

    /// 100 KiB that would be 100 MiB.
    @Test
    void body_thatGrowsTooLarge_isRefused() throws Exception {
        HttpResponse<byte[]> response = server.send(HttpRequest.newBuilder(server.uri(INFER))
                .header("Content-Encoding", "gzip")
                .POST(HttpRequest.BodyPublishers.ofByteArray(compressed("gzip", new byte[100 << 20]))));
        assertEquals(413, response.statusCode());
        assertEquals("REQUEST_TOO_LARGE", TestServer.json(response).get("code").textValue());
    }

    @ParameterizedTest
    @CsvSource({"gzip, 400", "deflate, 400", "br, 415", "'gzip, gzip', 415", "'', 415"})
    void body_thatIsNotWhatItsEncodingSays_isRefused(String encoding, int status) {
        HttpResponse<byte[]> response = server.send(HttpRequest.newBuilder(server.uri(INFER))
                .header("Content-Encoding", encoding)
                .POST(HttpRequest.BodyPublishers.ofString(json("", 7, false))));
        assertEquals(status, response.statusCode(), () -> TestServer.text(response));
    }

    /// `image` and `options` stand for the inputs that are as they should be.
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            image input twice         | coco  | image, image
            no image                  | coco  | options
            nothing                   | coco  |
            another input             | coco  | image, {"name":"x","datatype":"BYTES","shape":[1],"data":["a"]}
            another type              | coco  | {"name":"image","datatype":"UINT8","shape":[3],"data":[1,2,3]}
            another shape             | coco  | {"name":"image","datatype":"BYTES","shape":[1,1],"data":["a"]}
            two images                | coco  | {"name":"image","datatype":"BYTES","shape":[2],"data":["a","b"]}
            none of them              | coco  | {"name":"image","datatype":"BYTES","shape":[0],"data":[]}
            negative axis             | coco  | {"name":"image","datatype":"BYTES","shape":[-1],"data":["a"]}
            axis that overflows       | coco  | {"name":"image","datatype":"BYTES","shape":[9223372036854775807,9],"data":["a"]}
            options that are no JSON  | coco  | image, {"name":"options","datatype":"BYTES","shape":[1],"data":["{"]}
            options that are a list   | coco  | image, {"name":"options","datatype":"BYTES","shape":[1],"data":["[]"]}
            unknown option            | coco  | image, {"name":"options","datatype":"BYTES","shape":[1],"data":["{\\"x\\":1}"]}
            option out of range       | coco  | image, {"name":"options","datatype":"BYTES","shape":[1],"data":["{\\"threshold\\":7}"]}
            options too deep          | coco  | image, {"name":"options","datatype":"BYTES","shape":[1],"data":["{\\"a\\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}"]}
            unknown class             | coco  | image, {"name":"options","datatype":"BYTES","shape":[1],"data":["{\\"classes\\":\\"cow\\"}"]}
            unknown format            | coco  | image, {"name":"options","datatype":"BYTES","shape":[1],"data":["{\\"format\\":\\"nothing\\"}"]}
            unknown model             | none  | image
            """)
    void badRequests_areRefused_andTheServerGoesOn(String what, String model, String inputs) {
        String list = (inputs == null ? "" : inputs)
                .replaceAll(
                        "(^|, )image", "$1{\"name\":\"image\",\"datatype\":\"BYTES\",\"shape\":[1],\"data\":[\"abc\"]}")
                .replaceAll(
                        "(^|, )options$",
                        "$1{\"name\":\"options\",\"datatype\":\"BYTES\",\"shape\":[1],\"data\":[\"{}\"]}");
        HttpResponse<byte[]> response = server.post(
                "/v2/models/" + model + ".prelabels/infer", "application/json", "{\"inputs\":[" + list + "]}");
        assertTrue(
                response.statusCode() == 400 || response.statusCode() == 404,
                () -> what + ": " + response.statusCode() + TestServer.text(response));
        assertTrue(TestServer.json(response).get("error").isTextual(), what);
        assertTrue(TestServer.json(response).get("code").isTextual(), what);
        assertEquals(0, server.backend.requests.size(), what);
        assertEquals(200, send(INFER, "", IMAGE, true).statusCode());
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "prelabels\"},{\"name\":\"prelabels"})
    void badOutputs_areRefused(String output) {
        String json = "{\"outputs\":[{\"name\":\"" + output + "\"}],\"inputs\":["
                + input("image", "BYTES", "[1]", packed(IMAGE).length) + "]}";
        assertEquals(400, post(INFER, json, packed(IMAGE)).statusCode());
    }

    private PrelabelRequest request() {
        return server.backend.requests.element();
    }

    private HttpResponse<byte[]> send(String path, String options, byte[] image, boolean isBinary) {
        byte[] tensor = packed(image);
        return post(path, json(options, tensor.length, isBinary), tensor);
    }

    private static String json(String options, int bytes, boolean isBinary) {
        String more = options.isEmpty()
                ? ""
                : ",{\"name\":\"options\",\"datatype\":\"BYTES\",\"shape\":[1],\"data\":[\""
                        + options.replace("\"", "\\\"") + "\"]}";
        return "{\"parameters\":{\"binary_data_output\":" + isBinary + "},\"inputs\":["
                + input("image", "BYTES", "[1]", bytes) + more + "]}";
    }

    private static String input(String name, String type, String shape, int bytes) {
        return "{\"name\":\"" + name + "\",\"datatype\":\"" + type + "\",\"shape\":" + shape
                + ",\"parameters\":{\"binary_data_size\":" + bytes + "}}";
    }

    private HttpResponse<byte[]> post(String path, String json, byte[] tensors) {
        return server.send(HttpRequest.newBuilder(server.uri(path))
                .header("Inference-Header-Content-Length", Integer.toString(json.length()))
                .POST(HttpRequest.BodyPublishers.ofByteArray(whole(json, tensors))));
    }

    private static byte[] whole(String json, byte[] tensors) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.writeBytes(json.getBytes(StandardCharsets.UTF_8));
        body.writeBytes(tensors);
        return body.toByteArray();
    }

    private static byte[] packed(byte[] string) {
        return ByteBuffer.allocate(4 + string.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(string.length)
                .put(string)
                .array();
    }

    private static byte[] compressed(String encoding, byte[] body) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (var out = encoding.equals("deflate") ? new DeflaterOutputStream(bytes) : new GZIPOutputStream(bytes)) {
            out.write(body);
        }
        return bytes.toByteArray();
    }
}
