package dev.firstpass.registry.store;

import dev.firstpass.registry.Expected;
import dev.firstpass.registry.FakeFamily;
import dev.firstpass.registry.FakeModel;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.Validator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// How long a registry takes to open, to register one more, and to move an alias, with many versions in it.
///
/// `main [models [versions of each]]`, 100 of 100 unless told; they are registered for real, some hundred a second.
final class RegistryBenchmark {
    private static final int ROUNDS = 10;
    private static final double NANOS_PER_MILLI = 1e6;

    private RegistryBenchmark() {}

    public static void main(String[] args) throws IOException {
        int models = args.length > 0 ? Integer.parseInt(args[0]) : 100;
        int versions = args.length > 1 ? Integer.parseInt(args[1]) : 100;
        Path folder = Files.createTempDirectory("firstpass-registry-");
        try {
            fill(folder, models, versions);
            measure(folder);
        } finally {
            Durable.deleteTree(folder);
        }
    }

    private static void fill(Path folder, int models, int versions) throws IOException {
        try (ModelRegistry registry = open(folder)) {
            for (int model = 0; model < models; model++) {
                for (int version = 0; version < versions; version++) {
                    register(registry, folder, "m" + model, model * versions + version);
                }
                System.out.printf("%d of %d models%n", model + 1, models);
            }
        }
    }

    private static void measure(Path folder) throws IOException {
        List<Double> opens = new ArrayList<>();
        List<Double> registrations = new ArrayList<>();
        List<Double> moves = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            long start = System.nanoTime();
            try (ModelRegistry registry = open(folder)) {
                opens.add(millisSince(start));
                start = System.nanoTime();
                register(registry, folder, "m0", -1 - round);
                registrations.add(millisSince(start));
                start = System.nanoTime();
                registry.moveAlias(new ModelName("m0"), "canary", 1 + round, new Expected.Anything());
                moves.add(millisSince(start));
            }
        }
        System.out.printf(
                "open %s ms, register %s ms, move %s ms (median, most of %d)%n",
                text(opens), text(registrations), text(moves), ROUNDS);
    }

    private static ModelRegistry open(Path folder) {
        return ModelRegistry.open(
                folder.resolve("data"), List.of(FakeFamily.BOXES), FakeModel.reader(), InstantSource.system());
    }

    private static void register(ModelRegistry registry, Path folder, String name, int seed) throws IOException {
        Path model = FakeModel.write(folder.resolve("offer/model.onnx"), seed);
        var _ = registry.register(new ModelName(name), model, Validator.NONE, ProgressListener.NONE);
    }

    private static double millisSince(long start) {
        return (System.nanoTime() - start) / NANOS_PER_MILLI;
    }

    private static String text(List<Double> millis) {
        List<Double> sorted = new ArrayList<>(millis);
        Collections.sort(sorted);
        return "%.0f, %.0f".formatted(sorted.get(sorted.size() / 2), sorted.getLast());
    }
}
