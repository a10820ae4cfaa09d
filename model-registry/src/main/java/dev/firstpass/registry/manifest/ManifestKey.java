package dev.firstpass.registry.manifest;

import dev.firstpass.postprocess.spec.StageSpec;
import java.util.ArrayList;
import java.util.List;

/// Where a leaf of a manifest stands: the names of the mappings around it and its own.
///
/// Immutable.
record ManifestKey(List<String> path) {
    ManifestKey {
        path = List.copyOf(path);
    }

    static ManifestKey of(String... path) {
        return new ManifestKey(List.of(path));
    }

    static ManifestKey stage(String stage, String... path) {
        List<String> full = new ArrayList<>(List.of("stages", stage));
        full.addAll(List.of(path));
        return new ManifestKey(full);
    }

    /// As people know it: `input.size`, or `stages.encoder.input.size` where there are several stages.
    @Override
    public String toString() {
        boolean isShort =
                path.size() > 2 && path.get(0).equals("stages") && path.get(1).equals(StageSpec.MAIN);
        return String.join(".", isShort ? path.subList(2, path.size()) : path);
    }
}
