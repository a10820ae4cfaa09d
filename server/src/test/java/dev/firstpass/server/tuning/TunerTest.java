package dev.firstpass.server.tuning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.ForwardingSession;
import dev.firstpass.server.runtime.fake.FakeHost;
import dev.firstpass.server.runtime.fake.Versions;
import dev.firstpass.server.runtime.lifecycle.MadeSamples;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/// With a model that takes no time, on a clock that moves by a millisecond at each look.
final class TunerTest {
    private final AtomicLong now = new AtomicLong();
    private final List<FakeHost> hosts = new ArrayList<>();
    private final List<Integer> threads = new ArrayList<>();

    private TuningBench bench(int wanted) {
        threads.add(wanted);
        FakeHost host = new FakeHost(new Semaphore(Integer.MAX_VALUE / 2));
        hosts.add(host);
        AtomicLong cpu = new AtomicLong();
        return new TuningBench(host, new Slab(1 << 20, 1 << 20), _ -> cpu.addAndGet(1_000_000));
    }

    @Test
    void tune_triesEveryWay_andLeavesNothingOpen() throws Exception {
        ModelVersion version = Versions.of("thing", 1, StageSpec.MAIN, "second");
        TuningPlan plan = new TuningPlan(2, true, 2, Duration.ofMillis(200));
        AtomicInteger done = new AtomicInteger();
        List<StageTuning> stages = new Tuner(
                        version,
                        plan,
                        MadeSamples.NONE,
                        this::bench,
                        session -> new Unclosed(session),
                        () -> now.addAndGet(1_000_000))
                .tune((count, all) -> assertTrue(count == done.incrementAndGet() && count <= all));

        assertEquals(
                List.of(StageSpec.MAIN, "second"),
                stages.stream().map(StageTuning::stage).toList());
        int batches =
                plan.batches(version.manifest().spec().firstStage().maxBatch()).size();
        assertEquals(3 * batches, stages.getFirst().points().size());
        assertEquals(2 * 2 * 3 * batches, done.get());
        assertEquals(List.of(1, 2, 1, 2), threads);
        stages.getFirst().points().forEach(point -> {
            assertTrue(point.runs() >= 6, point.toString());
            assertTrue(point.imagesPerSecond() > 0 && point.p50Millis() <= point.p95Millis(), point.toString());
            assertTrue(point.cpuMillisPerImage() > 0, point.toString());
        });
        hosts.forEach(host -> host.sessions().forEach(session -> {
            assertTrue(session.isClosed());
            assertEquals(0, session.faults());
        }));
    }

    private static final class Unclosed extends ForwardingSession {
        Unclosed(EngineSession session) {
            super(session);
        }

        @Override
        public void close() {}
    }
}
