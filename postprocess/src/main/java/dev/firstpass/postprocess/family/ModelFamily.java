package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.Tensor;
import dev.firstpass.postprocess.tensor.TensorInfo;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// How one kind of model is recognised, fed and read. Pure: no I/O, no state between calls, no native code.
///
/// Thread-safe. Called with a CPU permit held, so it may compute but must not block.
public interface ModelFamily {
    /// The name that manifests and users use, for instance `ssd`.
    String id();

    /// One line for `firstpass families`.
    String description();

    /// The geometry of its annotations when none is asked for.
    GeometryKind nativeGeometry();

    /// The same of one model, for families whose models give different ones.
    ///
    /// @param parameters the model's, as they are in [ModelSpec#parameters()]
    default GeometryKind nativeGeometry(Map<String, String> parameters) {
        return nativeGeometry();
    }

    /// What a manifest may say under `parameters`; a name there that is not among them is refused at
    /// registration. [#recognise] fills in what the file tells, and [#check] reads all of them.
    default List<FamilyParameter> parameters() {
        return List.of();
    }

    /// Every label that annotations of a model may carry, those of its classes first: [ModelSpec#classes()], unless the family
    /// makes further ones of them.
    default List<String> labels(ModelSpec spec) {
        return spec.classes();
    }

    /// The label of everything that it finds, where a model of its names no class; empty for families whose models have
    /// classes.
    default Optional<String> usualLabel() {
        return Optional.empty();
    }

    /// Names of the attributes that its annotations may have, as `Candidate#attributes()` has them.
    default List<String> attributes() {
        return List.of();
    }

    /// Whether its models look for what a prompt points at: a request to one of them needs a prompt, and one to any other model
    /// takes none.
    default boolean takesPrompt() {
        return false;
    }

    /// What can be derived of a single-file model of this family from what the file says of itself; empty where the
    /// file is not one of this family, or nothing tells.
    Optional<Recognition> recognise(ModelSignature signature);

    /// The same of several files, each with the stage that it is for: name -> what the file says of itself. Empty as well where
    /// more than one way to put them together fits.
    default Optional<Assembly> assemble(Map<String, ModelSignature> files) {
        return Optional.empty();
    }

    /// Rows such as a stage gets whose rows the family makes: to warm it up with, and to measure it.
    ///
    /// @param inputs what its file declares
    /// @return at least one, the usual one first; several where what comes of them differs in size
    /// @throws IllegalStateException if the family makes no rows
    default List<List<Tensor>> samples(StageSpec stage, List<TensorInfo> inputs) {
        throw new IllegalStateException("stage " + stage.name() + ": " + id() + " makes no rows");
    }

    /// Reads the outputs of one stage. Every candidate at or above [FamilyInput#floor()] is reported; the labeling
    /// spec's thresholds, mapping and limits are applied by the caller afterwards.
    ///
    /// @param rows what each row of the stage `input.stage()` got, in the order they were asked for; not closed and
    ///     not kept
    /// @throws OutputInvalidException if names, shapes or values are not what the family expects
    Interpretation interpret(List<RowOutput> rows, FamilyInput input);

    /// Checks that a manifest gives this family what it needs; called at registration, after the names of the
    /// parameters have been held against [#parameters].
    ///
    /// @throws IllegalArgumentException with the field and what was expected
    default void check(ModelSpec spec) {}

    /// Holds what the family gives a stage whose rows it makes against the inputs that its file declares; called at
    /// registration, after [#check].
    ///
    /// @throws IllegalArgumentException with the field and what was expected
    default void checkInputs(ModelSpec spec, StageSpec stage, List<TensorInfo> inputs) {
        throw new IllegalArgumentException(
                "stages." + stage.name() + ".input.source: tensors (expected: pixels for the family " + id() + ")");
    }

    /// Holds what a manifest says of a stage against the outputs that its file declares, as far as they are not open;
    /// called at registration, after [#check].
    ///
    /// @throws IllegalArgumentException with the field and what was expected
    default void checkOutputs(ModelSpec spec, StageSpec stage, List<TensorInfo> outputs) {}
}
