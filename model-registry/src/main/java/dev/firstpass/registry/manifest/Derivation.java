package dev.firstpass.registry.manifest;

import dev.firstpass.registry.Manifest;
import java.util.Map;

/// A complete manifest, and how it came about. Keys are as people write them: `input.size`, or
/// `stages.encoder.input.size` where there are several stages.
///
/// Immutable.
///
/// @param origins key -> where its value came from
/// @param questions key -> what could only be guessed, and which line to add if the guess is wrong
public record Derivation(Manifest manifest, Map<String, String> origins, Map<String, String> questions) {
    public Derivation {
        origins = Map.copyOf(origins);
        questions = Map.copyOf(questions);
    }
}
