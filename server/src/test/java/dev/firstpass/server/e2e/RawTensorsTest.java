package dev.firstpass.server.e2e;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.ByteString;
import com.linecorp.armeria.client.grpc.GrpcClients;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.proto.inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import dev.firstpass.proto.inference.InferParameter;
import dev.firstpass.proto.inference.InferTensorContents;
import dev.firstpass.proto.inference.ModelConfigRequest;
import dev.firstpass.proto.inference.ModelInferRequest;
import dev.firstpass.proto.inference.ModelInferResponse;
import dev.firstpass.proto.inference.ModelMetadataRequest;
import dev.firstpass.proto.inference.ModelReadyRequest;
import dev.firstpass.proto.inference.ModelStatisticsRequest;
import dev.firstpass.proto.inference.ServerMetadataRequest;
import dev.firstpass.proto.inference.ServerReadyRequest;
import dev.firstpass.proto.tensorflow.DataType;
import dev.firstpass.proto.tensorflow.TensorProto;
import dev.firstpass.proto.tensorflow.TensorShapeProto;
import dev.firstpass.proto.tensorflow.serving.ModelSpec;
import dev.firstpass.proto.tensorflow.serving.PredictRequest;
import dev.firstpass.proto.tensorflow.serving.PredictResponse;
import dev.firstpass.proto.tensorflow.serving.PredictionServiceGrpc.PredictionServiceBlockingStub;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.server.FirstpassServer;
import dev.firstpass.server.config.Isolation;
import dev.firstpass.server.config.RuntimeConfigs;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.onnx.OnnxEngine;
import dev.firstpass.server.runtime.engine.onnx.OnnxParts;
import dev.firstpass.server.runtime.lifecycle.ServableLease;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Raw tensors over both wires of a real server whose models run in workers, against the same engine in this process.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class RawTensorsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String HEADER_LENGTH = "Inference-Header-Content-Length";

    private final HttpClient client = HttpClient.newHttpClient();

    private FirstpassServer server;
    private EngineSession session;
    private GRPCInferenceServiceBlockingStub stub;

    @BeforeAll
    void start(@TempDir Path data) throws Exception {
        server = FirstpassServer.start(
                data.resolve("data"),
                DemoServer.ON_LOOPBACK,
                RuntimeConfigs.forCores(2)
                        .slabBytes(16 << 20)
                        .queueCapacity(256)
                        .in(Isolation.WORKER));
        register("scores", ScoringModel.write(data.resolve("open.onnx"), 1, OnnxParts.OPEN));
        register("one", ScoringModel.write(data.resolve("fixed.onnx"), 2, 1));
        server.runtime().awaitSettled();
        session = OnnxEngine.load(Map.of("ORT_DISABLE_TELEMETRY", "1"), 1).open(data.resolve("open.onnx"));
        stub = GrpcClients.newClient("gproto+" + server.url(), GRPCInferenceServiceBlockingStub.class);
    }

    private void register(String name, Path file) {
        ModelVersion version = server.runtime()
                .register(new ModelName(name), file, Optional.empty(), ProgressListener.NONE)
                .version();
        assertEquals(ModelVersion.State.AVAILABLE, version.state());
    }

    @AfterAll
    void stop() {
        try (ServableLease lease = server.runtime()
                .models()
                .leaseIfLoaded(new ModelRef.Numbered(new ModelName("scores"), 1))
                .orElseThrow()) {
            assertEquals(0, lease.room().lentBytes());
        }
        session.close();
        server.close();
        client.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5, 8})
    void http_binary_isWhatTheEngineSays(int rows) throws Exception {
        byte[] pixels = pixels(rows, rows);
        HttpResponse<byte[]> response = infer("scores", binary(rows, pixels, "{\"binary_data_output\":true}"));

        assertEquals(200, response.statusCode(), () -> text(response));
        int head = Integer.parseInt(response.headers().firstValue(HEADER_LENGTH).orElseThrow());
        JsonNode json = JSON.readTree(Arrays.copyOf(response.body(), head));
        assertEquals("scores", json.get("model_name").textValue());
        assertEquals("1", json.get("model_version").textValue());
        assertEquals("[" + rows + ",1,4]", json.at("/outputs/0/shape").toString());
        assertEquals("FP32", json.at("/outputs/1/datatype").textValue());
        assertEquals(
                rows * 16, json.at("/outputs/0/parameters/binary_data_size").intValue());
        byte[] tensors = Arrays.copyOfRange(response.body(), head, response.body().length);
        assertArrayEquals(whole(pixels, rows), tensors);
    }

    @Test
    void http_json_isWhatTheEngineSays() throws Exception {
        byte[] pixels = pixels(2, 7);
        String body = "{\"inputs\":[{\"data\":" + flat(pixels)
                + ",\"name\":\"image\",\"datatype\":\"UINT8\",\"shape\":[2,8,8,3]}],\"id\":\"mine\"}";
        HttpResponse<byte[]> response =
                infer("scores", HttpRequest.newBuilder().POST(HttpRequest.BodyPublishers.ofString(body)));

        assertEquals(200, response.statusCode(), () -> text(response));
        assertTrue(response.headers().firstValue(HEADER_LENGTH).isEmpty());
        JsonNode json = JSON.readTree(response.body());
        assertEquals("mine", json.get("id").textValue());
        ByteBuffer floats = ByteBuffer.wrap(whole(pixels, 2)).order(ByteOrder.LITTLE_ENDIAN);
        for (JsonNode output : json.get("outputs")) {
            for (JsonNode number : output.get("data")) {
                assertEquals(floats.getFloat(), number.floatValue());
            }
        }
        assertEquals(0, floats.remaining());
    }

    @Test
    void http_outputsAskedFor_areThoseInThatOrder() throws Exception {
        byte[] pixels = pixels(1, 3);
        HttpResponse<byte[]> response = infer(
                "scores/versions/1",
                binary(
                        1,
                        pixels,
                        "{}",
                        ",\"outputs\":[{\"name\":\"scores\",\"parameters\":{\"binary_data\":true}},{\"name\":\"boxes\"}]"));

        assertEquals(200, response.statusCode(), () -> text(response));
        int head = Integer.parseInt(response.headers().firstValue(HEADER_LENGTH).orElseThrow());
        JsonNode json = JSON.readTree(Arrays.copyOf(response.body(), head));
        assertEquals("scores", json.at("/outputs/0/name").textValue());
        assertEquals(4, json.at("/outputs/1/data").size());
        byte[] whole = whole(pixels, 1);
        assertArrayEquals(
                Arrays.copyOfRange(whole, 16, 20), Arrays.copyOfRange(response.body(), head, response.body().length));
    }

    @Test
    void http_aliasAndUnknownVersions() throws Exception {
        byte[] pixels = pixels(1, 4);
        assertEquals(
                200,
                infer("scores/versions/production", binary(1, pixels, "{}")).statusCode());
        for (String none :
                List.of("scores/versions/9", "scores/versions/beta", "nothing", "scores.other", "scores/versions/0")) {
            HttpResponse<byte[]> response = infer(none, binary(1, pixels, "{}"));
            assertTrue(
                    response.statusCode() == 404 || response.statusCode() == 400, none + " " + response.statusCode());
            assertTrue(JSON.readTree(response.body()).get("error").isTextual(), none);
        }
        assertEquals(404, infer("nothing", binary(1, pixels, "{}")).statusCode());
        assertEquals(404, infer("scores/versions/9", binary(1, pixels, "{}")).statusCode());
        assertEquals(200, infer("scores.main", binary(1, pixels, "{}")).statusCode());
    }

    @Test
    void http_modelWithoutABatchAxis_takesItsTensorsAsTheyAre() throws Exception {
        assertEquals(200, infer("one", binary(1, pixels(1, 1), "{}")).statusCode());
        HttpResponse<byte[]> two = infer("one", binary(2, pixels(2, 1), "{}"));
        assertEquals(400, two.statusCode());
        assertEquals(
                0,
                JSON.readTree(get("v2/models/one/config").body())
                        .get("max_batch_size")
                        .intValue());
    }

    @Test
    void http_manyAtOnce_getTheirOwn() throws Exception {
        List<CompletableFuture<HttpResponse<byte[]>>> answers = new ArrayList<>();
        List<byte[]> sent = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            int rows = 1 + i % 3;
            byte[] pixels = pixels(rows, 100 + i);
            sent.add(pixels);
            answers.add(client.sendAsync(
                    binary(rows, pixels, "{\"binary_data_output\":true}")
                            .uri(server.url().resolve("v2/models/scores/infer"))
                            .build(),
                    HttpResponse.BodyHandlers.ofByteArray()));
        }
        for (int i = 0; i < answers.size(); i++) {
            HttpResponse<byte[]> response = answers.get(i).join();
            assertEquals(200, response.statusCode(), () -> text(response));
            int head = Integer.parseInt(
                    response.headers().firstValue(HEADER_LENGTH).orElseThrow());
            assertArrayEquals(
                    whole(sent.get(i), 1 + i % 3), Arrays.copyOfRange(response.body(), head, response.body().length));
        }
    }

    @Test
    void http_whatIsThere_isDescribed() throws Exception {
        JsonNode metadata = JSON.readTree(get("v2/models/scores").body());
        assertEquals("[\"1\"]", metadata.get("versions").toString());
        assertEquals("onnxruntime_onnx", metadata.get("platform").textValue());
        assertEquals("[-1,8,8,3]", metadata.at("/inputs/0/shape").toString());
        assertEquals("UINT8", metadata.at("/inputs/0/datatype").textValue());
        JsonNode config =
                JSON.readTree(get("v2/models/scores/versions/1/config").body());
        assertEquals(8, config.get("max_batch_size").intValue());
        assertEquals("[8,8,3]", config.at("/input/0/dims").toString());
        assertEquals("TYPE_UINT8", config.at("/input/0/data_type").textValue());
        assertEquals("firstpass", JSON.readTree(get("v2").body()).get("name").textValue());
        for (String yes : List.of(
                "v2/health/live", "v2/health/ready", "v2/models/scores/ready", "v2/models/one/versions/1/ready")) {
            assertEquals(200, get(yes).statusCode(), yes);
        }
        assertEquals("{\"live\":true}", text(get("v2/health/live")));
        assertEquals("{\"ready\":true}", text(get("v2/health/ready")));
        assertEquals("{\"name\":\"scores\",\"ready\":true}", text(get("v2/models/scores/ready")));
        assertEquals(404, get("v2/models/none/ready").statusCode());
        assertEquals(404, get("v2/models/none").statusCode());
        assertEquals(501, get("v2/logging").statusCode());
        HttpResponse<byte[]> wrongVerb = get("v2/models/scores/infer");
        assertEquals(405, wrongVerb.statusCode());
        assertTrue(JSON.readTree(wrongVerb.body()).get("error").isTextual());
        HttpResponse<byte[]> nothing = get("v2/nothing");
        assertEquals(404, nothing.statusCode());
        assertTrue(JSON.readTree(nothing.body()).get("error").isTextual());
    }

    @Test
    void http_statistics_growByWhatWasAsked() throws Exception {
        JsonNode before = statistics("v2/models/one/stats");
        assertEquals(200, infer("one", binary(1, pixels(1, 1), "{}")).statusCode());
        assertEquals(400, infer("one", binary(2, pixels(2, 1), "{}")).statusCode());
        JsonNode after = statistics("v2/models/one/versions/production/stats");
        for (String count : List.of(
                "/inference_count",
                "/execution_count",
                "/inference_stats/success/count",
                "/inference_stats/fail/count",
                "/batch_stats/0/compute_infer/count")) {
            assertEquals(1, after.at(count).longValue() - before.at(count).longValue(), count);
        }
        assertTrue(after.at("/inference_stats/compute_infer/ns").longValue()
                > before.at("/inference_stats/compute_infer/ns").longValue());
        assertTrue(after.get("last_inference").longValue() > 1_700_000_000_000L);
        assertEquals("1", after.get("version").textValue());
        JsonNode all = JSON.readTree(get("v2/models/stats").body()).get("model_stats");
        assertTrue(
                all.valueStream()
                        .anyMatch(model -> model.get("name").textValue().equals("one")),
                all::toString);
        assertEquals(404, get("v2/models/none/stats").statusCode());
    }

    private JsonNode statistics(String path) throws Exception {
        return JSON.readTree(get(path).body()).at("/model_stats/0");
    }

    @Test
    void http_classification_isTheGreatestOfEachRow() throws Exception {
        byte[] pixels = pixels(2, 9);
        HttpResponse<byte[]> response = infer(
                "scores",
                binary(2, pixels, "{}", ",\"outputs\":[{\"name\":\"boxes\",\"parameters\":{\"classification\":2}}]"));
        assertEquals(200, response.statusCode(), () -> text(response));
        JsonNode output = JSON.readTree(response.body()).at("/outputs/0");
        assertEquals("BYTES", output.get("datatype").textValue());
        assertEquals("[2,2]", output.get("shape").toString());
        ByteBuffer floats = ByteBuffer.wrap(whole(pixels, 2)).order(ByteOrder.LITTLE_ENDIAN);
        for (int row = 0; row < 2; row++) {
            List<Double> values = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                values.add((double) floats.getFloat());
            }
            for (int rank = 0; rank < 2; rank++) {
                String[] parts =
                        output.at("/data/" + (2 * row + rank)).textValue().split(":", -1);
                double expected = values.stream()
                        .sorted((a, b) -> Double.compare(b, a))
                        .toList()
                        .get(rank);
                assertEquals(expected, Double.parseDouble(parts[0]), 1e-6);
                assertEquals(expected, values.get(Integer.parseInt(parts[1])));
            }
        }
        for (String none : List.of("0", "-1", "1.5", "\"x\"", "99999999999")) {
            assertEquals(
                    400,
                    infer(
                                    "scores",
                                    binary(
                                            1,
                                            pixels(1, 1),
                                            "{}",
                                            ",\"outputs\":[{\"name\":\"boxes\",\"parameters\":{\"classification\":"
                                                    + none + "}}]"))
                            .statusCode(),
                    none);
        }
    }

    @Test
    void http_unloadAndLoad_changeWhatIsInMemory() throws Exception {
        ModelRef.Numbered one = new ModelRef.Numbered(new ModelName("one"), 1);
        assertEquals(200, post("v2/repository/models/one/unload").statusCode());
        while (server.runtime().models().loaded(one).isPresent()) {
            Thread.sleep(1);
        }
        String index = text(post("v2/repository/index"));
        assertTrue(index.contains("{\"name\":\"one\",\"version\":\"1\",\"state\":\"READY\",\"reason\":"), index);
        assertEquals(200, post("v2/repository/models/one/load").statusCode());
        assertTrue(server.runtime().models().loaded(one).isPresent());
        assertEquals(404, post("v2/repository/models/none/load").statusCode());
    }

    private HttpResponse<byte[]> post(String path) throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(server.url().resolve(path))
                        .POST(HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
    }

    @Test
    void grpc_classification_andStatistics() {
        ModelInferResponse response = stub.modelInfer(request(1)
                .addRawInputContents(ByteString.copyFrom(pixels(1, 3)))
                .addOutputs(ModelInferRequest.InferRequestedOutputTensor.newBuilder()
                        .setName("boxes")
                        .putParameters(
                                "classification",
                                InferParameter.newBuilder().setInt64Param(1).build()))
                .build());
        assertEquals("BYTES", response.getOutputs(0).getDatatype());
        assertEquals(List.of(1L, 1L), response.getOutputs(0).getShapeList());
        assertTrue(response.getRawOutputContents(0).substring(4).toStringUtf8().matches("[0-9.-]+:[0-3]"));
        var statistics = stub.modelStatistics(
                ModelStatisticsRequest.newBuilder().setName("scores").build());
        assertTrue(statistics.getModelStats(0).getInferenceStats().getSuccess().getCount() > 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void grpc_raw_isWhatTheEngineSays(int rows) throws Exception {
        byte[] pixels = pixels(rows, 20 + rows);
        ModelInferResponse response = stub.modelInfer(request(rows)
                .setId("a")
                .addRawInputContents(ByteString.copyFrom(pixels))
                .build());

        assertEquals("a", response.getId());
        assertEquals("1", response.getModelVersion());
        assertEquals(List.of((long) rows, 1L, 4L), response.getOutputs(0).getShapeList());
        ByteArrayOutputStream tensors = new ByteArrayOutputStream();
        for (ByteString output : response.getRawOutputContentsList()) {
            output.writeTo(tensors);
        }
        assertArrayEquals(whole(pixels, rows), tensors.toByteArray());
    }

    @Test
    void grpc_typedContents_areTheSame() {
        byte[] pixels = pixels(1, 5);
        ModelInferRequest.Builder request = request(1);
        InferTensorContents.Builder contents = InferTensorContents.newBuilder();
        for (byte pixel : pixels) {
            contents.addUintContents(pixel & 0xff);
        }
        request.getInputsBuilder(0).setContents(contents);
        request.addOutputs(
                ModelInferRequest.InferRequestedOutputTensor.newBuilder().setName("scores"));
        ModelInferResponse typed = stub.modelInfer(request.build());

        assertEquals(1, typed.getOutputsCount());
        assertArrayEquals(
                Arrays.copyOfRange(whole(pixels, 1), 16, 20),
                typed.getRawOutputContents(0).toByteArray());
    }

    /// The same tensors by the other protocol, over both of its wires.
    @Test
    void tensorFlowServing_isWhatTheEngineSays() throws Exception {
        byte[] pixels = pixels(2, 11);
        byte[] whole = whole(pixels, 2);
        ModelSpec model = ModelSpec.newBuilder().setName("scores").build();
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (long extent : new long[] {2, 8, 8, 3}) {
            shape.addDim(TensorShapeProto.Dim.newBuilder().setSize(extent));
        }
        TensorProto image = TensorProto.newBuilder()
                .setDtype(DataType.DT_UINT8)
                .setTensorShape(shape)
                .setTensorContent(ByteString.copyFrom(pixels))
                .build();
        PredictResponse predicted = GrpcClients.newClient("gproto+" + server.url(), PredictionServiceBlockingStub.class)
                .predict(PredictRequest.newBuilder()
                        .setModelSpec(model)
                        .putInputs("image", image)
                        .build());
        ByteBuffer floats = ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN);
        for (String output : List.of("boxes", "scores")) {
            for (float value : predicted.getOutputsOrThrow(output).getFloatValList()) {
                assertEquals(floats.getFloat(), value);
            }
        }
        assertEquals(0, floats.remaining());

        HttpResponse<byte[]> response = client.send(
                HttpRequest.newBuilder(server.url().resolve("tfs/v1/models/scores:predict"))
                        .POST(HttpRequest.BodyPublishers.ofString("{\"instances\":" + nested(pixels, 8, 8, 3) + "}"))
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
        assertEquals(200, response.statusCode(), () -> text(response));
        floats.rewind();
        JsonNode rows = JSON.readTree(response.body()).get("predictions");
        assertEquals(2, rows.size());
        for (String path : List.of("/boxes/0", "/scores/0")) {
            for (JsonNode row : rows) {
                for (JsonNode number : row.at(path)) {
                    assertEquals(floats.getFloat(), number.floatValue());
                }
            }
        }
        assertEquals(0, floats.remaining());
    }

    @Test
    void grpc_whatIsThere_isDescribed() {
        assertTrue(stub.serverReady(ServerReadyRequest.getDefaultInstance()).getReady());
        assertEquals(
                "firstpass",
                stub.serverMetadata(ServerMetadataRequest.getDefaultInstance()).getName());
        assertTrue(
                stub.modelReady(ModelReadyRequest.newBuilder().setName("scores").build())
                        .getReady());
        assertTrue(
                !stub.modelReady(ModelReadyRequest.newBuilder().setName("none").build())
                        .getReady());
        assertEquals(
                "UINT8",
                stub.modelMetadata(ModelMetadataRequest.newBuilder()
                                .setName("scores")
                                .build())
                        .getInputs(0)
                        .getDatatype());
        assertEquals(
                8,
                stub.modelConfig(ModelConfigRequest.newBuilder()
                                .setName("scores")
                                .build())
                        .getConfig()
                        .getMaxBatchSize());
    }

    @Test
    void grpc_failures_haveTheProtocolsCodes() {
        byte[] pixels = pixels(1, 1);
        ModelInferRequest good =
                request(1).addRawInputContents(ByteString.copyFrom(pixels)).build();
        assertEquals(
                Status.Code.NOT_FOUND,
                code(good.toBuilder().setModelName("none").build()));
        assertEquals(
                Status.Code.NOT_FOUND,
                code(good.toBuilder().setModelVersion("7").build()));
        assertEquals(
                Status.Code.INVALID_ARGUMENT,
                code(good.toBuilder().clearRawInputContents().build()));
        assertEquals(
                Status.Code.INVALID_ARGUMENT,
                code(good.toBuilder().addRawInputContents(ByteString.EMPTY).build()));
        assertEquals(
                Status.Code.INVALID_ARGUMENT,
                code(good.toBuilder().clearInputs().build()));
        assertEquals(
                Status.Code.INVALID_ARGUMENT,
                code(request(2).addRawInputContents(ByteString.copyFrom(pixels)).build()));
    }

    private Status.Code code(ModelInferRequest request) {
        return assertThrows(StatusRuntimeException.class, () -> {
                    var _ = stub.modelInfer(request);
                })
                .getStatus()
                .getCode();
    }

    private static ModelInferRequest.Builder request(int rows) {
        return ModelInferRequest.newBuilder()
                .setModelName("scores")
                .addInputs(ModelInferRequest.InferInputTensor.newBuilder()
                        .setName("image")
                        .setDatatype("UINT8")
                        .addAllShape(List.of((long) rows, 8L, 8L, 3L)));
    }

    /// Each row by itself, output after output, as one run in this process gives them.
    private byte[] whole(byte[] pixels, int rows) {
        ByteArrayOutputStream boxes = new ByteArrayOutputStream();
        ByteArrayOutputStream scores = new ByteArrayOutputStream();
        for (int row = 0; row < rows; row++) {
            try (Arena arena = Arena.ofShared()) {
                MemorySegment input = arena.allocate(ScoringModel.PIXELS, 64);
                MemorySegment.copy(
                        pixels, row * ScoringModel.PIXELS, input, ValueLayout.JAVA_BYTE, 0, ScoringModel.PIXELS);
                List<BatchTensor> outputs = session.run(
                        List.of(new BatchTensor("image", ElementType.UINT8, Shape.of(1, 8, 8, 3), input)),
                        bytes -> arena.allocate(bytes, 64));
                boxes.writeBytes(outputs.get(0).data().toArray(ValueLayout.JAVA_BYTE));
                scores.writeBytes(outputs.get(1).data().toArray(ValueLayout.JAVA_BYTE));
            }
        }
        boxes.writeBytes(scores.toByteArray());
        return boxes.toByteArray();
    }

    private static byte[] pixels(int rows, long seed) {
        byte[] pixels = new byte[rows * ScoringModel.PIXELS];
        new Random(seed).nextBytes(pixels);
        return pixels;
    }

    /// In arrays of arrays, innermost of the last extent.
    private static String nested(byte[] pixels, int... extents) {
        List<String> texts = IntStream.range(0, pixels.length)
                .mapToObj(i -> Integer.toString(pixels[i] & 0xff))
                .toList();
        for (int axis = extents.length - 1; axis >= 0; axis--) {
            List<String> inner = texts;
            int extent = extents[axis];
            texts = IntStream.range(0, inner.size() / extent)
                    .mapToObj(i -> inner.subList(i * extent, (i + 1) * extent).toString())
                    .toList();
        }
        return texts.toString();
    }

    private static String flat(byte[] pixels) {
        StringBuilder text = new StringBuilder("[");
        for (int row = 0; row < pixels.length / ScoringModel.PIXELS; row++) {
            int from = row * ScoringModel.PIXELS;
            text.append(row == 0 ? "" : ",")
                    .append(IntStream.range(from, from + ScoringModel.PIXELS)
                            .map(i -> pixels[i] & 0xff)
                            .boxed()
                            .toList());
        }
        return text.append("]").toString();
    }

    private static HttpRequest.Builder binary(int rows, byte[] pixels, String parameters) {
        return binary(rows, pixels, parameters, "");
    }

    private static HttpRequest.Builder binary(int rows, byte[] pixels, String parameters, String more) {
        byte[] json = ("{\"parameters\":" + parameters + ",\"inputs\":[{\"name\":\"image\",\"shape\":[" + rows
                        + ",8,8,3],\"datatype\":\"UINT8\",\"parameters\":{\"binary_data_size\":" + pixels.length
                        + "}}]" + more + "}")
                .getBytes(StandardCharsets.UTF_8);
        return HttpRequest.newBuilder()
                .header(HEADER_LENGTH, Integer.toString(json.length))
                .POST(HttpRequest.BodyPublishers.concat(
                        HttpRequest.BodyPublishers.ofByteArray(json), HttpRequest.BodyPublishers.ofByteArray(pixels)));
    }

    private HttpResponse<byte[]> infer(String model, HttpRequest.Builder request)
            throws IOException, InterruptedException {
        return client.send(
                request.uri(server.url().resolve("v2/models/" + model + "/infer"))
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
    }

    private HttpResponse<byte[]> get(String path) throws IOException, InterruptedException {
        URI uri = server.url().resolve(path);
        return client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    private static String text(HttpResponse<byte[]> response) {
        return new String(response.body(), StandardCharsets.UTF_8);
    }
}
