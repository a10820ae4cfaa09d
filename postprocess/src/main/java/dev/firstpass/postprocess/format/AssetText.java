package dev.firstpass.postprocess.format;

import dev.firstpass.postprocess.annotation.AssetInfo;

/// The value of an option that is made for each asset: `{id}` in it stands for the asset's id. A value without it
/// names one asset and is refused for a second one.
///
/// For one thread.
final class AssetText {
    static final String ID = "{id}";

    private final String option;
    private final String template;
    private boolean used;

    AssetText(String option, String template) {
        this.option = option;
        this.template = template;
    }

    /// @throws FormatOptionException on the second call if the template has no `{id}`
    String of(AssetInfo asset) {
        if (used && !template.contains(ID)) {
            throw new FormatOptionException(
                    option,
                    "format option " + option + ": " + template + " (expected: " + ID
                            + " in it, since there are several assets)");
        }
        used = true;
        return template.replace(ID, asset.id());
    }
}
