package dev.firstpass.server.frontend.listen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.server.config.Quota;
import dev.firstpass.server.config.QuotaConfig;
import dev.firstpass.server.frontend.RawHttp;
import dev.firstpass.server.frontend.TestServer;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// Tenants are held to their quotas at the gate, and nobody else feels it.
final class QuotasTest {
    private static final Tenant ACME = new Tenant("acme");
    private static final String PRELABELS = "/v1/models/coco/prelabels";
    private static final byte[] PHOTO = {(byte) 0xFF, (byte) 0xD8, 1, 2, 3};

    private static QuotaConfig acme(Quota quota) {
        return new QuotaConfig(Quota.NONE, Map.of(ACME, quota));
    }

    private static String token(TestServer server, Tenant tenant) {
        return server.backend.tokens.with(tenant, EnumSet.complementOf(EnumSet.of(Scope.METRICS)), Optional.empty());
    }

    private static HttpResponse<byte[]> prelabel(TestServer server, String token) {
        return server.send(HttpRequest.newBuilder(server.uri(PRELABELS))
                .header("Content-Type", "image/jpeg")
                .header("Authorization", "Bearer " + token)
                .POST(BodyPublishers.ofByteArray(PHOTO)));
    }

    /// One tenant sends ten times as many as it may, and more; the other one's requests are answered all the same.
    @Test
    void tenantBeyondItsRate_isRefused_andAnotherIsAnswered() throws Exception {
        int rate = 30;
        try (TestServer server = TestServer.guarded(
                        acme(new Quota(OptionalInt.of(rate), OptionalInt.empty(), OptionalLong.empty())));
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            String greedy = token(server, ACME);
            String modest = token(server, new Tenant("beta"));
            AtomicInteger sent = new AtomicInteger();
            AtomicInteger letIn = new AtomicInteger();
            long began = System.nanoTime();
            Future<?> flood = threads.submit(() -> {
                while (sent.get() < 10 * rate || System.nanoTime() - began < TimeUnit.SECONDS.toNanos(1)) {
                    HttpResponse<byte[]> answer = prelabel(server, greedy);
                    sent.incrementAndGet();
                    if (answer.statusCode() == 200) {
                        letIn.incrementAndGet();
                    } else {
                        assertRefused(answer);
                    }
                }
            });
            List<Integer> others = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                others.add(prelabel(server, modest).statusCode());
            }
            flood.get();
            double seconds = (System.nanoTime() - began) / 1e9;

            assertEquals(List.of(200), others.stream().distinct().toList());
            assertTrue(sent.get() >= 10 * rate);
            assertTrue(letIn.get() >= rate, () -> "only " + letIn);
            assertTrue(letIn.get() <= rate * (seconds + 1) + 1, () -> letIn + " in " + seconds + " s");
            assertTrue(server.backend
                    .metrics()
                    .scrape()
                    .lines()
                    .anyMatch(line -> line.startsWith(
                            "firstpass_quota_refused_total{quota=\"requests-per-second\",tenant=\"acme\"}")));
        }
    }

    private static void assertRefused(HttpResponse<byte[]> answer) {
        assertEquals(429, answer.statusCode());
        assertEquals("QUOTA_EXCEEDED", TestServer.json(answer).path("reason").asText());
        assertEquals("1", answer.headers().firstValue("retry-after").orElse(""));
    }

    /// At every door, in its form, before anything of a body is there; and over gRPC.
    @Test
    void usedUp_isSaidAtEveryDoor_withoutWaitingForABody() {
        try (TestServer server =
                TestServer.guarded(acme(new Quota(OptionalInt.of(1), OptionalInt.empty(), OptionalLong.empty())))) {
            String token = token(server, ACME);
            assertEquals(200, prelabel(server, token).statusCode());
            for (String path : List.of(
                    PRELABELS,
                    "/v2/models/coco/infer",
                    "/tfs/v1/models/coco:predict",
                    "/label-studio/coco/predict",
                    "/api/function_invocations",
                    "/roboflow/infer/object_detection",
                    "/x-anylabeling/v1/predict")) {
                RawHttp.Answer answer = withoutBody(server, server.port(), path, "application/json", token);
                assertEquals(429, answer.status(), () -> path + ": " + answer);
                assertTrue(Integer.parseInt(answer.header("retry-after")) >= 1, answer::toString);
            }
            assertEquals(
                    429,
                    withoutBody(
                                    server,
                                    server.managementPort(),
                                    "/v1/registry/models/coco/versions",
                                    "application/zip",
                                    token)
                            .status());
            for (String method : List.of(
                    "/firstpass.v1.Prelabels/Prelabel",
                    "/inference.GRPCInferenceService/ModelInfer",
                    "/tensorflow.serving.PredictionService/Predict")) {
                RawHttp.Answer answer = withoutBody(server, server.port(), method, "application/grpc", token);
                assertEquals("8", answer.header("grpc-status"), () -> method + ": " + answer);
                assertEquals("QUOTA_EXCEEDED", answer.header("firstpass-reason"), () -> method + ": " + answer);
            }
        }
    }

    /// Announces a body and sends nothing of it.
    private static RawHttp.Answer withoutBody(TestServer server, int port, String path, String type, String token) {
        assertTrue(server.port() > 0);
        return RawHttp.send(
                port,
                "POST " + path + " HTTP/1.1\nhost: localhost\nauthorization: Bearer " + token + "\ncontent-type: "
                        + type + "\ncontent-length: 1000\n");
    }

    @Test
    void bytesOfADay_areHeldAgainstWhatIsAnnounced_andPlacesAreGivenBack() {
        Quota quota = new Quota(OptionalInt.empty(), OptionalInt.of(1), OptionalLong.of(1 << 20));
        try (TestServer server = TestServer.guarded(acme(quota))) {
            String token = token(server, ACME);
            for (int i = 0; i < 5; i++) {
                int status = prelabel(server, token).statusCode();
                // The place may be given back a moment after the answer was read.
                assertTrue(status == 200 || status == 429, () -> "status " + status);
            }
            byte[] large = "x".repeat(1 << 20).getBytes(StandardCharsets.UTF_8);
            HttpResponse<byte[]> refused = server.send(HttpRequest.newBuilder(server.uri(PRELABELS))
                    .header("Content-Type", "image/jpeg")
                    .header("Authorization", "Bearer " + token)
                    .POST(BodyPublishers.ofByteArray(large)));
            assertEquals(429, refused.statusCode());
            assertTrue(
                    TestServer.json(refused).path("detail").asText().contains("day's bytes"),
                    () -> TestServer.text(refused));
        }
    }

    @Test
    void nobodyElse_isLimited() {
        try (TestServer server =
                TestServer.guarded(acme(new Quota(OptionalInt.of(1), OptionalInt.of(1), OptionalLong.of(1 << 20))))) {
            String local = server.backend.tokens.with(Scope.PRELABEL);
            for (int i = 0; i < 20; i++) {
                assertEquals(200, prelabel(server, local).statusCode());
            }
        }
    }
}
