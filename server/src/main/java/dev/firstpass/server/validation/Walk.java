package dev.firstpass.server.validation;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.family.FamilyInput;
import dev.firstpass.postprocess.family.Interpretation;
import dev.firstpass.postprocess.family.ModelFamily;
import dev.firstpass.postprocess.family.RowOutput;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.RowSource;
import dev.firstpass.postprocess.spec.AppliedLabeling;
import dev.firstpass.postprocess.spec.LabelingSpec;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.spec.Prompt;
import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.postprocess.tensor.RawOutputs;
import dev.firstpass.postprocess.tensor.Tensor;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.pipeline.CpuGate;
import dev.firstpass.server.runtime.engine.EngineSession;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The walk of a request through a version that does not serve yet: decode, rows, run, interpret, apply, stage after
/// stage, each row run alone.
///
/// For one thread; owns nothing.
///
/// @param sessions stage -> session
record Walk(
        ModelSpec spec, ModelFamily family, Map<String, EngineSession> sessions, RowMaker rows, BenchRunner runner) {
    private static final long ALIGNMENT = 64;

    /// What came of an image.
    ///
    /// @param annotations as a request without options gets them
    /// @param hasNaN whether something that the model put out is not a number
    record Walked(ImageSize size, List<Annotation> annotations, boolean hasNaN) {
        Walked {
            annotations = List.copyOf(annotations);
        }
    }

    /// @throws dev.firstpass.postprocess.family.OutputInvalidException if the family cannot read what the model puts out
    /// @throws RuntimeException if it cannot be run
    Walked of(byte[] image, Deadline deadline) throws InterruptedException {
        Interpretation.Next next =
                new Interpretation.Next(spec.firstStage().name(), List.of(new RowSource.Whole()), List.of());
        boolean hasNaN = false;
        while (true) {
            StageSpec stage = spec.stage(next.stage());
            RowMaker.Made made = rows.make(image, stage.input(), next.rows(), deadline);
            try (Arena arena = Arena.ofConfined()) {
                List<RowOutput> outputs = new ArrayList<>();
                for (PreparedRow row : made.rows()) {
                    outputs.add(run(stage, row, arena));
                }
                hasNaN |= outputs.stream()
                        .flatMap(output -> output.outputs().tensors().stream())
                        .anyMatch(tensor -> Snapshot.of(tensor).hasNaN());
                FamilyInput input =
                        new FamilyInput(spec, stage.name(), next.findings(), new Prompt.None(), LabelingSpec.NONE);
                try (CpuGate.Permit _ = rows.cpu().enter(deadline)) {
                    switch (family.interpret(outputs, input)) {
                        case Interpretation.Next further -> next = further;
                        case Interpretation.Done done -> {
                            return new Walked(
                                    made.size(),
                                    AppliedLabeling.of(done.annotations(), spec, LabelingSpec.NONE, made.size())
                                            .annotations(),
                                    hasNaN);
                        }
                    }
                }
            }
        }
    }

    private RowOutput run(StageSpec stage, PreparedRow row, Arena arena) {
        EngineSession session = sessions.get(stage.name());
        if (session == null) {
            throw new IllegalStateException("stage: " + stage.name() + " (expected: open)");
        }
        List<Tensor> tensors = runner.run(
                session,
                stage.input().name(),
                List.of(row),
                shares -> shares.getFirst().stream()
                        .map(tensor -> kept(tensor, arena))
                        .toList());
        return new RowOutput(new Held(tensors), row.transform());
    }

    private static Tensor kept(Tensor tensor, Arena arena) {
        MemorySegment copy = arena.allocate(Math.max(1, tensor.data().byteSize()), ALIGNMENT)
                .asSlice(0, tensor.data().byteSize());
        MemorySegment.copy(tensor.data(), 0, copy, 0, tensor.data().byteSize());
        return new Tensor(tensor.name(), tensor.type(), tensor.shape(), copy);
    }

    /// Outputs in memory of the walk's own.
    private record Held(List<Tensor> tensors) implements RawOutputs {
        @Override
        public void close() {
            // The arena does.
        }
    }
}
