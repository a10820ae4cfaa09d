package dev.firstpass.postprocess.spec;

import dev.firstpass.postprocess.annotation.Conversions;
import dev.firstpass.postprocess.annotation.GeometryKind;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/// A labeling spec held against the classes of a model and the labels of a tool, before anything is labeled by it.
///
/// Immutable. Lists are sorted and without doubles.
///
/// @param unmapped classes of the model that are wanted and that the mapping has no entry for: what is found of them is
///     left out of answers (LABEL_UNMAPPED)
/// @param unknownClasses what the spec calls a class and the model never gives: in its mapping, thresholds and classes
/// @param unknownLabels labels that answers would carry and the tool does not have
/// @param unusedLabels labels of the tool that no answer would carry
/// @param geometry why the geometry wanted cannot be had of the model; empty where it can
public record LabelingCheck(
        List<String> unmapped,
        List<String> unknownClasses,
        List<String> unknownLabels,
        List<String> unusedLabels,
        Optional<String> geometry) {
    public LabelingCheck {
        unmapped = List.copyOf(unmapped);
        unknownClasses = List.copyOf(unknownClasses);
        unknownLabels = List.copyOf(unknownLabels);
        unusedLabels = List.copyOf(unusedLabels);
    }

    /// Whether the spec does what it says: every class that it names exists, every label is one of the tool's, and the
    /// geometry can be had. Classes without an entry and labels that nothing becomes may be on purpose.
    public boolean isFit() {
        return unknownClasses.isEmpty() && unknownLabels.isEmpty() && geometry.isEmpty();
    }

    /// @param found the geometry that the model finds by nature
    /// @param toolLabels labels of the tool; empty where they are not known, and nothing is said of them
    public static LabelingCheck of(
            LabelingSpec labeling, ModelSpec model, GeometryKind found, Collection<String> toolLabels) {
        Set<String> known = new TreeSet<>(model.classes());
        known.remove("");
        Map<String, String> mapping = labeling.mappingFor(model);
        Set<String> wanted = new TreeSet<>(known);
        if (!labeling.classes().isEmpty()) {
            wanted.retainAll(labeling.classes());
        }
        Set<String> unmapped = new TreeSet<>(wanted);
        unmapped.removeAll(mapping.keySet());

        Set<String> given = new TreeSet<>();
        wanted.stream()
                .filter(label -> mapping.isEmpty() || mapping.containsKey(label))
                .forEach(label -> given.add(mapping.getOrDefault(label, label)));
        Set<String> unknownLabels = new TreeSet<>(given);
        unknownLabels.removeAll(toolLabels);
        Set<String> unused = new TreeSet<>(toolLabels);
        unused.removeAll(given);
        return new LabelingCheck(
                mapping.isEmpty() ? List.of() : List.copyOf(unmapped),
                known.isEmpty() ? List.of() : unknownClasses(labeling, known),
                toolLabels.isEmpty() ? List.of() : List.copyOf(unknownLabels),
                known.isEmpty() ? List.of() : List.copyOf(unused),
                labeling.geometry()
                        .filter(kind -> !Conversions.hasRule(found, kind))
                        .map(kind -> kind.id() + " cannot be made of the model's " + found.id()));
    }

    private static List<String> unknownClasses(LabelingSpec labeling, Set<String> known) {
        return Stream.of(labeling.mapping().keySet(), labeling.thresholds().keySet(), labeling.classes())
                .flatMap(Set::stream)
                .filter(label -> !known.contains(label))
                .distinct()
                .sorted()
                .toList();
    }
}
