package dev.firstpass.server.e2e;

import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.TensorInfo;
import dev.firstpass.registry.Manifest;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.server.demo.DemoModel;
import dev.firstpass.server.demo.DemoModels;
import dev.firstpass.server.demo.FetchListener;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.Engine;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.GraphFiles;
import dev.firstpass.server.runtime.engine.SavedGraph;
import dev.firstpass.server.runtime.engine.onnx.OnnxEngine;
import dev.firstpass.server.runtime.fake.Versions;
import dev.firstpass.server.runtime.graph.GraphStore;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// What loading a real model takes, the first time and from its saved graph: milliseconds of each part, medians; then
/// the ratio of both loads and of the sessions alone. The model's file is in the page cache.
///
/// For one thread.
final class ColdLoadBenchmark {
    private static final int ROUNDS = 15;

    private ColdLoadBenchmark() {}

    public static void main(String[] arguments) throws IOException {
        Path folder = Files.createTempDirectory("cold-load-benchmark-");
        try (Engine engine = OnnxEngine.load(System.getenv(), 2)) {
            for (DemoModel model : DemoModels.all()) {
                Path file = DemoServer.models().fetch(model, FetchListener.NONE);
                SavedGraph graph = new GraphStore(folder, "benchmark").of(version(model, Files.size(file)), "main");
                print(model, file, engine, graph);
            }
            new GraphStore(folder, "benchmark").sweep(List.of());
        }
    }

    private static ModelVersion version(DemoModel model, long bytes) {
        ModelVersion fake = Versions.of(model.name(), 1);
        Manifest manifest = new Manifest(
                fake.manifest().spec(),
                fake.manifest().stageFiles(),
                List.of(new Manifest.BundleFile("main.onnx", model.fileSha256(), bytes)));
        return new ModelVersion(
                fake.name(),
                fake.number(),
                "sha256:" + model.fileSha256(),
                manifest,
                fake.directory(),
                fake.state(),
                fake.registeredAt());
    }

    private static void print(DemoModel model, Path file, Engine engine, SavedGraph graph) throws IOException {
        Times first = new Times();
        Times second = new Times();
        Times plain = new Times();
        for (int round = 0; round < ROUNDS; round++) {
            graph.discard();
            load(engine, file, SavedGraph.NONE, plain);
            load(engine, file, graph, first);
            load(engine, file, graph, second);
        }
        System.out.printf("%s, %.1f MB%n", model.name(), Files.size(file) / 1e6);
        System.out.printf("  without a store     %s%n", plain);
        System.out.printf("  first load, saving  %s%n", first);
        System.out.printf("  from the saved      %s%n", second);
        System.out.printf(
                "  ratio to without: session %.2f, load without warm-up %.2f%n",
                second.session() / plain.session(), second.load() / plain.load());
    }

    private static void load(Engine engine, Path file, SavedGraph graph, Times times) {
        long begin = System.nanoTime();
        GraphFiles files = new GraphFiles(graph.find(), graph.incoming());
        long found = System.nanoTime();
        try (EngineSession session = engine.open(file, files);
                Arena arena = Arena.ofConfined()) {
            long opened = System.nanoTime();
            files.fresh().ifPresent(graph::keep);
            long kept = System.nanoTime();
            session.run(
                    List.of(zeros(session.signature().inputs().getFirst(), arena)), bytes -> arena.allocate(bytes, 64));
            times.add(found - begin, opened - found, kept - opened, System.nanoTime() - kept);
        }
    }

    private static BatchTensor zeros(TensorInfo info, Arena arena) {
        long[] extents = info.shape().toArray();
        for (int axis = 0; axis < extents.length; axis++) {
            if (extents[axis] == Shape.DYNAMIC) {
                extents[axis] = axis == 0 ? 1 : 320;
            }
        }
        Shape shape = Shape.of(extents);
        return new BatchTensor(
                info.name(), info.type(), shape, arena.allocate(info.type().bytes(shape), 64));
    }

    /// Of each part of a load, in the order of the rounds.
    private static final class Times {
        private final List<Long> check = new ArrayList<>();
        private final List<Long> session = new ArrayList<>();
        private final List<Long> keep = new ArrayList<>();
        private final List<Long> warmUp = new ArrayList<>();

        void add(long checkNanos, long sessionNanos, long keepNanos, long warmUpNanos) {
            check.add(checkNanos);
            session.add(sessionNanos);
            keep.add(keepNanos);
            warmUp.add(warmUpNanos);
        }

        double session() {
            return median(session);
        }

        double load() {
            return median(check) + median(session) + median(keep);
        }

        private static double median(List<Long> nanos) {
            return nanos.stream().sorted().toList().get(nanos.size() / 2) / 1e6;
        }

        @Override
        public String toString() {
            return String.format(
                    "check %6.1f, session %6.1f, keep %6.1f, warm-up %6.1f",
                    median(check), session(), median(keep), median(warmUp));
        }
    }
}
