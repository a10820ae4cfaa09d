package dev.firstpass.registry.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.Expected;
import dev.firstpass.registry.FakeModel;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.RegistryException.PreconditionFailed;
import dev.firstpass.registry.Validator;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegistryConcurrencyTest {
    private static final ModelName COCO = new ModelName("coco");

    @TempDir
    private Path temp;

    private ModelRegistry registry;

    @BeforeEach
    void openRegistry() {
        registry = ModelRegistryTest.open(temp.resolve("data"));
    }

    @AfterEach
    void closeRegistry() {
        registry.close();
    }

    /// All tasks begin at once.
    private static <T> List<T> together(List<Callable<T>> tasks) throws InterruptedException, ExecutionException {
        CyclicBarrier start = new CyclicBarrier(tasks.size());
        List<Future<T>> running = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Callable<T> task : tasks) {
                running.add(threads.submit(() -> {
                    start.await();
                    return task.call();
                }));
            }
        }
        List<T> results = new ArrayList<>();
        for (Future<T> one : running) {
            results.add(one.get());
        }
        return results;
    }

    private ModelVersion register(ModelName name, int seed, Validator validator) {
        Path model =
                FakeModel.write(temp.resolve("offers/" + Thread.currentThread().threadId() + "/m.onnx"), seed);
        return registry.register(name, model, validator, ProgressListener.NONE).version();
    }

    @Test
    void register_sameContentFromManyThreads_isOneVersionValidatedOnce() throws Exception {
        AtomicInteger validations = new AtomicInteger();
        Callable<ModelVersion> task = () -> register(COCO, 1, _ -> validations.incrementAndGet());
        List<ModelVersion> made =
                together(IntStream.range(0, 16).mapToObj(_ -> task).toList());

        assertEquals(1, new TreeSet<>(made.stream().map(ModelVersion::number).toList()).size());
        assertTrue(made.stream().allMatch(version -> version.state() == ModelVersion.State.AVAILABLE));
        assertEquals(1, registry.model(COCO).versions().size());
        assertEquals(1, validations.get());
    }

    @Test
    void register_sameAndOtherContentAtOnce_numbersAreUniqueAndWithoutGaps() throws Exception {
        List<Callable<ModelVersion>> tasks = new ArrayList<>();
        for (int i = 0; i < 32; i++) {
            int seed = i % 8;
            tasks.add(() -> register(COCO, seed, Validator.NONE));
        }
        Map<Long, String> digests = new HashMap<>();
        for (ModelVersion version : together(tasks)) {
            String before = digests.put(version.number(), version.digest());
            assertTrue(before == null || before.equals(version.digest()), "two contents have one number");
        }

        assertEquals(LongStream.rangeClosed(1, 8).boxed().toList(), new ArrayList<>(new TreeSet<>(digests.keySet())));
        assertEquals(8, new TreeSet<>(digests.values()).size());
        assertTrue(registry.model(COCO).aliases().containsKey(ModelRef.PRODUCTION));
    }

    @Test
    void register_sameContentUnderManyNames_isStoredOnceAndWholeForEach() throws Exception {
        List<Callable<ModelVersion>> tasks = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            ModelName name = new ModelName("m" + i);
            tasks.add(() -> register(name, 1, Validator.NONE));
        }
        List<ModelVersion> made = together(tasks);

        assertEquals(1, made.stream().map(ModelVersion::directory).distinct().count());
        assertTrue(
                made.stream().allMatch(version -> version.file("main").toFile().isFile()));
        assertEquals(12, registry.models().size());
    }

    @Test
    void moveAlias_manyExpectTheSame_oneWins() throws Exception {
        for (int seed = 1; seed <= 9; seed++) {
            register(COCO, seed, Validator.NONE);
        }
        for (int round = 0; round < 10; round++) {
            long before = registry.resolve(ModelRef.parse("coco")).number();
            List<Callable<Boolean>> tasks = new ArrayList<>();
            for (long to = 1; to <= 9; to++) {
                if (to != before) {
                    long target = to;
                    tasks.add(() -> moves(target, before));
                }
            }
            List<Boolean> won = together(tasks);

            assertEquals(1, won.stream().filter(Boolean::booleanValue).count());
        }
    }

    private boolean moves(long to, long expected) {
        try {
            registry.moveAlias(COCO, ModelRef.PRODUCTION, to, new Expected.AtVersion(expected));
        } catch (PreconditionFailed _) {
            return false;
        }
        // Read your own write, unless another round has begun.
        return registry.resolve(ModelRef.parse("coco")).number() == to;
    }

    /// Numbers only grow here, so a reader that sees one fall has seen an old state after a new one.
    @Test
    void resolve_whileTheAliasMoves_neverGoesBack() throws Exception {
        for (int seed = 1; seed <= 20; seed++) {
            register(COCO, seed, Validator.NONE);
        }
        AtomicBoolean moving = new AtomicBoolean(true);
        Callable<Long> mover = () -> {
            for (long to = 2; to <= 20; to++) {
                registry.moveAlias(COCO, ModelRef.PRODUCTION, to, new Expected.AtVersion(to - 1));
            }
            moving.set(false);
            return 20L;
        };
        Callable<Long> reader = () -> {
            long last = 0;
            while (moving.get()) {
                long seen = registry.resolve(ModelRef.parse("coco")).number();
                assertTrue(seen >= last, seen + " after " + last);
                last = seen;
                Thread.sleep(0, 100_000);
            }
            return registry.resolve(ModelRef.parse("coco")).number();
        };

        assertEquals(List.of(20L, 20L, 20L), together(List.of(mover, reader, reader)));
    }
}
