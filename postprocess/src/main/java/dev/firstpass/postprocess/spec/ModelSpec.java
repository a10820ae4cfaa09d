package dev.firstpass.postprocess.spec;

import java.util.List;
import java.util.Map;

/// What the families and formats need to know of a model version: the part of its manifest that says how to feed it
/// and how to read it.
///
/// Immutable.
///
/// @param family id of the family that reads the outputs
/// @param stages at least one, in the order they run unless the family says otherwise
/// @param classes label of each class index
/// @param ontology model label -> label in the labeling tool; empty when labels pass as they are
/// @param parameters what the family wants to know beyond that: name -> value as text, the items of a list joined by
///     commas. Those that are left out have the family's defaults
public record ModelSpec(
        String family,
        List<StageSpec> stages,
        List<String> classes,
        Thresholds thresholds,
        Suppression suppression,
        Map<String, String> ontology,
        Map<String, String> parameters) {
    public ModelSpec {
        stages = List.copyOf(stages);
        classes = List.copyOf(classes);
        ontology = Map.copyOf(ontology);
        parameters = Map.copyOf(parameters);
        if (stages.isEmpty()) {
            throw new IllegalArgumentException("stages: none (expected: >= 1)");
        }
        if (stages.getFirst().isMade()) {
            throw new IllegalArgumentException(
                    "stages: " + stages.getFirst().name() + " is the first (expected: one that takes pixels)");
        }
    }

    /// With every parameter at the family's default.
    public ModelSpec(
            String family,
            List<StageSpec> stages,
            List<String> classes,
            Thresholds thresholds,
            Suppression suppression,
            Map<String, String> ontology) {
        this(family, stages, classes, thresholds, suppression, ontology, Map.of());
    }

    /// This with other parameters.
    public ModelSpec withParameters(Map<String, String> others) {
        return new ModelSpec(family, stages, classes, thresholds, suppression, ontology, others);
    }

    /// Labels that answers carry where a request names no mapping: those that have a name, as the ontology has them.
    /// Without doubles.
    ///
    /// @param own what annotations are labelled with: the classes, and what the family makes of them
    public List<String> labels(List<String> own) {
        return own.stream()
                .filter(label -> !label.isEmpty() && (ontology.isEmpty() || ontology.containsKey(label)))
                .map(label -> ontology.getOrDefault(label, label))
                .distinct()
                .toList();
    }

    /// The score from which on a label that answers carry is given. One label may stand for several classes; then the
    /// lowest of theirs.
    public double threshold(String label) {
        return ontology.entrySet().stream()
                .filter(entry -> entry.getValue().equals(label))
                .mapToDouble(entry -> thresholds.of(entry.getKey()))
                .min()
                .orElseGet(() -> thresholds.of(label));
    }

    /// The stage a request begins with.
    public StageSpec firstStage() {
        return stages.getFirst();
    }

    /// Whether the rows of a stage are made of what others put out, which then has to outlive their runs.
    public boolean hasMadeStage() {
        return stages.stream().anyMatch(StageSpec::isMade);
    }

    /// @throws IllegalArgumentException if no stage has that name
    public StageSpec stage(String name) {
        return stages.stream()
                .filter(stage -> stage.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("stage: " + name + " (expected: one of "
                        + stages.stream().map(StageSpec::name).toList() + ")"));
    }
}
