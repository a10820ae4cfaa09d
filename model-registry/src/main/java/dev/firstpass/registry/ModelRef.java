package dev.firstpass.registry;

import java.util.regex.Pattern;

/// How users name a version: `coco@3` (number), `coco@production` (alias), `coco` (the alias `production`).
///
/// Immutable, all variants.
public sealed interface ModelRef {
    /// The alias that a bare model name means.
    String PRODUCTION = "production";

    Pattern ALIAS = Pattern.compile("[a-z][a-z0-9_-]{0,31}");

    ModelName name();

    record Numbered(ModelName name, long number) implements ModelRef {
        @Override
        public String toString() {
            return name + "@" + number;
        }
    }

    record Aliased(ModelName name, String alias) implements ModelRef {
        public Aliased {
            if (!ALIAS.matcher(alias).matches()) {
                throw new RegistryException.ArgumentInvalid(
                        "alias", "alias (expected: a letter, then a-z, 0-9, '-', '_', at most 32 characters)");
            }
        }

        @Override
        public String toString() {
            return name + "@" + alias;
        }
    }

    /// What tells it from all other references of a server; see [ModelName#qualified].
    default String qualified() {
        return name().tenant().qualify(toString());
    }

    /// The same of another tenant's model of that name.
    default ModelRef of(Tenant tenant) {
        ModelName other = new ModelName(tenant, name().value());
        return switch (this) {
            case Numbered(ModelName _, long number) -> new Numbered(other, number);
            case Aliased(ModelName _, String alias) -> new Aliased(other, alias);
        };
    }

    /// As [Tenant#LOCAL] means it.
    ///
    /// @throws RegistryException.ArgumentInvalid if `text` is no reference
    static ModelRef parse(String text) {
        return parse(Tenant.LOCAL, text);
    }

    /// @param tenant who says it
    /// @throws RegistryException.ArgumentInvalid if `text` is no reference
    static ModelRef parse(Tenant tenant, String text) {
        int at = text.indexOf('@');
        if (at < 0) {
            return new Aliased(new ModelName(tenant, text), PRODUCTION);
        }
        ModelName name = new ModelName(tenant, text.substring(0, at));
        String version = text.substring(at + 1);
        if (version.matches("[1-9][0-9]{0,17}")) {
            return new Numbered(name, Long.parseLong(version));
        }
        return new Aliased(name, version);
    }
}
