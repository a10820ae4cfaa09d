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

    /// @throws RegistryException.ArgumentInvalid if `text` is no reference
    static ModelRef parse(String text) {
        int at = text.indexOf('@');
        if (at < 0) {
            return new Aliased(new ModelName(text), PRODUCTION);
        }
        ModelName name = new ModelName(text.substring(0, at));
        String version = text.substring(at + 1);
        if (version.matches("[1-9][0-9]{0,17}")) {
            return new Numbered(name, Long.parseLong(version));
        }
        return new Aliased(name, version);
    }
}
