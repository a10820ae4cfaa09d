package dev.firstpass.server.cli;

import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import picocli.CommandLine.Parameters;

/// The two arguments that name an alias of a model.
///
/// For one thread. picocli fills it.
final class AliasArguments {
    @Parameters(index = "0", paramLabel = "NAME", description = "Name of the model.")
    private String name = "";

    @Parameters(index = "1", paramLabel = "ALIAS", description = "The alias, for instance production.")
    private String alias = "";

    /// @throws dev.firstpass.registry.RegistryException.ArgumentInvalid if one of them is none
    ModelRef.Aliased ref() {
        return new ModelRef.Aliased(new ModelName(name), alias);
    }
}
