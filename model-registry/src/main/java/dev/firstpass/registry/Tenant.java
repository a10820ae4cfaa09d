package dev.firstpass.registry;

import java.util.regex.Pattern;

/// Whose models these are: what belongs to one tenant is neither seen nor mapped in memory by another. Lower-case letters,
/// digits and `-`, beginning with a letter or digit, 1 to 63 characters.
///
/// Immutable.
public record Tenant(String value) {
    private static final Pattern VALID = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");

    /// Who owns everything where callers are not told apart.
    public static final Tenant LOCAL = new Tenant("local");

    public Tenant {
        if (!VALID.matcher(value).matches()) {
            throw new RegistryException.ArgumentInvalid(
                    "tenant", "tenant (expected: a-z, 0-9, '-', 1 to 63 characters)");
        }
    }

    /// A name of this tenant's among those of all: with the tenant before it and a slash, which no name has, unless it is
    /// [#LOCAL]'s.
    public String qualify(String name) {
        return equals(LOCAL) ? name : value + "/" + name;
    }

    @Override
    public String toString() {
        return value;
    }
}
