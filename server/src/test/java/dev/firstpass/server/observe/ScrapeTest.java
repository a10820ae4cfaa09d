package dev.firstpass.server.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.frontend.TestServer;
import dev.firstpass.server.ledger.LedgerLimits;
import dev.firstpass.server.ledger.PredictionLedger;
import dev.firstpass.server.observe.Metrics.ModelLabel;
import dev.firstpass.server.runtime.batch.QueueState;
import io.micrometer.core.instrument.Counter;
import java.lang.management.ManagementFactory;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `/metrics` of a server with 20 models to which everything has happened that can: how many series that is, and what it takes.
final class ScrapeTest {
    private static final int MODELS = 20;
    private static final int TENANTS = 100;
    private static final int MOST_SERIES = 5_000;
    private static final int METHODS = 50;
    private static final int SCRAPES = 10;
    private static final long MOST_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    /// What a whole server has beside its listeners and what [AllMeters] has: its workers (two for each of three roles), the audit, moves of
    /// aliases (two), the log (two) and its certificate (three).
    private static final int OF_A_WHOLE_SERVER = 14;

    private static final List<String> DOORS = List.of(
            "http", "grpc", "oip", "tfserving", "label-studio", "cvat", "x-anylabeling", "roboflow", "kserve", "other");

    @TempDir
    private Path data = Path.of("");

    @Test
    void twentyModels_haveAtMostFiveThousandSeries_inFiftyMilliseconds() {
        try (PredictionLedger ledger = PredictionLedger.open(data, LedgerLimits.STANDARD, InstantSource.system());
                TestServer server = new TestServer()) {
            Metrics metrics = server.backend.metrics();
            List<ModelRef.Numbered> versions = IntStream.range(0, MODELS)
                    .mapToObj(i -> new ModelRef.Numbered(new ModelName("model-" + i), 7))
                    .toList();
            AllMeters.bind(metrics, data, ledger, versions);
            versions.forEach(version ->
                    endInEveryWay(metrics, ModelLabel.of(version.name().value(), version.number())));
            endInEveryWay(metrics, ModelLabel.NONE);
            ofTenants(metrics);
            ofCalls(metrics);
            int before = series(metrics.scrape()) + OF_A_WHOLE_SERVER;
            TritonNames.bind(
                    () -> versions.stream().collect(Collectors.toMap(Function.identity(), _ -> QueueState.EMPTY)),
                    metrics);

            int series = series(scrape(server)) + OF_A_WHOLE_SERVER;
            long[] nanos = LongStream.range(0, SCRAPES)
                    .map(_ -> {
                        long began = System.nanoTime();
                        scrape(server);
                        return System.nanoTime() - began;
                    })
                    .sorted()
                    .toArray();
            long began = processorNanos();
            IntStream.range(0, SCRAPES).forEach(_ -> metrics.scrape());
            long processor = (processorNanos() - began) / SCRAPES;

            System.out.printf(
                    "%d models: %d series, %d with Triton's names; a scrape takes %.1f ms of a processor, by HTTP %.1f to %.1f ms%n",
                    MODELS, before, series, processor / 1e6, nanos[0] / 1e6, nanos[SCRAPES - 1] / 1e6);
            assertTrue(series <= MOST_SERIES, "series: " + series + " (expected: <= " + MOST_SERIES + ")");
            assertTrue(processor <= MOST_NANOS, "a scrape: " + processor + " ns of a processor");
        }
    }

    /// Of this thread alone: whatever else the machine does, which by HTTP tells in the time. check_metrics.py holds that.
    private static long processorNanos() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    /// More methods than there are, and each with more codes than callers can choose.
    private static void ofCalls(Metrics metrics) {
        CallMeters calls = new CallMeters(metrics.registry());
        for (int method = 0; method < METHODS; method++) {
            for (String code : List.of("OK", "INVALID_ARGUMENT", "UNAUTHENTICATED", "CANCELLED", "DEADLINE_EXCEEDED")) {
                calls.ended("/some.v1.Service/Method" + method, code);
            }
        }
    }

    private static void endInEveryWay(Metrics metrics, ModelLabel model) {
        for (Reason reason : Reason.values()) {
            DOORS.forEach(door ->
                    metrics.request(door, model, Integer.toString(reason.httpStatus()), reason.name(), 1_000_000));
        }
        DOORS.forEach(door -> metrics.request(door, model, "200", "OK", 1_000_000));
    }

    private static void ofTenants(Metrics metrics) {
        TenantMeters tenants = TenantMeters.bind(metrics, System::nanoTime);
        for (int tenant = 0; tenant < TENANTS; tenant++) {
            String name = "tenant-" + tenant;
            tenants.ended(name, "200", "OK");
            for (Reason reason : Reason.values()) {
                tenants.ended(name, Integer.toString(reason.httpStatus()), reason.name());
            }
            if (tenant <= TenantMeters.MOST) {
                List.of("requests-per-second", "concurrent", "bytes-per-day")
                        .forEach(quota -> Counter.builder("firstpass.quota.refused")
                                .tag("tenant", name)
                                .tag("quota", quota)
                                .register(metrics.registry())
                                .increment());
            }
        }
    }

    private static String scrape(TestServer server) {
        HttpResponse<byte[]> answer = server.manage(HttpRequest.newBuilder().GET(), "/metrics");
        assertEquals(200, answer.statusCode());
        return TestServer.text(answer);
    }

    private static int series(String scrape) {
        return (int) scrape.lines().filter(line -> !line.startsWith("#")).count();
    }
}
