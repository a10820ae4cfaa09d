package dev.firstpass.server.frontend;

import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.registry.ModelVersion;
import java.util.List;
import java.util.Map;

/// A model and one of its versions.
///
/// Immutable; a snapshot.
///
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
}
