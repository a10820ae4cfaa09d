package dev.firstpass.registry.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.Replica.Residency;
import dev.firstpass.registry.Tenant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// What a server has in memory as it tells the others: `{"coco@3": "SERVING", "acme/seeds@1": "LOADING"}`.
///
/// Pure functions.
final class ResidencyText {
    private static final JsonMapper JSON = new JsonMapper();
    private static final TypeReference<Map<String, String>> TEXTS = new TypeReference<>() {};

    private ResidencyText() {}

    static String of(Map<ModelRef.Numbered, Residency> versions) {
        Map<String, String> texts = new TreeMap<>();
        versions.forEach((version, residency) -> texts.put(version.qualified(), residency.name()));
        try {
            return JSON.writeValueAsString(texts);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a map of texts is always writable", e);
        }
    }

    /// What a newer release may say beyond what this one knows is passed over.
    static Map<ModelRef.Numbered, Residency> read(String text) {
        Map<ModelRef.Numbered, Residency> versions = new HashMap<>();
        try {
            JSON.readValue(text, TEXTS)
                    .forEach((ref, name) -> version(ref)
                            .ifPresent(version -> residency(name).ifPresent(known -> versions.put(version, known))));
        } catch (JsonProcessingException _) {
            return Map.of();
        }
        return versions;
    }

    private static Optional<ModelRef.Numbered> version(String ref) {
        try {
            int slash = ref.indexOf('/');
            Tenant tenant = slash < 0 ? Tenant.LOCAL : new Tenant(ref.substring(0, slash));
            return ModelRef.parse(tenant, ref.substring(slash + 1)) instanceof ModelRef.Numbered numbered
                    ? Optional.of(numbered)
                    : Optional.empty();
        } catch (RegistryException.ArgumentInvalid _) {
            return Optional.empty();
        }
    }

    private static Optional<Residency> residency(String name) {
        return Arrays.stream(Residency.values())
                .filter(known -> known.name().equals(name))
                .findFirst();
    }
}
