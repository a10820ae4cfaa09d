package dev.firstpass.server.runtime.device.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.EngineKind;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.server.runtime.fake.Rows;
import dev.firstpass.server.runtime.fault.Fault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/// A model that takes long for a run, with more asked of it than it can do, in the same worker as another.
@Timeout(120)
final class SlowModelTest {
    private static final int ASKS = Boolean.getBoolean("firstpass.long") ? 2_000 : 200;
    private static final int CROWD = 4;
    private static final float SLOW = 13;

    @TempDir
    Path folder = Path.of("");

    @Test
    @EnabledIfSystemProperty(named = "firstpass.faults", matches = "true")
    void model_besideOneThatIsSlow_doesNotStandBehindIt() throws Exception {
        try (FaultyModels models = new FaultyModels(FaultWorkerMain.class, Duration.ofSeconds(30));
                ExecutorService crowd = Executors.newVirtualThreadPerTaskExecutor()) {
            ModelVersion slow = models.model(folder.resolve("slow"), EngineKind.ONNX, Map.of(SLOW, Fault.SLOW));
            ModelVersion quick = models.model(folder.resolve("quick"), EngineKind.ONNX, Map.of());
            assertEquals(2, models.ask(slow, 1, Rows.soon()));
            long alone = p99(models, quick);

            AtomicBoolean ended = new AtomicBoolean();
            List<Future<Integer>> askers = new ArrayList<>();
            for (int i = 0; i < CROWD; i++) {
                askers.add(crowd.submit(() -> askUntil(models, slow, ended)));
            }
            long beside;
            try {
                beside = p99(models, quick);
            } finally {
                ended.set(true);
            }
            int answered = 0;
            for (Future<Integer> asker : askers) {
                answered += asker.get();
            }

            System.out.printf(
                    "p99 alone %.2f ms, beside a model that takes %d ms a run %.2f ms%n",
                    alone / 1e6, Fault.SLOW_MILLIS, beside / 1e6);
            assertTrue(answered >= CROWD, "the slow model answered " + answered);
            // Who stood behind a run of the other would have waited for most of it.
            assertTrue(
                    beside < TimeUnit.MILLISECONDS.toNanos(Fault.SLOW_MILLIS) / 2,
                    () -> "p99 alone " + alone + " ns, beside a slow model " + beside + " ns");
            assertEquals(0, models.lentBytes());
        }
    }

    /// @return how many answers there were
    private static int askUntil(FaultyModels models, ModelVersion slow, AtomicBoolean ended)
            throws InterruptedException {
        int answers = 0;
        while (!ended.get() || answers == 0) {
            assertEquals(2 * SLOW, models.ask(slow, SLOW, Rows.soon()));
            answers++;
        }
        return answers;
    }

    private static long p99(FaultyModels models, ModelVersion quick) throws InterruptedException {
        long[] took = new long[ASKS];
        for (int i = 0; i < ASKS; i++) {
            long began = System.nanoTime();
            assertEquals(2 * i, models.ask(quick, i, Rows.soon()));
            took[i] = System.nanoTime() - began;
            // So that runs of the slow model begin meanwhile.
            Thread.sleep(2);
        }
        Arrays.sort(took);
        return took[(int) (0.99 * (ASKS - 1))];
    }
}
