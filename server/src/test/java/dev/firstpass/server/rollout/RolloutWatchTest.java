package dev.firstpass.server.rollout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.spec.LabelingSpec;
import dev.firstpass.postprocess.spec.Prompt;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.Rollout;
import dev.firstpass.server.asset.Asset;
import dev.firstpass.server.asset.AssetRef;
import dev.firstpass.server.call.Arm;
import dev.firstpass.server.call.CacheUse;
import dev.firstpass.server.call.Caller;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.call.Priority;
import dev.firstpass.server.config.GuardLimits;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.pipeline.Answered;
import dev.firstpass.server.pipeline.Choice;
import dev.firstpass.server.pipeline.FormatChoice;
import dev.firstpass.server.pipeline.PrelabelRequest;
import dev.firstpass.server.pipeline.StageTimes;
import dev.firstpass.server.runtime.fake.Versions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class RolloutWatchTest {
    private static final ModelRef.Aliased ALIAS = new ModelRef.Aliased(new ModelName("weeds"), "production");
    private static final Instant NOW = Instant.parse("2026-11-26T12:00:00Z");
    private static final long MILLI = 1_000_000;

    private final FakeRollouts rollouts = new FakeRollouts();
    private final FakeShadowRuntime runtime = new FakeShadowRuntime();
    private final Shadows shadows = Shadows.start(runtime, RolloutListener.NONE);
    private final RolloutWatch watch = new RolloutWatch(
            rollouts, Optional.of(GuardLimits.STANDARD), shadows, RolloutListener.NONE, Runnable::run, () -> NOW);

    @AfterEach
    void close() {
        shadows.close();
    }

    private static final class FakeRollouts implements Rollouts {
        private Optional<Current> current = Optional.empty();
        private final List<String> stops = new ArrayList<>();
        private int refusals;

        @Override
        public Optional<Current> current(ModelRef.Aliased alias) {
            return alias.equals(ALIAS) ? current : Optional.empty();
        }

        @Override
        public boolean stop(ModelRef.Aliased alias, long canary, String why) {
            if (refusals > 0) {
                refusals--;
                throw new RegistryException.Unavailable("away", new IllegalStateException());
            }
            stops.add(canary + ": " + why);
            current = Optional.empty();
            return true;
        }
    }

    /// Finds what it is told to.
    private static final class FakeShadowRuntime implements ShadowRuntime {
        private volatile List<Annotation> finds = List.of();
        private volatile boolean busy;
        private volatile boolean fails;
        private volatile CountDownLatch gate = new CountDownLatch(0);

        /// Until it runs for the first time.
        private final CountDownLatch running = new CountDownLatch(1);

        @Override
        public Optional<ModelVersion> ready(ModelRef.Numbered ref) {
            return Optional.of(Versions.of(ref.name().value(), ref.number()));
        }

        @Override
        public boolean isBusy() {
            return busy;
        }

        @Override
        public Found run(Answered answer, ModelVersion version) {
            running.countDown();
            try {
                gate.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
            if (fails) {
                throw new IllegalStateException("it does not run");
            }
            return new Found(finds, new StageTimes(0, 2 * MILLI, 0, 5 * MILLI, MILLI, 0, 9 * MILLI));
        }
    }

    private static PrelabelRequest request(String asset) {
        return new PrelabelRequest(
                ALIAS,
                new AssetRef.Inline(new byte[] {1}, Optional.empty()),
                Optional.of(asset),
                new Prompt.None(),
                LabelingSpec.NONE,
                Optional.of(new FormatChoice("firstpass", Map.of())),
                Priority.INTERACTIVE,
                Deadline.after(Duration.ofSeconds(1), System::nanoTime),
                CacheUse.FULL,
                Caller.LOCAL,
                "test");
    }

    private static Choice choice(Arm arm, long version) {
        return new Choice(Versions.of("weeds", version), arm);
    }

    private static Answered answered(String asset, Choice choice, boolean isCached, Annotation... annotations) {
        return new Answered(
                request(asset),
                new Asset(asset, new byte[] {1}, "sha256:" + asset),
                choice,
                List.of(annotations),
                isCached,
                new StageTimes(0, MILLI, 0, 2 * MILLI, MILLI, 0, 4 * MILLI));
    }

    private static Annotation box(String label, double score, double x, double y, double width, double height) {
        return new Annotation.Box(new Candidate(0, label, score), new Rect(x, y, width, height));
    }

    private void rollOut(Rollout rollout) {
        rollouts.current = Optional.of(new Rollouts.Current(1, rollout));
        watch.changed(ALIAS, rollout.canary().isPresent());
    }

    private RolloutReport report() {
        return watch.report(ALIAS).orElseThrow();
    }

    @Test
    void report_ofBothArms_hasTheFiguresOfEach() {
        rollOut(new Rollout(2, 20));
        Choice stable = choice(Arm.STABLE, 1);
        watch.answered(answered("a", stable, false, box("crop", 0.5, 0, 0, 1, 1), box("weed", 0.7, 0, 0, 1, 1)));
        watch.answered(answered("a", stable, true, box("crop", 0.5, 0, 0, 1, 1), box("weed", 0.7, 0, 0, 1, 1)));
        watch.answered(answered("b", choice(Arm.CANARY, 2), false));
        watch.failed(
                request("c"),
                "c",
                choice(Arm.CANARY, 2),
                Failure.of(Reason.OUTPUT_INVALID, "").asException());
        // The caller's doing, and answers of what is no arm, any more.
        watch.failed(
                request("d"),
                "d",
                choice(Arm.CANARY, 2),
                Failure.of(Reason.IMAGE_TRUNCATED, "").asException());
        watch.answered(answered("e", choice(Arm.CANARY, 3), false));
        watch.answered(answered("f", choice(Arm.DIRECT, 1), false));

        ArmReport first = report().stable();
        ArmReport second = report().canary().orElseThrow();
        assertEquals(2, first.requests());
        assertEquals(1, first.cached());
        assertEquals(0, first.errors());
        assertEquals(4, first.labels());
        assertEquals(0.6, first.meanScore().orElseThrow(), 1e-9);
        assertEquals(1, first.latencies().count());
        assertEquals(4, first.latencies().p50(), 0.01);
        assertEquals(2, second.requests());
        assertEquals(1, second.errors());
        assertTrue(second.meanScore().isEmpty());
        assertEquals(NOW, report().since());
    }

    @Test
    void rollout_thatChanges_beginsWithNewFigures() {
        rollOut(new Rollout(2, 20));
        watch.answered(answered("a", choice(Arm.STABLE, 1), false));
        rollOut(new Rollout(2, 30));

        assertEquals(0, report().stable().requests());
    }

    @Test
    void canary_thatFails_isStoppedOnceWithItsFigures() {
        rollOut(new Rollout(2, 20));
        watch.answered(answered("a", choice(Arm.STABLE, 1), false));
        for (int i = 0; i < 50; i++) {
            watch.failed(
                    request("f" + i),
                    "f" + i,
                    choice(Arm.CANARY, 2),
                    Failure.of(Reason.MODEL_FAILED, "").asException());
        }

        assertEquals(1, rollouts.stops.size());
        String detail = rollouts.stops.getFirst();
        assertTrue(detail.matches("2: ([0-9]) of \\1 requests failed \\(stable: 0 of 1\\)"), detail);
        RolloutReport.Stop stop = report().stopped().orElseThrow();
        assertEquals(2, stop.canary());
        assertEquals(StopReason.ERRORS, stop.reason());
        rollOut(new Rollout(3, 20));
        assertTrue(report().stopped().isEmpty());
    }

    @Test
    void canary_thatTheRegistryCouldNotStop_isStoppedAtItsNextFailure() {
        rollOut(new Rollout(2, 20));
        rollouts.refusals = 2;
        for (int i = 0; i < 50; i++) {
            watch.failed(
                    request("f" + i),
                    "f" + i,
                    choice(Arm.CANARY, 2),
                    Failure.of(Reason.MODEL_FAILED, "").asException());
        }

        assertEquals(0, rollouts.refusals);
        assertEquals(1, rollouts.stops.size());
    }

    /// By hand: of the stable version's three boxes the shadow has two, one of them with another label, and one that the
    /// stable one has not. The first pair covers 50 of 150, which is too little; so it is the second pair, 90 of 110, and
    /// the third, all of it.
    @Test
    void shadow_isComparedAsByHand() throws InterruptedException {
        rollOut(Rollout.ofShadow(3, 100));
        runtime.finds = List.of(
                box("crop", 0.9, 5, 0, 10, 10), box("weed", 0.8, 101, 0, 10, 10), box("weed", 0.6, 200, 0, 10, 10));
        watch.answered(answered(
                "a",
                choice(Arm.STABLE, 1),
                false,
                box("crop", 0.9, 0, 0, 10, 10),
                box("weed", 0.5, 100, 0, 10, 10),
                box("crop", 0.6, 200, 0, 10, 10)));
        ShadowReport shadow = awaitShadow(1);

        assertEquals(1, shadow.agreement().images());
        assertEquals(2, shadow.agreement().pairs());
        assertEquals(2 * 2 / 6.0, shadow.agreement().matched(), 1e-9);
        assertEquals((90 / 110.0 + 1) / 2, shadow.agreement().meanOverlap().orElseThrow(), 1e-9);
        assertEquals(0.5, shadow.agreement().labelAgreement().orElseThrow(), 1e-9);
        assertEquals(0.3, shadow.agreement().meanScoreShift().orElseThrow(), 1e-9);
        assertEquals(0, shadow.agreement().countDifference());
        assertEquals(8, shadow.shadow().p50(), 0.02);
        assertEquals(4, shadow.stable().p50(), 0.01);
    }

    @Test
    void shadow_getsEachRequestOfTheStableVersionOnce() throws InterruptedException {
        rollOut(new Rollout(2, 20).withShadow(3, 100));
        for (int i = 0; i < 3; i++) {
            watch.answered(answered("a", choice(Arm.STABLE, 1), i > 0));
            watch.answered(answered("b", choice(Arm.CANARY, 2), false));
        }
        watch.answered(answered("c", choice(Arm.STABLE, 1), true));

        assertEquals(2, awaitShadow(2).agreement().images());
    }

    @Test
    void shadow_whileTheServerIsBusyOrItsQueueIsFull_isDroppedAndCounted() throws InterruptedException {
        rollOut(Rollout.ofShadow(3, 100));
        runtime.gate = new CountDownLatch(1);
        for (int i = 0; i < 100; i++) {
            watch.answered(answered("a" + i, choice(Arm.STABLE, 1), false));
        }
        runtime.running.await();
        runtime.busy = true;
        runtime.gate.countDown();
        while (report().shadow().orElseThrow().dropped() < 99) {
            Thread.sleep(1);
        }

        assertEquals(1, awaitShadow(1).agreement().images(), "the one that was running");
        assertEquals(100, report().stable().requests());
    }

    @Test
    void shadow_thatFails_isCountedAndChangesNothing() throws InterruptedException {
        rollOut(Rollout.ofShadow(3, 100));
        runtime.fails = true;
        watch.answered(answered("a", choice(Arm.STABLE, 1), false));
        while (report().shadow().orElseThrow().failed() == 0) {
            Thread.sleep(1);
        }

        assertEquals(0, report().shadow().orElseThrow().agreement().images());
        assertEquals(0, report().stable().errors());
    }

    private ShadowReport awaitShadow(long images) throws InterruptedException {
        while (report().shadow().orElseThrow().agreement().images() < images) {
            Thread.sleep(1);
        }
        return report().shadow().orElseThrow();
    }
}
