package dev.firstpass.registry;

import java.util.Comparator;
import java.util.regex.Pattern;

/// The name of a labeling project of one tenant: a line of versions. What a model may be called ([ModelName]) a project
/// may be called too, and nothing else, since the audit names both in one place; a model and a project of one name have
/// nothing to do with each other.
///
/// Immutable.
///
/// @param tenant whose project it is; callers do not say it, it is told by who they are
public record ProjectName(Tenant tenant, String value) {
    private static final Pattern VALID = Pattern.compile("[a-z0-9][a-z0-9._-]{0,62}");

    /// By what callers read, then by tenant.
    public static final Comparator<ProjectName> ORDER = Comparator.comparing(ProjectName::value)
            .thenComparing(name -> name.tenant().value());

    public ProjectName {
        if (!VALID.matcher(value).matches() || value.endsWith(".prelabels") || value.contains("..")) {
            throw new RegistryException.ArgumentInvalid(
                    "project", "project name (expected: a-z, 0-9, '-', '_', '.', 1 to 63 characters)");
        }
    }

    /// Of a project of [Tenant#LOCAL].
    public ProjectName(String value) {
        this(Tenant.LOCAL, value);
    }

    /// As [ModelName#qualified].
    public String qualified() {
        return tenant.qualify(value);
    }

    /// What callers know it by.
    @Override
    public String toString() {
        return value;
    }
}
