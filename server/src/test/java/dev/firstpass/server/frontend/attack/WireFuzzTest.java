package dev.firstpass.server.frontend.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.Int64Value;
import com.google.protobuf.MessageLite;
import dev.firstpass.proto.inference.InferParameter;
import dev.firstpass.proto.inference.InferTensorContents;
import dev.firstpass.proto.inference.ModelInferRequest;
import dev.firstpass.proto.tensorflow.DataType;
import dev.firstpass.proto.tensorflow.TensorProto;
import dev.firstpass.proto.tensorflow.TensorShapeProto;
import dev.firstpass.proto.tensorflow.serving.ModelSpec;
import dev.firstpass.proto.tensorflow.serving.PredictRequest;
import dev.firstpass.proto.v1.GetVersionRequest;
import dev.firstpass.proto.v1.ListAuditRequest;
import dev.firstpass.proto.v1.ListVersionsRequest;
import dev.firstpass.proto.v1.MoveAliasRequest;
import dev.firstpass.proto.v1.PrelabelOptions;
import dev.firstpass.proto.v1.PrelabelRequest;
import dev.firstpass.proto.v1.RegisterVersionRequest;
import dev.firstpass.proto.v1.SetRolloutRequest;
import dev.firstpass.server.frontend.TestServer;
import dev.firstpass.server.frontend.tfserving.DoubledModel;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Mutated heads and bodies of HTTP/1, frames of HTTP/2, and messages of gRPC: whatever comes, no answer is a fault of the server's,
/// and a good client beside it notices nothing. Images are mutated by `HostileBytesTest`, labels by `ReaderFuzzTest`.
///
/// With `-Dfirstpass.long=true` two minutes of each instead of a second or less; `firstpass.long.seconds` says otherwise. A failure names its
/// seed.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class WireFuzzTest {
    private static final long SECONDS = Long.getLong("firstpass.long.seconds", 120);
    private static final int FEW = 100;
    private static final long SEED = 8;
    private static final int LONGEST = 4096;
    private static final int PATIENCE_MILLIS = 2_000;
    private static final int CALLS = 20;

    private TestServer server;
    private Canary canary;

    /// What is mutated, and how it then goes over the wire.
    @SuppressWarnings("ImmutableEnumChecker") // Nobody changes what they begin with.
    enum Kind {
        HTTP1(
                BadVector.all().stream()
                        .filter(BadVector::isHttp1)
                        .map(BadVector::request)
                        .filter(request -> request.length <= LONGEST)
                        .toList(),
                UnaryOperator.identity()),
        HTTP2(frames(), frames -> Frames.join(Frames.PREFACE, frames)),
        PRELABEL(prelabels(), message -> call("/firstpass.v1.Prelabels/Prelabel", message)),
        MODEL_INFER(infers(), message -> call("/inference.GRPCInferenceService/ModelInfer", message)),
        PREDICT(predicts(), message -> call("/tensorflow.serving.PredictionService/Predict", message)),
        REGISTRY_READS(
                registryReads(),
                message -> call(
                        any(message, "ListModels", "GetModel", "ListVersions", "GetVersion", "GetRollout", "ListAudit"),
                        message)),
        REGISTRY_CHANGES(
                registryChanges(),
                message ->
                        call(any(message, "MoveAlias", "SetRollout", "EndRollout", "RollBack", "SetProject"), message)),
        REGISTRATION(registrations(), message -> call("/firstpass.v1.Registry/RegisterVersion", message));

        private final List<byte[]> corpus;
        private final UnaryOperator<byte[]> framed;

        Kind(List<byte[]> corpus, UnaryOperator<byte[]> framed) {
            this.corpus = corpus;
            this.framed = framed;
        }

        private boolean isToManagement() {
            return switch (this) {
                case REGISTRY_READS, REGISTRY_CHANGES, REGISTRATION -> true;
                case HTTP1, HTTP2, PRELABEL, MODEL_INFER, PREDICT -> false;
            };
        }
    }

    private static List<byte[]> frames() {
        int whole = Frames.END_STREAM | Frames.END_HEADERS;
        byte[] get = Frames.headers(1, whole, Frames.get("/v1/models"));
        byte[] post = Frames.headers(3, Frames.END_HEADERS, Frames.post("/v1/models/coco/prelabels"));
        return Stream.of(
                        get,
                        Frames.join(post, Frames.data(3, Frames.END_STREAM, new byte[] {1, 2, 3})),
                        Frames.join(get, Frames.windowUpdate(1, 100), Frames.ping(), Frames.reset(1, 8)),
                        Frames.join(
                                Frames.headers(5, Frames.END_STREAM, Frames.get("/")),
                                Frames.continuation(5, Frames.END_HEADERS, Frames.block("a", "b"))),
                        Frames.join(Frames.priority(1, 3), get, Frames.settingsAck()))
                .map(frames -> Frames.join(Frames.settings(4, 65_535), frames))
                .toList();
    }

    private static List<byte[]> prelabels() {
        PrelabelRequest image = PrelabelRequest.newBuilder()
                .setModel("coco")
                .setImage(ByteString.copyFrom(new byte[] {1, 2, 3}))
                .setOptions(PrelabelOptions.newBuilder().setThreshold(0.5).setFormat("coco"))
                .build();
        return bytes(image, image.toBuilder().setUri("file:///etc/passwd").build());
    }

    private static List<byte[]> infers() {
        ModelInferRequest.InferInputTensor.Builder x = ModelInferRequest.InferInputTensor.newBuilder()
                .setName("x")
                .setDatatype("FP32")
                .addShape(1)
                .addShape(2);
        ModelInferRequest raw = ModelInferRequest.newBuilder()
                .setModelName("coco")
                .setModelVersion("2")
                .setId("7")
                .addInputs(x)
                .addRawInputContents(ByteString.copyFrom(new byte[8]))
                .build();
        ModelInferRequest typed = raw.toBuilder()
                .clearRawInputContents()
                .setInputs(
                        0,
                        x.clone()
                                .setContents(InferTensorContents.newBuilder()
                                        .addFp32Contents(1)
                                        .addFp32Contents(2)))
                .putParameters(
                        "priority", InferParameter.newBuilder().setInt64Param(2).build())
                .build();
        ModelInferRequest labels = raw.toBuilder()
                .setModelName("coco.prelabels")
                .setInputs(
                        0,
                        x.clone()
                                .setName("image")
                                .setDatatype("BYTES")
                                .clearShape()
                                .addShape(1)
                                .clearContents())
                .setRawInputContents(0, ByteString.copyFrom(new byte[] {3, 0, 0, 0, 1, 2, 3}))
                .build();
        return bytes(raw, typed, labels);
    }

    private static List<byte[]> predicts() {
        TensorProto packed = TensorProto.newBuilder()
                .setDtype(DataType.DT_FLOAT)
                .setTensorShape(TensorShapeProto.newBuilder()
                        .addDim(TensorShapeProto.Dim.newBuilder().setSize(1))
                        .addDim(TensorShapeProto.Dim.newBuilder().setSize(2)))
                .setTensorContent(ByteString.copyFrom(new byte[8]))
                .build();
        ModelSpec spec = ModelSpec.newBuilder()
                .setName("coco")
                .setVersion(Int64Value.of(2))
                .setSignatureName("mine")
                .build();
        PredictRequest request = PredictRequest.newBuilder()
                .setModelSpec(spec)
                .putInputs("x", packed)
                .addOutputFilter("y")
                .build();
        TensorProto values = packed.toBuilder()
                .clearTensorContent()
                .addFloatVal(1)
                .addFloatVal(2)
                .build();
        return bytes(request, request.toBuilder().putInputs("x", values).build());
    }

    private static List<byte[]> registryReads() {
        return bytes(
                ListVersionsRequest.newBuilder()
                        .setModel("coco")
                        .setPageSize(2)
                        .setPageToken("1")
                        .build(),
                GetVersionRequest.newBuilder().setModel("coco").setVersion(2).build(),
                ListAuditRequest.newBuilder().setAfter(1).setLimit(2).build());
    }

    private static List<byte[]> registryChanges() {
        return bytes(
                SetRolloutRequest.newBuilder()
                        .setModel("coco")
                        .setAlias("production")
                        .setCanary(1)
                        .setPercent(10)
                        .setWait(Duration.newBuilder().setSeconds(1))
                        .setIdempotencyKey("a")
                        .build(),
                MoveAliasRequest.newBuilder()
                        .setModel("coco")
                        .setAlias("next")
                        .setVersion(1)
                        .setExpected(2)
                        .build());
    }

    private static List<byte[]> registrations() {
        return bytes(
                RegisterVersionRequest.newBuilder()
                        .setBegin(RegisterVersionRequest.Begin.newBuilder()
                                .setModel("coco")
                                .setWait(Duration.newBuilder().setNanos(1_000_000))
                                .setIdempotencyKey("a"))
                        .build(),
                RegisterVersionRequest.newBuilder()
                        .setChunk(ByteString.copyFrom(new byte[] {'P', 'K', 3, 4}))
                        .build());
    }

    /// And what is a message of none of them.
    private static List<byte[]> bytes(MessageLite... messages) {
        return Stream.concat(
                        Stream.of(messages).map(MessageLite::toByteArray),
                        Stream.of(Frames.times(200, new byte[] {0x0B})))
                .toList();
    }

    /// One of the registry's methods, always the same for the same message.
    private static String any(byte[] message, String... methods) {
        return "/firstpass.v1.Registry/" + methods[Math.floorMod(Arrays.hashCode(message), methods.length)];
    }

    private static byte[] call(String path, byte[] message) {
        byte[] head = Frames.block(
                ":method", "POST",
                ":scheme", "http",
                ":path", path,
                ":authority", "localhost",
                "content-type", "application/grpc",
                "te", "trailers");
        return Frames.join(
                Frames.PREFACE,
                Frames.settings(),
                Frames.headers(1, Frames.END_HEADERS, head),
                Frames.data(1, Frames.END_STREAM, Http2Exchange.prefixed(message)));
    }

    @BeforeAll
    void start() {
        server = new TestServer();
        DoubledModel.on(server);
        canary = new Canary(server.port(), CALLS);
    }

    @AfterAll
    void stop() throws InterruptedException {
        canary.close();
        server.close();
        assertEquals("", canary.failure());
    }

    @ParameterizedTest
    @EnumSource
    void mutated_isNeverAFaultOfTheServers(Kind kind) throws IOException {
        boolean isLong = Boolean.getBoolean("firstpass.long");
        long until = System.nanoTime() + SECONDS * 1_000_000_000;
        int executions = 0;
        while (isLong ? System.nanoTime() - until < 0 : executions < FEW) {
            long seed = SEED + executions++;
            String answer = exchange(
                    kind.isToManagement() ? server.managementPort() : server.port(),
                    kind.framed.apply(new Mutations(seed).of(kind.corpus)));
            assertFalse(answer.startsWith("HTTP/1.1 500"), () -> "seed " + seed + ": " + answer);
        }
        System.out.println(executions + " mutations of " + kind + ", 0 faults");
        assertFalse(
                server.backend.metrics().scrape().contains("INTERNAL"),
                () -> server.backend.metrics().scrape());
        assertEquals("", canary.failure());
        assertTrue(executions >= FEW);
    }

    /// Sends all, says that there is no more, and reads what comes until the server closes.
    private static String exchange(int port, byte[] request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.getOutputStream().write(request);
            byte[] begin = new byte[LONGEST];
            InputStream in = socket.getInputStream();
            socket.shutdownOutput();
            int count = in.readNBytes(begin, 0, begin.length);
            return new String(begin, 0, count, StandardCharsets.ISO_8859_1);
        } catch (SocketException | SocketTimeoutException _) {
            return "";
        }
    }
}
