package dev.firstpass.postprocess.annotation;

/// Which answer of which model version a set of pre-labels is.
///
/// Immutable.
///
/// @param prediction id of the answer, unique per answer
/// @param model the model's name
/// @param version the version's number
/// @param digest the version's digest, `sha256:` and 64 hex digits; empty for labels that were read from a data set
/// @param family id of the family that read the outputs
/// @param specVersion `name@version` of the labeling project in force; empty when none was named
public record Provenance(
        String prediction, String model, long version, String digest, String family, String specVersion) {
    /// The version string that labeling tools see: they re-predict only when it changes, so it changes with the
    /// weights and with the labeling project.
    public String versionString() {
        return model + "@" + version + (specVersion.isEmpty() ? "" : "+" + specVersion);
    }
}
