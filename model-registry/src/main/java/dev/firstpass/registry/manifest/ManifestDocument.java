package dev.firstpass.registry.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.registry.RegistryException.ManifestInvalid;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What is said of a model, by a person or by deduction: any part of a manifest, each value with its origin. Kept
/// as leaf key -> value, so that one document is laid over another key by key; the short form of a single file is
/// kept as the one stage `main`.
///
/// Immutable.
public final class ManifestDocument {
    /// Says nothing.
    public static final ManifestDocument EMPTY = new ManifestDocument(Map.of());

    private final Map<ManifestKey, Setting> settings;

    private ManifestDocument(Map<ManifestKey, Setting> settings) {
        this.settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
    }

    record Setting(JsonNode value, String origin) {}

    /// @param tree checked against [ManifestGrammar]
    static ManifestDocument of(JsonNode tree, String origin) {
        Builder builder = new Builder(origin);
        boolean isLong = tree.has("stages");
        for (Map.Entry<String, JsonNode> entry : tree.properties()) {
            String key = entry.getKey();
            if (key.equals("stages")) {
                entry.getValue().forEach(builder::stage);
            } else if (ManifestGrammar.STAGE_KEYS.contains(key)) {
                if (isLong) {
                    throw new ManifestInvalid(key, key + ": given beside stages (expected: inside each stage)");
                }
                builder.leaves(ManifestKey.stage(StageSpec.MAIN, key), entry.getValue());
            } else if (key.equals("batching") && !isLong) {
                builder.leaves(ManifestKey.stage(StageSpec.MAIN, key), entry.getValue());
            } else {
                builder.leaves(ManifestKey.of(key), entry.getValue());
            }
        }
        return builder.build();
    }

    /// This document with all that `above` says instead of what it says itself.
    public ManifestDocument overlaid(ManifestDocument above) {
        Map<ManifestKey, Setting> merged = new LinkedHashMap<>(settings);
        merged.putAll(above.settings);
        return new ManifestDocument(merged);
    }

    Optional<JsonNode> get(ManifestKey key) {
        return Optional.ofNullable(settings.get(key)).map(Setting::value);
    }

    Optional<String> origin(ManifestKey key) {
        return Optional.ofNullable(settings.get(key)).map(Setting::origin);
    }

    /// What stands below `key`, by the last name of each leaf, in the order it was said.
    Map<String, JsonNode> below(ManifestKey key) {
        Map<String, JsonNode> found = new LinkedHashMap<>();
        int depth = key.path().size();
        settings.forEach((leaf, setting) -> {
            List<String> path = leaf.path();
            if (path.size() == depth + 1 && path.subList(0, depth).equals(key.path())) {
                found.put(path.getLast(), setting.value());
            }
        });
        return found;
    }

    /// Names of the stages, in the order they were said.
    List<String> stages() {
        Set<String> names = new LinkedHashSet<>();
        settings.keySet().stream()
                .map(ManifestKey::path)
                .filter(path -> path.getFirst().equals("stages"))
                .forEach(path -> names.add(path.get(1)));
        return List.copyOf(names);
    }

    /// Every leaf with its value and origin.
    Map<ManifestKey, Setting> settings() {
        return settings;
    }

    /// Each key as people know it -> where its value came from.
    Map<String, String> origins() {
        Map<String, String> origins = new LinkedHashMap<>();
        settings.forEach((key, setting) -> origins.put(key.toString(), setting.origin()));
        return origins;
    }

    /// Gathers settings. For one thread.
    static final class Builder {
        private final Map<ManifestKey, Setting> settings = new LinkedHashMap<>();
        private final String origin;

        Builder(String origin) {
            this.origin = origin;
        }

        Builder put(ManifestKey key, JsonNode value) {
            return put(key, value, origin);
        }

        Builder put(ManifestKey key, JsonNode value, String origin) {
            settings.put(key, new Setting(value, origin));
            return this;
        }

        ManifestDocument build() {
            return new ManifestDocument(settings);
        }

        private void stage(JsonNode stage) {
            String name = stage.path("name").asText();
            if (name.isEmpty()) {
                throw new ManifestInvalid("stages", "stages: one without a name (expected: name in each stage)");
            }
            if (settings.keySet().stream()
                    .anyMatch(key ->
                            key.path().size() > 1 && key.path().subList(0, 2).equals(List.of("stages", name)))) {
                throw new ManifestInvalid("stages", "stages: two are named " + name + " (expected: one of each name)");
            }
            put(ManifestKey.stage(name, "name"), stage.get("name"));
            for (Map.Entry<String, JsonNode> entry : stage.properties()) {
                leaves(ManifestKey.stage(name, entry.getKey()), entry.getValue());
            }
        }

        /// Mappings are taken apart, except for the size rule, which is one value.
        private void leaves(ManifestKey key, JsonNode value) {
            boolean isValue = !value.isObject() || key.path().getLast().equals("size");
            if (isValue) {
                put(key, value);
                return;
            }
            for (Map.Entry<String, JsonNode> entry : value.properties()) {
                List<String> path = new ArrayList<>(key.path());
                path.add(entry.getKey());
                leaves(new ManifestKey(path), entry.getValue());
            }
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ManifestDocument document && settings.equals(document.settings);
    }

    @Override
    public int hashCode() {
        return settings.hashCode();
    }

    @Override
    public String toString() {
        return settings.toString();
    }
}
