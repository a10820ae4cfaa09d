package dev.firstpass.server.e2e;

import dev.firstpass.postprocess.geometry.RowSource;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.postprocess.spec.Suppression;
import dev.firstpass.postprocess.spec.Thresholds;
import dev.firstpass.postprocess.tensor.Tensor;
import dev.firstpass.registry.EngineKind;
import dev.firstpass.registry.Manifest;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.server.call.Caller;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.call.Priority;
import dev.firstpass.server.call.Waiter;
import dev.firstpass.server.demo.TfjsPackages;
import dev.firstpass.server.image.ImageLimits;
import dev.firstpass.server.runtime.batch.BatchItem;
import dev.firstpass.server.runtime.device.DecodingHost;
import dev.firstpass.server.runtime.device.Row;
import dev.firstpass.server.runtime.device.RowPlan;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.device.worker.TestWorkers;
import dev.firstpass.server.runtime.device.worker.WorkerDecodingHost;
import dev.firstpass.server.runtime.device.worker.WorkerDeviceHost;
import dev.firstpass.server.runtime.fake.Calm;
import dev.firstpass.server.runtime.fake.OneGroup;
import dev.firstpass.server.runtime.graph.SavedGraphs;
import dev.firstpass.server.runtime.lifecycle.Integrity;
import dev.firstpass.server.runtime.lifecycle.MemoryRules;
import dev.firstpass.server.runtime.lifecycle.ModelRuntime;
import dev.firstpass.server.runtime.lifecycle.Placement;
import dev.firstpass.server.runtime.lifecycle.ResidencyListener;
import dev.firstpass.server.runtime.lifecycle.ServableLease;
import dev.firstpass.server.runtime.lifecycle.ServableLoader;
import dev.firstpass.server.runtime.supervision.Quarantine;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.stream.IntStream;

/// A process with what runs models in a server, which ends an idle worker soon. It knows one model, the COCO detector as
/// a SavedModel.
///
/// Its arguments are a directory and the name of the model's in it. It prints a line when images can be decoded. Then it
/// does what each line on stdin says: `run` the model on a photo, which loads it first, and print the worker's pid, a
/// space and all outputs; or `unload` it, and print a line once its worker has ended. It ends when stdin does.
final class SavedModelServer {
    private static final Duration LONG = Duration.ofMinutes(2);
    private static final Duration QUIET = Duration.ofMillis(100);
    private static final long ROOM = 64 << 20;

    private final WorkerDeviceHost host;
    private final DecodingHost decoding;
    private final ModelRuntime runtime;
    private final ModelVersion version;
    private final byte[] photo = Goldens.photo("dog.jpg");

    private SavedModelServer(WorkerDeviceHost host, DecodingHost decoding, ModelRuntime runtime, ModelVersion version)
            throws IOException {
        this.host = host;
        this.decoding = decoding;
        this.runtime = runtime;
        this.version = version;
    }

    public static void main(String[] arguments) throws Exception {
        try (Slab slab = new Slab(ROOM, ROOM);
                WorkerDeviceHost host =
                        WorkerDeviceHost.of("cpu", slab, TestWorkers.options(), Calm.oversight(System::nanoTime));
                DecodingHost decoding = WorkerDecodingHost.begin(
                        ImageLimits.DEFAULT, slab, 1, TestWorkers.options(), Calm.oversight(System::nanoTime));
                ModelRuntime runtime = new ModelRuntime(
                        new ServableLoader(
                                OneGroup.of(host, slab),
                                Placement.on(List.of("cpu")),
                                Integrity.ASSUMED,
                                SavedGraphs.NONE,
                                16,
                                Calm.supervision(),
                                System::nanoTime),
                        new MemoryRules(_ -> 1L << 40, _ -> false, LONG, LONG, QUIET),
                        ResidencyListener.NONE,
                        _ -> {});
                BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            decoding.warmUp();
            SavedModelServer server =
                    new SavedModelServer(host, decoding, runtime, version(Path.of(arguments[0]), arguments[1]));
            System.out.println("ready");
            for (String order = in.readLine(); order != null; order = in.readLine()) {
                System.out.println(
                        switch (order) {
                            case "run" -> server.run();
                            case "unload" -> server.unload();
                            default -> throw new IllegalArgumentException(order);
                        });
            }
        }
    }

    private String run() throws InterruptedException {
        Deadline deadline = Deadline.after(LONG, System::nanoTime);
        try (ServableLease lease = runtime.lease(version, deadline, Priority.INTERACTIVE)) {
            BatchItem item = new BatchItem(
                    row(deadline),
                    new Waiter(deadline, Priority.INTERACTIVE, Caller.LOCAL),
                    new Quarantine.Key.OfVersion("photo", version.digest()));
            try (var raw = lease.infer(StageSpec.MAIN, List.of(item)).getFirst().raw()) {
                StringJoiner outputs = new StringJoiner(" ");
                outputs.add(Long.toString(host.workerPid(EngineKind.TENSORFLOW).orElseThrow()));
                raw.tensors().forEach(tensor -> outputs.add(shown(tensor)));
                return outputs.toString();
            }
        }
    }

    private Row row(Deadline deadline) throws InterruptedException {
        try (RowPlan plan = decoding.plan(
                photo, version.manifest().spec().firstStage().input(), List.of(new RowSource.Whole()), deadline)) {
            return plan.fill().getFirst().row();
        }
    }

    /// All of its values, in a word.
    private static String shown(Tensor tensor) {
        float[] values = tensor.floats();
        StringBuilder bits = new StringBuilder(tensor.name());
        IntStream.range(0, values.length)
                .forEach(at -> bits.append(',').append(Integer.toHexString(Float.floatToRawIntBits(values[at]))));
        return bits.toString();
    }

    private String unload() throws InterruptedException {
        runtime.retire(version.ref()).join();
        Deadline deadline = Deadline.after(LONG, System::nanoTime);
        while (host.workerPid(EngineKind.TENSORFLOW).isPresent()) {
            if (deadline.isPassed()) {
                throw new IllegalStateException("the worker does not end");
            }
            Thread.sleep(10);
        }
        return "unloaded";
    }

    private static ModelVersion version(Path directory, String name) {
        InputSpec input = TfjsPackages.cocoInput("image_tensor");
        ModelSpec spec = new ModelSpec(
                "ssd",
                List.of(new StageSpec(StageSpec.MAIN, input, Map.of(), 1)),
                List.of("thing"),
                Thresholds.of(0.5),
                Suppression.STANDARD,
                Map.of());
        return new ModelVersion(
                new ModelName("coco"),
                1,
                "sha256:" + "1".repeat(64),
                new Manifest(
                        spec, Map.of(StageSpec.MAIN, new Manifest.StageFile(EngineKind.TENSORFLOW, name)), List.of()),
                directory,
                ModelVersion.State.AVAILABLE,
                Instant.EPOCH);
    }
}
