package dev.firstpass.server.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.server.ServerRuntime;
import dev.firstpass.server.config.RuntimeConfig;
import dev.firstpass.server.demo.DemoModels;
import dev.firstpass.server.demo.FetchListener;
import dev.firstpass.server.pipeline.PrelabelAnswer;
import dev.firstpass.server.runtime.lifecycle.Preparation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/// How long the first request for a model that is registered and not loaded takes: a detector of 18 MB.
final class ColdModelTest {
    private static final Duration LONGEST = Duration.ofMillis(2500);
    private static final int LOADS = 3;
    private static final double NANOS_PER_MILLI = 1e6;

    @TempDir
    Path folder = Path.of("");

    @Test
    @EnabledIfSystemProperty(
            named = "firstpass.long",
            matches = "true",
            disabledReason = "others' tests at the same time would decide it: mvn verify -Plong -Dtest=ColdModelTest")
    void firstRequest_ofAModelOf18Mb_isAnsweredSoon() throws Exception {
        Path model = DemoServer.models().fetch(DemoModels.all().getFirst(), FetchListener.NONE);
        RuntimeConfig config = RuntimeConfig.forCores(Runtime.getRuntime().availableProcessors());
        List<Long> totals = new ArrayList<>();
        try (ServerRuntime runtime = ServerRuntime.open(folder.resolve("data"), config)) {
            ModelVersion version = runtime.register(
                            new ModelName("coco"), model, Optional.empty(), ProgressListener.NONE)
                    .version();
            for (int load = 0; load < LOADS; load++) {
                runtime.models().retire(version.ref()).join();
                long start = System.nanoTime();
                PrelabelAnswer answer = runtime.prelabeler()
                        .prelabel(Requests.of(
                                "coco", "dog" + load, Goldens.photo(Goldens.PHOTOS.get(load)), "firstpass"));
                totals.add(System.nanoTime() - start);
                assertEquals(1, answer.prelabels().provenance().version());
                Preparation split = Optional.ofNullable(runtime.models()
                                .loaded(version.ref())
                                .orElseThrow()
                                .stages()
                                .get("main"))
                        .flatMap(devices -> devices.values().stream().findFirst())
                        .orElseThrow();
                System.out.printf(
                        "cold model of %.1f MB: first answer after %.0f ms (session %.0f, warm-up %.0f, request %.0f)%n",
                        Files.size(model) / 1e6,
                        totals.getLast() / NANOS_PER_MILLI,
                        split.openNanos() / NANOS_PER_MILLI,
                        split.warmUpNanos() / NANOS_PER_MILLI,
                        (totals.getLast() - split.openNanos() - split.warmUpNanos()) / NANOS_PER_MILLI);
                split.warmUp()
                        .points()
                        .forEach(point -> System.out.printf(
                                "  %d rows of %s: %.1f ms%n",
                                point.rows(), point.row(), point.nanos() / NANOS_PER_MILLI));
            }
        }
        long best = totals.stream().mapToLong(Long::longValue).min().orElseThrow();
        assertTrue(best <= LONGEST.toNanos(), () -> "nanos: " + best + " (expected: <= " + LONGEST.toNanos() + ")");
    }
}
