package dev.firstpass.server.frontend;

import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.validation.ValidationReport;
import java.util.Optional;

/// What was found when versions were tried out, as the management listener needs it.
///
/// Thread-safe. Blocks, so it is called on a virtual thread. Throws
/// [dev.firstpass.registry.RegistryException.VersionNotFound] where there is no such version.
public interface ValidationAdmin {
    /// The last report of a version; empty if it was never tried out.
    Optional<ValidationReport> report(ModelRef.Numbered ref);

    /// Tries a version out again. Takes as long as that takes.
    ValidationReport validate(ModelRef.Numbered ref);

    /// The last report as an HTML page that needs nothing else; empty if there is none.
    Optional<String> page(ModelRef.Numbered ref);
}
