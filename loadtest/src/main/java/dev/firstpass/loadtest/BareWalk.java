package dev.firstpass.loadtest;

import dev.firstpass.postprocess.annotation.AssetInfo;
import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.postprocess.annotation.Provenance;
import dev.firstpass.postprocess.family.FamilyInput;
import dev.firstpass.postprocess.family.Interpretation;
import dev.firstpass.postprocess.family.ModelFamilies;
import dev.firstpass.postprocess.family.ModelFamily;
import dev.firstpass.postprocess.family.RowOutput;
import dev.firstpass.postprocess.format.FormatContext;
import dev.firstpass.postprocess.format.LabelFormat;
import dev.firstpass.postprocess.format.LabelFormats;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.RowSource;
import dev.firstpass.postprocess.spec.AppliedLabeling;
import dev.firstpass.postprocess.spec.LabelingSpec;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.spec.Prompt;
import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.postprocess.tensor.RawOutputs;
import dev.firstpass.postprocess.tensor.Tensor;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.image.ImageLimits;
import dev.firstpass.server.runtime.device.DecodingHost;
import dev.firstpass.server.runtime.device.DeviceHost;
import dev.firstpass.server.runtime.device.ImageRow;
import dev.firstpass.server.runtime.device.InProcessDecodingHost;
import dev.firstpass.server.runtime.device.InProcessDeviceHost;
import dev.firstpass.server.runtime.device.Region;
import dev.firstpass.server.runtime.device.RowPlan;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.onnx.OnnxEngine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// The work that no server can do without, and nothing else: one thread decodes, runs, reads and writes, with a session
/// of its own. No door, no gate, no queue, no other thread.
///
/// For one thread. Who makes it closes it.
final class BareWalk implements AutoCloseable {
    /// What there is to do, in the order of the walk, by the names that `Server-Timing` has for it.
    static final List<String> PARTS = List.of("decode", "infer", "postprocess", "write");

    private static final long REGION_BYTES = 64 << 20;

    private final ModelSpec spec;
    private final StageSpec stage;
    private final ModelFamily family;
    private final LabelFormat format;
    private final Provenance provenance;
    private final Slab slab = new Slab(REGION_BYTES, REGION_BYTES);
    private final DecodingHost decoding = new InProcessDecodingHost(ImageLimits.DEFAULT, slab);
    private final DeviceHost host;
    private final EngineSession session;

    /// @param version of one stage
    /// @param engineThreads that one model run may use
    BareWalk(ModelVersion version, String format, int engineThreads) {
        this.spec = version.manifest().spec();
        this.stage = spec.firstStage();
        this.family = ModelFamilies.STANDARD.stream()
                .filter(each -> each.id().equals(spec.family()))
                .findFirst()
                .orElseThrow();
        this.format = LabelFormats.byId(format).orElseThrow();
        this.provenance =
                new Provenance("bare", version.name().value(), version.number(), version.digest(), family.id(), "");
        this.host = new InProcessDeviceHost("cpu", List.of(OnnxEngine.load(System.getenv(), engineThreads)), slab);
        this.session = host.open(version.stageFile(stage.name()).engine(), version.file(stage.name()));
    }

    /// Walks once.
    ///
    /// @return nanoseconds of each of [#PARTS]
    long[] walk(byte[] image) throws InterruptedException {
        List<Region.Block> lent = new ArrayList<>();
        long began = System.nanoTime();
        Made made = rows(image);
        long decoded = System.nanoTime();
        RawOutputs outputs = run(made.row(), lent);
        long ran = System.nanoTime();
        Prelabels prelabels = interpret(outputs, made);
        lent.forEach(Region.Block::close);
        long read = System.nanoTime();
        LabelFormats.write(format, FormatContext.of(spec.classes()), List.of(prelabels));
        long written = System.nanoTime();
        return new long[] {decoded - began, ran - decoded, read - ran, written - read};
    }

    private Made rows(byte[] image) throws InterruptedException {
        Deadline deadline = Deadline.after(Duration.ofMinutes(1), System::nanoTime);
        try (RowPlan plan = decoding.plan(image, stage.input(), List.of(new RowSource.Whole()), deadline)) {
            return new Made(plan.size(), plan.fill().getFirst());
        }
    }

    private RawOutputs run(ImageRow row, List<Region.Block> lent) {
        try (row) {
            List<BatchTensor> outputs = session.run(row.row().tensors(), bytes -> {
                Region.Block block = slab.results().tryAllocate(bytes).orElseThrow();
                lent.add(block);
                return block.segment();
            });
            return new Outputs(outputs.stream()
                    .map(output -> new Tensor(output.name(), output.type(), output.shape(), output.data()))
                    .toList());
        }
    }

    private Prelabels interpret(RawOutputs outputs, Made made) {
        FamilyInput input = new FamilyInput(spec, stage.name(), List.of(), new Prompt.None(), LabelingSpec.NONE);
        return switch (family.interpret(
                List.of(new RowOutput(outputs, made.row().transform())), input)) {
            case Interpretation.Done done -> {
                AppliedLabeling applied = AppliedLabeling.of(done.annotations(), spec, LabelingSpec.NONE, made.size());
                yield new Prelabels(
                        new AssetInfo("photo.jpg", made.size(), ""),
                        provenance,
                        applied.annotations(),
                        applied.dropped());
            }
            case Interpretation.Next next ->
                throw new IllegalArgumentException("stage: " + next.stage() + " (expected: a model of one stage)");
        };
    }

    @Override
    public void close() {
        session.close();
        host.close();
        decoding.close();
        slab.close();
    }

    /// The row's memory is given back once it has run; what is used of it after that is its transform.
    private record Made(ImageSize size, ImageRow row) {}

    /// In memory that somebody else gives back.
    private record Outputs(List<Tensor> tensors) implements RawOutputs {
        @Override
        public void close() {}
    }
}
