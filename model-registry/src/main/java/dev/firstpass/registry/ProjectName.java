package dev.firstpass.registry;

import java.util.regex.Pattern;

/// The name of a labeling project: a line of versions. What a model may be called ([ModelName]) a project may be called
/// too, and nothing else, since the audit names both in one place; a model and a project of one name have nothing to do
/// with each other.
///
/// Immutable.
public record ProjectName(String value) {
    private static final Pattern VALID = Pattern.compile("[a-z0-9][a-z0-9._-]{0,62}");

    public ProjectName {
        if (!VALID.matcher(value).matches() || value.endsWith(".prelabels") || value.contains("..")) {
            throw new RegistryException.ArgumentInvalid(
                    "project", "project name (expected: a-z, 0-9, '-', '_', '.', 1 to 63 characters)");
        }
    }

    @Override
    public String toString() {
        return value;
    }
}
