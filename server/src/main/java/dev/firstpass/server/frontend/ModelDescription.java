package dev.firstpass.server.frontend;

import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.spec.GeometryWish;
import dev.firstpass.postprocess.spec.LabelingWishes;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.Project;
import dev.firstpass.registry.Tenant;
import dev.firstpass.server.observe.Metrics.ModelLabel;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A model and one of its versions.
///
/// Immutable; a snapshot.
///
/// @param owner whose model it is, which may be another tenant than that of who sees it
/// @param version the version described
/// @param digest of that version
/// @param versions all versions, oldest first
/// @param aliases alias -> version
/// @param geometry what it finds by nature
/// @param takesPrompt whether it finds what a prompt points at
/// @param classes labels by index; empty where the model has none
/// @param ontology class -> label of answers where a request names no mapping; empty where they are the same
/// @param labelThresholds labels that answers carry where a request names no mapping -> least score of each
/// @param threshold least score where a request names none and the label has none of its own; 0..1
/// @param state FAILED also where the version has failed on this replica only
public record ModelDescription(
        Tenant owner,
        String name,
        long version,
        String digest,
        List<Long> versions,
        Map<String, Long> aliases,
        String family,
        GeometryKind geometry,
        boolean takesPrompt,
        List<String> classes,
        Map<String, String> ontology,
        double threshold,
        Map<String, Double> labelThresholds,
        ModelVersion.State state) {
    public ModelDescription {
        versions = List.copyOf(versions);
        aliases = Map.copyOf(aliases);
        classes = List.copyOf(classes);
        ontology = Map.copyOf(ontology);
        labelThresholds = Map.copyOf(labelThresholds);
    }

    /// What metrics book requests to.
    public ModelLabel label() {
        return ModelLabel.of(owner.qualify(name), version);
    }

    /// The same model as it answers by a project that a request names: in its geometry, under its labels, from its scores on.
    public ModelDescription by(Project project) {
        LabelingWishes wishes = project.spec().labeling();
        Map<String, String> mapping = wishes.mapping().isEmpty() ? ontology : wishes.mapping();
        Map<String, Double> thresholds = new HashMap<>();
        // Without classes nobody knows which of the mapping's the model gives.
        Collection<String> given = classes.isEmpty() ? mapping.keySet() : classes;
        for (String one : given) {
            boolean isWanted = wishes.classes().isEmpty() || wishes.classes().contains(one);
            if (!one.isEmpty() && isWanted && (mapping.isEmpty() || mapping.containsKey(one))) {
                double own = labelThresholds.getOrDefault(ontology.getOrDefault(one, one), threshold);
                double least =
                        wishes.thresholds().getOrDefault(one, wishes.threshold().orElse(own));
                thresholds.merge(mapping.getOrDefault(one, one), least, Math::min);
            }
        }
        return new ModelDescription(
                owner,
                name,
                version,
                digest,
                versions,
                aliases,
                family,
                wishes.geometry().flatMap(GeometryWish::wanted).orElse(geometry),
                takesPrompt,
                classes,
                mapping,
                wishes.threshold().orElse(threshold),
                thresholds,
                state);
    }
}
