package dev.firstpass.server.validation;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.family.FamilyInput;
import dev.firstpass.postprocess.family.Interpretation;
import dev.firstpass.postprocess.family.ModelFamily;
import dev.firstpass.postprocess.family.RowOutput;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.RowSource;
import dev.firstpass.postprocess.spec.AppliedLabeling;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.spec.LabelingSpec;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.spec.Prompt;
import dev.firstpass.postprocess.spec.StageRows;
import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.postprocess.tensor.KeptOutputs;
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
        Interpretation.Next next = new Interpretation.Next(spec.firstStage().name(), StageRows.WHOLE, List.of());
        boolean hasNaN = false;
        while (true) {
            StageSpec stage = spec.stage(next.stage());
            try (Arena arena = Arena.ofConfined()) {
                List<RowOutput> outputs = run(stage, image, next.rows(), deadline, arena);
                hasNaN |= outputs.stream()
                        .flatMap(output -> output.outputs().tensors().stream())
                        .anyMatch(tensor -> Snapshot.of(tensor).hasNaN());
                ImageSize size = outputs.getFirst().transform().asset();
                FamilyInput input =
                        new FamilyInput(spec, stage.name(), next.findings(), prompt(size), LabelingSpec.NONE);
                try (CpuGate.Permit _ = rows.cpu().enter(deadline)) {
                    switch (family.interpret(outputs, input)) {
                        case Interpretation.Next further -> next = further;
                        case Interpretation.Done done -> {
                            return new Walked(
                                    size,
                                    AppliedLabeling.of(done.annotations(), spec, LabelingSpec.NONE, size)
                                            .annotations(),
                                    hasNaN);
                        }
                    }
                }
            }
        }
    }

    /// A click in the middle, where the family takes prompts.
    private Prompt prompt(ImageSize size) {
        return family.takesPrompt()
                ? new Prompt.Points(List.of(new Prompt.Click(new Point(size.width() / 2.0, size.height() / 2.0), true)))
                : new Prompt.None();
    }

    private List<RowOutput> run(StageSpec stage, byte[] image, StageRows sources, Deadline deadline, Arena arena)
            throws InterruptedException {
        List<RowOutput> outputs = new ArrayList<>();
        switch (sources) {
            case StageRows.Parts(List<RowSource> parts) -> {
                InputSpec input = stage.input();
                List<PreparedRow> prepared =
                        rows.make(image, input, parts, deadline).rows();
                for (PreparedRow row : prepared) {
                    outputs.add(runner.run(
                            session(stage),
                            input.name(),
                            List.of(row),
                            shares -> new RowOutput(kept(shares.getFirst(), arena), row.transform())));
                }
            }
            case StageRows.Made(List<StageRows.MadeRow> made) -> {
                for (StageRows.MadeRow row : made) {
                    outputs.add(runner.run(
                            session(stage),
                            row.tensors(),
                            share -> new RowOutput(kept(share, arena), row.transform())));
                }
            }
        }
        return outputs;
    }

    private EngineSession session(StageSpec stage) {
        EngineSession session = sessions.get(stage.name());
        if (session == null) {
            throw new IllegalStateException("stage: " + stage.name() + " (expected: open)");
        }
        return session;
    }

    /// In the arena, or on the heap where the next stage's rows are made of it.
    private RawOutputs kept(List<Tensor> tensors, Arena arena) {
        return spec.hasMadeStage()
                ? KeptOutputs.of(new Held(tensors))
                : new Held(tensors.stream().map(tensor -> kept(tensor, arena)).toList());
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
