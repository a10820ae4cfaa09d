package dev.firstpass.loadtest.gatling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/// All but Gatling's own part.
@Isolated
final class LoadPlanTest {
    @TempDir
    Path folder = Path.of("");

    @AfterEach
    void forget() {
        System.clearProperty(LoadPlan.PROPERTY);
    }

    @Test
    void plan_thatWasPublished_isTheSame() throws IOException {
        LoadPlan plan = plan(0.2);
        plan.publish();
        assertEquals(plan, LoadPlan.published());
    }

    @Test
    void plan_thatNobodyPublished_isRefused() {
        assertThrows(IllegalStateException.class, LoadPlan::published);
        assertThrows(IllegalArgumentException.class, () -> plan(1.1));
    }

    @Test
    void schedule_startsWithTheFirstLook() {
        Schedule schedule = new Schedule(plan(0.2));
        long first = schedule.dueNanos(0, 5);
        assertTrue(first > 1_000_000_000, () -> "due: " + first);
        assertEquals(first, schedule.dueNanos(0, 700));
        assertTrue(schedule.dueNanos(1, 900) > first);
        assertEquals(300, schedule.size(), 80);
    }

    @Test
    void report_ofWhatWasRecorded_hasBothKindsAndWhatIsMissing() throws IOException {
        LoadPlan plan = plan(0.5);
        Schedule schedule = new Schedule(plan);
        Recorder recorder = new Recorder();
        int first = 0;
        while (!schedule.counts(first)) {
            assertTrue(schedule.seconds(first) < 0);
            first++;
        }
        assertTrue(first > 0);
        for (int index = first; index < schedule.size() - 1; index++) {
            recorder.add(new Recorder.Entry(
                    schedule.seconds(index),
                    schedule.isBulk(index),
                    10 + index,
                    index == first + 3 ? "OVERLOADED" : ""));
        }
        LoadReport report = LoadReport.of(plan, schedule, recorder);
        report.write();

        assertEquals(2, report.kinds().size());
        assertEquals(
                schedule.size() - first - 2,
                report.kinds().stream().mapToInt(kind -> kind.millis().size()).sum());
        Map<String, Integer> all = new HashMap<>();
        report.kinds()
                .forEach(kind -> kind.reasons().forEach((reason, count) -> all.merge(reason, count, Integer::sum)));
        assertEquals(Map.of("OVERLOADED", 1, "no end", 1), all);
        assertTrue(Files.readString(folder.resolve("load.html")).contains("<svg"));
        assertTrue(Files.readString(folder.resolve("load.json")).contains("\"p99.9\""));
    }

    @Test
    void percentile_ofAHundred_isTheNearestRank() {
        Recorder recorder = new Recorder();
        for (int value = 100; value > 0; value--) {
            recorder.add(new Recorder.Entry(0, false, value, ""));
        }
        Recorder.Summary all = recorder.summary("all", 100, _ -> true);
        assertEquals(50, all.percentile(50));
        assertEquals(95, all.percentile(95));
        assertEquals(100, all.percentile(99.9));
    }

    private LoadPlan plan(double bulk) {
        return new LoadPlan(
                "http://127.0.0.1:8080/",
                "coco",
                "http",
                30,
                8,
                2,
                bulk,
                Optional.of(500L),
                Optional.empty(),
                1,
                2,
                Optional.of(folder.resolve("load.html").toString()),
                Optional.of(folder.resolve("load.json").toString()));
    }
}
