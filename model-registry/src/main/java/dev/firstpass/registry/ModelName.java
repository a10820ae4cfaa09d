package dev.firstpass.registry;

import java.util.regex.Pattern;

/// The name of a model: a line of versions. Lower-case letters, digits, `-`, `_` and `.`, beginning with a letter or
/// digit, 1 to 63 characters, without `..`, and never ending in `.prelabels`, which names the pre-label side of a
/// model elsewhere.
///
/// Immutable.
public record ModelName(String value) {
    private static final Pattern VALID = Pattern.compile("[a-z0-9][a-z0-9._-]{0,62}");

    public ModelName {
        if (!VALID.matcher(value).matches() || value.endsWith(".prelabels") || value.contains("..")) {
            throw new RegistryException.ArgumentInvalid(
                    "name", "model name (expected: a-z, 0-9, '-', '_', '.', 1 to 63 characters)");
        }
    }

    @Override
    public String toString() {
        return value;
    }
}
