package dev.firstpass.registry;

import java.util.OptionalLong;
import java.util.regex.Pattern;

/// How users name a labeling project: `fields` (its newest version) or `fields@3`.
///
/// Immutable.
///
/// @param number of the version; empty for the newest
public record ProjectRef(ProjectName name, OptionalLong number) {
    private static final Pattern NUMBER = Pattern.compile("[1-9][0-9]{0,17}");

    /// As [Tenant#LOCAL] means it.
    ///
    /// @throws RegistryException.ArgumentInvalid if `text` is no reference
    public static ProjectRef parse(String text) {
        return parse(Tenant.LOCAL, text);
    }

    /// @param tenant who says it
    /// @throws RegistryException.ArgumentInvalid if `text` is no reference
    public static ProjectRef parse(Tenant tenant, String text) {
        int at = text.indexOf('@');
        if (at < 0) {
            return new ProjectRef(new ProjectName(tenant, text), OptionalLong.empty());
        }
        String version = text.substring(at + 1);
        if (!NUMBER.matcher(version).matches()) {
            throw new RegistryException.ArgumentInvalid(
                    "project", "project version (expected: a number, as in name@3)");
        }
        return new ProjectRef(new ProjectName(tenant, text.substring(0, at)), OptionalLong.of(Long.parseLong(version)));
    }

    @Override
    public String toString() {
        return number.isPresent() ? name + "@" + number.getAsLong() : name.toString();
    }
}
