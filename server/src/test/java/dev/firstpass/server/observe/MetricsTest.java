package dev.firstpass.server.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.AssetInfo;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.postprocess.annotation.Provenance;
import dev.firstpass.postprocess.format.FormatReport;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.server.frontend.TestVersions;
import dev.firstpass.server.observe.Metrics.ModelLabel;
import dev.firstpass.server.pipeline.CacheOutcome;
import dev.firstpass.server.pipeline.PrelabelAnswer;
import dev.firstpass.server.pipeline.StageTimes;
import dev.firstpass.server.runtime.batch.QueueState;
import dev.firstpass.server.runtime.batch.RunCounts;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class MetricsTest {
    private static final ModelLabel COCO = ModelLabel.of("coco", 3);

    private static final int MODELS = 20;
    private static final int MOST_SERIES = 5_000;
    private static final int SCRAPES = 20;
    private static final int MOST_MILLIS = 50;

    private final Metrics metrics = new Metrics();

    @Test
    void request_isCountedAndTimed_byHowItEnded() {
        metrics.request("http", COCO, "200", "OK", TimeUnit.MILLISECONDS.toNanos(20));
        metrics.request("http", COCO, "429", "OVERLOADED", TimeUnit.MILLISECONDS.toNanos(1));
        metrics.request("http", COCO, "504", "DEADLINE_EXCEEDED", TimeUnit.SECONDS.toNanos(1));
        metrics.request("http", COCO, "499", "CANCELLED", 1);
        metrics.request("http", COCO, "422", "IMAGE_TRUNCATED", 1);
        metrics.request("grpc", COCO, "UNAVAILABLE", "WORKER_LOST", 1);

        String scrape = metrics.scrape();

        assertCount(scrape, "200", "OK", "ok");
        assertCount(scrape, "429", "OVERLOADED", "shed");
        assertCount(scrape, "504", "DEADLINE_EXCEEDED", "late");
        assertCount(scrape, "499", "CANCELLED", "cancelled");
        assertCount(scrape, "422", "IMAGE_TRUNCATED", "refused");
        assertLine(
                scrape,
                "firstpass_requests_total{api=\"grpc\",code=\"UNAVAILABLE\",model=\"coco\",reason=\"WORKER_LOST\","
                        + "result=\"failed\",version=\"3\"} 1.0");
        String duration = "firstpass_request_duration_seconds_bucket{model=\"coco\",result=\"ok\",version=\"3\",le=\"";
        assertLine(scrape, duration + "0.01\"} 0");
        assertLine(scrape, duration + "0.025\"} 1");
        assertLine(scrape, duration + "10.0\"} 1");
    }

    private static void assertCount(String scrape, String code, String reason, String result) {
        assertLine(
                scrape,
                "firstpass_requests_total{api=\"http\",code=\"%s\",model=\"coco\",reason=\"%s\",result=\"%s\",version=\"3\"} 1.0"
                        .formatted(code, reason, result));
    }

    @Test
    void answered_tellsItsStagesAndItsLabels() {
        metrics.answered(COCO, answer(List.of(box(0.75), box(0.25))));
        metrics.answered(COCO, answer(List.of()));

        String scrape = metrics.scrape();

        assertLine(scrape, "firstpass_labels_total{model=\"coco\",type=\"box\",version=\"3\"} 2.0");
        assertLine(scrape, "firstpass_empty_results_total{model=\"coco\",version=\"3\"} 1.0");
        assertLine(scrape, "firstpass_label_score_bucket{model=\"coco\",version=\"3\",le=\"0.3\"} 1");
        assertLine(scrape, "firstpass_label_score_sum{model=\"coco\",version=\"3\"} 1.0");
        assertLine(scrape, "firstpass_stage_duration_seconds_count{model=\"coco\",stage=\"decode\",version=\"3\"} 2");
        assertLine(scrape, "firstpass_stage_duration_seconds_sum{model=\"coco\",stage=\"infer\",version=\"3\"} 0.006");
    }

    @Test
    void versionsThatAreAskedForNoMore_makeRoom() {
        metrics.request("http", ModelLabel.NONE, "404", "MODEL_NOT_FOUND", 1);
        for (int version = 1; version <= Metrics.MOST_VERSIONS; version++) {
            metrics.request("http", ModelLabel.of("coco", version), "200", "OK", 1);
            metrics.scrape();
        }
        metrics.request("http", ModelLabel.of("coco", 1), "200", "OK", 1);
        metrics.request("http", ModelLabel.of("coco", 1000), "200", "OK", 1);

        String scrape = metrics.scrape();

        assertEquals(
                Metrics.MOST_VERSIONS,
                scrape.lines()
                        .filter(line -> line.startsWith("firstpass_requests_total"))
                        .count());
        assertTrue(scrape.contains("firstpass_requests_total{api=\"http\",code=\"404\",model=\"\""), scrape);
        assertTrue(scrape.contains("version=\"1000\""), scrape);
        assertTrue(scrape.contains("version=\"1\""), scrape);
        assertFalse(scrape.contains("version=\"2\""), scrape);
        assertFalse(scrape.contains("version=\"3\""), scrape);
    }

    @Test
    void tritonNames_tellTheSame() {
        RunCounts counts = new RunCounts(6, 40, 64, RunCounts.NONE.bySize(), 0, 0, 0, 0, 0);
        TritonNames.bind(
                () -> Map.of(
                        new ModelRef.Numbered(new ModelName("coco"), 3),
                        new QueueState(7, 0, 0, Duration.ZERO, Duration.ZERO, 0, 0, counts)),
                metrics);
        metrics.request("http", COCO, "200", "OK", 5_000_000);
        metrics.request("grpc", COCO, "OK", "OK", 7_000_000);
        metrics.request("http", COCO, "429", "OVERLOADED", 0);
        metrics.request("http", COCO, "500", "MODEL_FAILED", 0);
        metrics.request("http", ModelLabel.NONE, "404", "MODEL_NOT_FOUND", 1);
        metrics.answered(COCO, answer(List.of()));

        String scrape = metrics.scrape();

        String labels = "{model=\"coco\",version=\"3\"} ";
        assertLine(scrape, "nv_inference_request_success" + labels + "2.0");
        assertLine(scrape, "nv_inference_request_failure{model=\"coco\",reason=\"REJECTED\",version=\"3\"} 1.0");
        assertLine(scrape, "nv_inference_request_failure{model=\"coco\",reason=\"BACKEND\",version=\"3\"} 1.0");
        assertLine(scrape, "nv_inference_count" + labels + "40.0");
        assertLine(scrape, "nv_inference_exec_count" + labels + "6.0");
        assertLine(scrape, "nv_inference_pending_request_count" + labels + "7.0");
        assertLine(scrape, "nv_inference_request_duration_us" + labels + "12000.0");
        assertLine(scrape, "nv_inference_queue_duration_us" + labels + "20.0");
        assertLine(scrape, "nv_inference_compute_infer_duration_us" + labels + "3000.0");
        assertLine(scrape, "nv_inference_compute_input_duration_us" + labels + "1500.0");
        assertLine(scrape, "nv_inference_compute_output_duration_us" + labels + "500.0");
        assertFalse(scrape.contains("nv_inference_request_success{model=\"\""), scrape);
    }

    @Test
    void twentyModels_haveFewerThanFiveThousandSeries() {
        Map<ModelRef.Numbered, QueueState> queues = IntStream.range(0, MODELS)
                .boxed()
                .collect(Collectors.toMap(
                        i -> new ModelRef.Numbered(new ModelName("model-" + i), 7), _ -> QueueState.EMPTY));
        QueueMeters.bind(() -> queues, metrics);
        ModelMeters.bind(
                () -> queues.keySet().stream()
                        .collect(Collectors.toMap(
                                ref -> new ModelRef.Aliased(ref.name(), "production"),
                                ref -> TestVersions.version(ref.name().value(), ref.number()))),
                Map::of,
                metrics);
        for (ModelRef.Numbered ref : queues.keySet()) {
            ModelLabel model = ModelLabel.of(ref.name().value(), ref.number());
            for (String api : List.of("http", "grpc")) {
                metrics.request(api, model, "200", "OK", 1_000_000);
                metrics.request(api, model, "429", "OVERLOADED", 1_000_000);
                metrics.request(api, model, "422", "IMAGE_UNDECODABLE", 1_000_000);
                metrics.request(api, model, "503", "WORKER_LOST", 1_000_000);
            }
            metrics.answered(model, answer(List.of(box(0.5))));
            metrics.answered(model, answer(List.of()));
        }
        TenantMeters tenants = TenantMeters.bind(metrics, System::nanoTime);
        for (int tenant = 0; tenant < 100; tenant++) {
            for (String reason : List.of("OK", "OVERLOADED", "IMAGE_UNDECODABLE", "WORKER_LOST", "DEADLINE_EXCEEDED")) {
                tenants.ended("tenant-" + tenant, "", reason);
            }
        }
        long began = processorNanos();
        String scrape = metrics.scrape();
        long first = processorNanos() - began;
        began = processorNanos();
        IntStream.range(0, SCRAPES).forEach(_ -> metrics.scrape());
        long later = (processorNanos() - began) / SCRAPES;

        long series = scrape.lines().filter(line -> !line.startsWith("#")).count();
        System.out.printf(
                "%d models: %d series, %d KiB; the first scrape takes %.1f ms of a processor, later ones %.1f ms%n",
                MODELS, series, scrape.length() >> 10, first / 1e6, later / 1e6);
        assertTrue(later <= TimeUnit.MILLISECONDS.toNanos(MOST_MILLIS), "later scrapes: " + later + " ns");
        assertTrue(series <= MOST_SERIES, "series: " + series + " (expected: <= " + MOST_SERIES + ")");
    }

    /// Of this thread alone: whatever else the machine does.
    private static long processorNanos() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    static Annotation box(double score) {
        return new Annotation.Box(new Candidate(7, "dog", score), new Rect(10, 5, 20, 15));
    }

    static PrelabelAnswer answer(List<Annotation> found) {
        return new PrelabelAnswer(
                new Prelabels(
                        new AssetInfo("a", new ImageSize(40, 30), "sha256:0"),
                        new Provenance("p", "coco", 3, "sha256:0", "ssd", ""),
                        found,
                        List.of()),
                new byte[0],
                "",
                "",
                new FormatReport(Map.of(), Map.of()),
                new StageTimes(0, 1_500_000, 20_000, 3_000_000, 400_000, 100_000, 5_021_000),
                CacheOutcome.MISS);
    }

    private static void assertLine(String scrape, String line) {
        String name = line.startsWith("#") ? line : line.substring(0, line.indexOf('{'));
        List<String> found =
                scrape.lines().filter(each -> each.startsWith(name)).toList();
        assertTrue(found.contains(line), () -> line + " is not in " + String.join("\n", found));
    }
}
