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
import dev.firstpass.server.observe.Metrics.ModelLabel;
import dev.firstpass.server.pipeline.CacheOutcome;
import dev.firstpass.server.pipeline.PrelabelAnswer;
import dev.firstpass.server.pipeline.StageTimes;
import dev.firstpass.server.runtime.batch.QueueState;
import dev.firstpass.server.runtime.batch.RunCounts;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class MetricsTest {
    private static final ModelLabel COCO = ModelLabel.of("coco", 3);

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
        metrics.answered(COCO, answer(List.of(box(0.75), box(0.25))), Optional.empty());
        metrics.answered(COCO, answer(List.of()), Optional.empty());

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

        assertEquals(Metrics.MOST_VERSIONS, lines(scrape, "firstpass_requests_total"));
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
        metrics.answered(COCO, answer(List.of()), Optional.empty());

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

    /// However many doors and reasons there are, of which callers choose some; what the server does wrong is told all the same.
    @Test
    void waysToFail_areBounded_andTheirResultsCountedAllTheSame() {
        int refused = VersionMeters.Ways.OF_VERSION.refused();
        int others = VersionMeters.Ways.OF_VERSION.others();
        for (int way = 0; way < 3 * refused; way++) {
            metrics.request("door-" + way, COCO, "422", "IMAGE_TRUNCATED", 1);
        }
        metrics.request("http", COCO, "504", "DEADLINE_EXCEEDED", 1);
        metrics.request("http", COCO, "200", "OK", 1);
        for (int way = 0; way <= others; way++) {
            metrics.request("door-" + way, COCO, "503", "WORKER_LOST", 1);
        }

        String scrape = metrics.scrape();

        assertEquals(refused + 1 + 1 + others + 1, lines(scrape, "firstpass_requests_total"));
        String together = "firstpass_requests_total{api=\"other\",code=\"\",model=\"coco\",reason=\"OTHER\",result=\"";
        assertLine(scrape, together + "refused\",version=\"3\"} " + 2.0 * refused);
        assertLine(scrape, together + "failed\",version=\"3\"} 2.0");
        assertCount(scrape, "504", "DEADLINE_EXCEEDED", "late");
        assertCount(scrape, "200", "OK", "ok");
        assertEquals(2L * refused + 2, metrics.outcomes().get("OTHER"));
    }

    @Test
    void requestsThatAreNotAnswered_haveNoHistogram() {
        metrics.request("http", COCO, "429", "OVERLOADED", 1);
        metrics.request("http", COCO, "504", "DEADLINE_EXCEEDED", 1);

        assertEquals(0, lines(metrics.scrape(), "firstpass_request_duration_seconds"));
    }

    private static long lines(String scrape, String beginning) {
        return scrape.lines().filter(line -> line.startsWith(beginning)).count();
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
