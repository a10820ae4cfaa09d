package dev.firstpass.server.runtime.device.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.EngineKind;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.server.QuickWorkers;
import dev.firstpass.server.failure.Failures;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.runtime.fake.Rows;
import dev.firstpass.server.runtime.fault.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/// Models that bring their workers down again and again under load: nobody but the inputs at fault notices. A few
/// crashes always; a hundred with `-Plong`.
@Timeout(900)
@Isolated("looks at this process as a whole")
final class WorkerFaultsTest {
    private static final boolean LONG = Boolean.getBoolean("firstpass.long");
    private static final int CLIENTS_PER_MODEL = 4;

    /// Answers of each model between two crashes.
    private static final int ANSWERS_BETWEEN = 20;

    private static final Duration BACK_WITHIN = Duration.ofSeconds(5);
    private static final float FIRST_POISON = 1_000_000;

    /// What happens, in turn; most of them end the worker.
    private static final List<Fault> FAULTS =
            List.of(Fault.ABORT, Fault.SEGFAULT, Fault.EXIT, Fault.HOG, Fault.SLEEP, Fault.SPIN);

    private static final int CRASHES = LONG ? 100 : FAULTS.size();

    @TempDir
    Path folder = Path.of("");

    @Test
    void crashes_underLoad_failTheInputsAtFaultAndNothingElse() throws Exception {
        QuickWorkers.await();
        List<ProcessHandle> childrenBefore = ProcessHandle.current().children().toList();
        List<String> descriptorsBefore = descriptors();
        List<Fault> faults = faults();
        List<Reason> expected = faults.stream().map(WorkerFaultsTest::expected).toList();
        List<Reason> answers = new ArrayList<>();
        List<Long> away = new ArrayList<>();
        try (FaultyModels models = new FaultyModels();
                Load load = new Load(models)) {
            Map<Float, Fault> poison = new HashMap<>();
            for (int i = 0; i < CRASHES; i++) {
                poison.put(FIRST_POISON + i, faults.get(i));
            }
            List<ModelVersion> versions = List.of(
                    models.model(folder.resolve("one"), EngineKind.ONNX, poison),
                    models.model(folder.resolve("same-worker"), EngineKind.ONNX, poison),
                    models.model(folder.resolve("other-worker"), EngineKind.TENSORFLOW, Map.of()));
            load.begin(versions);
            load.awaitAnswers(ANSWERS_BETWEEN);
            for (int i = 0; i < CRASHES; i++) {
                load.beginGaps();
                answers.add(reason(models, versions.get(i % 2), FIRST_POISON + i));
                load.awaitAnswers(ANSWERS_BETWEEN);
                away.add(load.longestGapMillis());
            }
            load.end();
            Collections.sort(away);
            System.out.printf(
                    "%d faults: %d answers, %d failures; a model was away for %d ms (median), %d ms (most); lost: %s%n",
                    CRASHES,
                    load.answered(),
                    load.failures().size(),
                    away.get(CRASHES / 2),
                    away.getLast(),
                    models.heard().workers());
            assertEquals(List.of(), load.failures().stream().limit(3).toList());
            assertEquals(expected, answers);
            assertEquals(
                    faults.stream().filter(Fault::isCrash).count(),
                    models.heard().inputs());
            assertEquals(List.of(), models.crashed());
            // Each fault ends two workers. A short run on a busy machine says little.
            assertTrue(!LONG || away.get(CRASHES / 2) <= BACK_WITHIN.toMillis(), away::toString);
            assertEquals(0, models.lentBytes());
        }
        assertEquals(
                List.of(),
                ProcessHandle.current()
                        .children()
                        .filter(child -> child.isAlive() && !childrenBefore.contains(child))
                        .toList());
        List<String> left = descriptors();
        descriptorsBefore.forEach(left::remove);
        assertEquals(List.of(), left);
    }

    private static List<Fault> faults() {
        List<Fault> faults = new ArrayList<>();
        for (int i = 0; i < CRASHES; i++) {
            faults.add(FAULTS.get(i % FAULTS.size()));
        }
        Collections.shuffle(faults, new Random(1));
        return faults;
    }

    private static Reason expected(Fault fault) {
        return fault.isHang() ? Reason.DEADLINE_EXCEEDED : Reason.INPUT_QUARANTINED;
    }

    private static Reason reason(FaultyModels models, ModelVersion version, float value) throws InterruptedException {
        try {
            models.ask(version, value, Rows.soon());
            throw new AssertionError("an answer for " + value);
        } catch (RuntimeException e) {
            return Failures.of(e).reason();
        }
    }

    /// Pipes and pieces of shared memory: what a worker needs. Java opens files of its own when it likes.
    private static List<String> descriptors() throws IOException {
        List<String> names = new ArrayList<>();
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            for (Path descriptor : open.toList()) {
                if (Files.isSymbolicLink(descriptor)) {
                    names.add(Files.readSymbolicLink(descriptor).toString());
                }
            }
        }
        names.removeIf(name -> !name.startsWith("pipe:") && !name.contains("memfd:"));
        return names;
    }

    /// Clients of each model, each of which asks again a moment after it is answered: a processor that they had all to
    /// themselves could not start workers.
    private static final class Load implements AutoCloseable {
        private static final int VALUES = 1000;
        private static final Duration MOMENT = Duration.ofMillis(3);

        private final FaultyModels models;
        private final ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor();
        private final List<Answers> answers = new ArrayList<>();
        private final Queue<String> failures = new ConcurrentLinkedQueue<>();
        private volatile boolean ended;

        Load(FaultyModels models) {
            this.models = models;
        }

        void begin(List<ModelVersion> versions) {
            for (ModelVersion version : versions) {
                Answers counted = new Answers();
                answers.add(counted);
                for (int i = 0; i < CLIENTS_PER_MODEL; i++) {
                    Random values = new Random(i);
                    clients.execute(() -> ask(version, values, counted));
                }
            }
        }

        private void ask(ModelVersion version, Random values, Answers counted) {
            while (!ended) {
                float value = values.nextInt(VALUES);
                try {
                    float answer = models.ask(version, value, Rows.soon());
                    if (answer != 2 * value) {
                        failures.add(version.name() + ": " + answer + " for " + value);
                    }
                    counted.one();
                    Thread.sleep(MOMENT);
                } catch (InterruptedException | RuntimeException e) {
                    failures.add(version.name() + ": " + e);
                }
            }
        }

        /// Waits until each model has given that many answers more.
        void awaitAnswers(int count) throws InterruptedException {
            List<Integer> targets =
                    answers.stream().map(one -> one.count.get() + count).toList();
            for (int i = 0; i < targets.size(); i++) {
                while (answers.get(i).count.get() < targets.get(i)) {
                    Thread.sleep(1);
                }
            }
        }

        /// Returns when all clients have their last answer.
        void end() {
            ended = true;
            clients.close();
        }

        int answered() {
            return answers.stream().mapToInt(one -> one.count.get()).sum();
        }

        void beginGaps() {
            answers.forEach(one -> one.longestGap.set(0));
        }

        /// The longest time that a model gave no answer, since gaps were begun.
        long longestGapMillis() {
            return Duration.ofNanos(answers.stream()
                            .mapToLong(one -> one.longestGap.get())
                            .max()
                            .orElse(0))
                    .toMillis();
        }

        List<String> failures() {
            return List.copyOf(failures);
        }

        @Override
        public void close() {
            end();
        }
    }

    /// When a model answered.
    ///
    /// Thread-safe.
    private static final class Answers {
        private final AtomicInteger count = new AtomicInteger();
        private final AtomicLong last = new AtomicLong();
        private final AtomicLong longestGap = new AtomicLong();

        void one() {
            long now = System.nanoTime();
            long before = last.getAndSet(now);
            if (count.getAndIncrement() > 0) {
                longestGap.accumulateAndGet(now - before, Math::max);
            }
        }
    }
}
