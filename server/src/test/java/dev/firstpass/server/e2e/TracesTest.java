package dev.firstpass.server.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.linecorp.armeria.client.grpc.GrpcClients;
import dev.firstpass.proto.v1.PrelabelRequest;
import dev.firstpass.proto.v1.PrelabelsGrpc;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.server.FirstpassServer;
import dev.firstpass.server.config.ObservabilityConfig;
import dev.firstpass.server.config.RuntimeConfig;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/// Traces of a whole server, as a collector gets them.
@Isolated
final class TracesTest {
    private static final String MARKER = "zq8marker7f";
    private static final String OPEN_METRICS =
            "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5";

    @TempDir
    Path folder = Path.of("");

    private final HttpClient client = HttpClient.newHttpClient();

    @Test
    void requests_areTraced_belowTheirCallersSpans_andTellNothingOfAssets() throws Exception {
        try (OtlpReceiver collector = OtlpReceiver.start()) {
            String overHttp = "0af7651916cd43dd8448eb211c80319c";
            String overGrpc = "1af7651916cd43dd8448eb211c80319c";
            String refused = "2af7651916cd43dd8448eb211c80319c";
            String notSampled = "3af7651916cd43dd8448eb211c80319c";
            String tensors = "4af7651916cd43dd8448eb211c80319c";
            String exemplars;
            String plain;
            try (FirstpassServer server = start(collector)) {
                String path = "v1/models/rows/prelabels?asset-id=" + MARKER + "&format=coco";
                assertEquals(200, send(server, path, overHttp, true, 1));
                assertEquals(404, send(server, "v1/models/" + MARKER + "/prelabels", refused, true, 2));
                assertEquals(200, send(server, path, notSampled, false, 3));
                assertEquals(200, infer(server, tensors));
                call(server, overGrpc);
                exemplars = scrape(server, OPEN_METRICS);
                plain = scrape(server, "text/plain");
            }

            List<Span> http = collector.spans(overHttp);
            assertEquals(
                    Set.of("fetch", "decode", "queue", "infer", "postprocess", "write"),
                    stages(http, "b7ad6b7169203331"));
            Span server = server(http);
            assertEquals("POST /v1/models/:ref/prelabels", server.getName());
            Map<String, String> attributes = attributes(server);
            assertEquals("rows@1", attributes.get("firstpass.model"));
            assertEquals("200", attributes.get("http.response.status_code"));
            assertEquals("/v1/models/:ref/prelabels", attributes.get("http.route"));

            List<Span> grpc = collector.spans(overGrpc);
            assertTrue(stages(grpc, "b7ad6b7169203331").containsAll(Set.of("fetch", "decode", "infer", "postprocess")));
            assertEquals("OK", attributes(server(grpc)).get("firstpass.grpc.status"));

            assertEquals(Set.of("queue", "infer"), stages(collector.spans(tensors), "b7ad6b7169203331"));

            Span none = server(collector.spans(refused));
            assertEquals("MODEL_NOT_FOUND", attributes(none).get("error.type"));
            assertEquals(Status.StatusCode.STATUS_CODE_UNSET, none.getStatus().getCode());
            assertEquals(List.of(), collector.spans(notSampled));

            for (ExportTraceServiceRequest request : collector.requests()) {
                assertFalse(request.toString().contains(MARKER), request::toString);
                assertTrue(request.toString().contains("firstpass"));
            }
            assertTrue(exemplars.contains("trace_id=\"" + overHttp + "\""), exemplars);
            for (String stage : List.of("fetch", "decode", "infer", "write")) {
                assertTrue(
                        exemplars
                                .lines()
                                .anyMatch(line -> line.startsWith("firstpass_stage_duration_seconds_bucket")
                                        && line.contains("stage=\"" + stage + "\"")
                                        && line.contains("trace_id=\"")),
                        () -> stage + ": " + exemplars);
            }
            assertFalse(exemplars.contains(notSampled));
            assertFalse(plain.contains("trace_id"));
        }
    }

    private FirstpassServer start(OtlpReceiver collector) throws IOException, InterruptedException {
        FirstpassServer server = FirstpassServer.start(
                folder.resolve("data"),
                RunningDemo.ON_LOOPBACK.with(ObservabilityConfig.STANDARD.with(
                        new ObservabilityConfig.Tracing(Optional.of(collector.endpoint())))),
                RuntimeConfig.forCores(2));
        var _ = server.runtime()
                .register(
                        new ModelName("rows"),
                        SizedModel.write(folder.resolve("rows.onnx"), 9, 1 << 16),
                        Optional.empty(),
                        ProgressListener.NONE);
        server.runtime().awaitSettled();
        return server;
    }

    private static Span server(List<Span> spans) {
        return spans.stream()
                .filter(span -> span.getKind() == Span.SpanKind.SPAN_KIND_SERVER)
                .reduce((_, _) -> {
                    throw new AssertionError("two spans of the server: " + spans);
                })
                .orElseThrow(() -> new AssertionError("no span of the server: " + spans));
    }

    /// The stages below the server's span, which lie within it, and which is below the caller's.
    private static Set<String> stages(List<Span> spans, String callersSpan) {
        Span server = server(spans);
        assertEquals(callersSpan, OtlpReceiver.hex(server.getParentSpanId().toByteArray()));
        List<Span> stages = spans.stream().filter(span -> !span.equals(server)).toList();
        for (Span stage : stages) {
            assertEquals(server.getSpanId(), stage.getParentSpanId());
            // The server's span has its ends by another clock, which is as exact as a millisecond.
            assertTrue(stage.getStartTimeUnixNano() >= server.getStartTimeUnixNano() - 2_000_000, stage::toString);
            assertTrue(stage.getEndTimeUnixNano() <= server.getEndTimeUnixNano() + 2_000_000, stage::toString);
            assertTrue(stage.getEndTimeUnixNano() > stage.getStartTimeUnixNano());
        }
        return stages.stream().map(Span::getName).collect(Collectors.toSet());
    }

    private static Map<String, String> attributes(Span span) {
        return span.getAttributesList().stream()
                .collect(Collectors.toMap(
                        KeyValue::getKey,
                        attribute -> attribute.getValue().hasIntValue()
                                ? Long.toString(attribute.getValue().getIntValue())
                                : attribute.getValue().getStringValue()));
    }

    private int send(FirstpassServer server, String path, String trace, boolean isSampled, int image) throws Exception {
        return post(server.url().resolve(path), "image/png", trace, isSampled, png(image))
                .statusCode();
    }

    private int infer(FirstpassServer server, String trace) throws Exception {
        String row = "[" + "7,".repeat(8 * 8 * 3 - 1) + "7]";
        String body = "{\"inputs\": [{\"name\": \"image\", \"shape\": [1, 8, 8, 3], \"datatype\": \"UINT8\", \"data\": "
                + row + "}]}";
        return post(
                        server.url().resolve("v2/models/rows/infer"),
                        "application/json",
                        trace,
                        true,
                        body.getBytes(StandardCharsets.UTF_8))
                .statusCode();
    }

    private HttpResponse<Void> post(URI uri, String type, String trace, boolean isSampled, byte[] body)
            throws Exception {
        return client.send(
                HttpRequest.newBuilder(uri)
                        .header("Content-Type", type)
                        .header("traceparent", traceparent(trace, isSampled))
                        .header("baggage", "asset=" + MARKER)
                        .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                        .build(),
                HttpResponse.BodyHandlers.discarding());
    }

    /// An image like no other.
    private static byte[] png(int number) throws IOException {
        BufferedImage image = new BufferedImage(64, 48, BufferedImage.TYPE_INT_RGB);
        image.setRGB(1, 1, number);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageIO.write(image, "png", out);
        return out.toByteArray();
    }

    private static String traceparent(String trace, boolean isSampled) {
        return "00-" + trace + "-b7ad6b7169203331-" + (isSampled ? "01" : "00");
    }

    private static void call(FirstpassServer server, String trace) throws IOException {
        PrelabelsGrpc.PrelabelsBlockingStub prelabels = GrpcClients.builder(
                        "gproto+http://127.0.0.1:" + server.url().getPort())
                .addHeader("traceparent", traceparent(trace, true))
                .build(PrelabelsGrpc.PrelabelsBlockingStub.class);
        var _ = prelabels.prelabel(PrelabelRequest.newBuilder()
                .setModel("rows")
                .setImage(ByteString.copyFrom(png(4)))
                .build());
    }

    private String scrape(FirstpassServer server, String accept) throws Exception {
        return client.send(
                        HttpRequest.newBuilder(server.managementUrl().resolve("metrics"))
                                .header("Accept", accept)
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .body();
    }
}
