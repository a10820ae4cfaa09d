package dev.firstpass.registry;

import java.util.Comparator;
import java.util.regex.Pattern;

/// The name of a model: a line of versions of one tenant. Lower-case letters, digits, `-`, `_` and `.`, beginning with a
/// letter or digit, 1 to 63 characters, without `..`, and never ending in `.prelabels`, which names the pre-label side
/// of a model elsewhere.
///
/// Two tenants may each have a model of one name: these are two names that only read alike. So whatever is kept by name
/// is kept by tenant, too.
///
/// Immutable.
///
/// @param tenant whose model it is; callers do not say it, it is told by who they are
public record ModelName(Tenant tenant, String value) {
    private static final Pattern VALID = Pattern.compile("[a-z0-9][a-z0-9._-]{0,62}");

    /// By what callers read, then by tenant.
    public static final Comparator<ModelName> ORDER = Comparator.comparing(ModelName::value)
            .thenComparing(name -> name.tenant().value());

    public ModelName {
        if (!VALID.matcher(value).matches() || value.endsWith(".prelabels") || value.contains("..")) {
            throw new RegistryException.ArgumentInvalid(
                    "name", "model name (expected: a-z, 0-9, '-', '_', '.', 1 to 63 characters)");
        }
    }

    /// Of a model of [Tenant#LOCAL].
    public ModelName(String value) {
        this(Tenant.LOCAL, value);
    }

    /// What tells it from all other models of a server, for logs, metrics and the like, which are not for callers:
    /// `coco`, and `acme/coco` where it is another tenant's than [Tenant#LOCAL].
    public String qualified() {
        return tenant.qualify(value);
    }

    /// What callers know it by.
    @Override
    public String toString() {
        return value;
    }
}
