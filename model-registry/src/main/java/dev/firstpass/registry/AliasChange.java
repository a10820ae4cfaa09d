package dev.firstpass.registry;

/// A move of an alias that somebody asks for.
///
/// Immutable.
///
/// @param to number of the version that it shall name
/// @param expected what it must name now
public record AliasChange(ModelName name, String alias, long to, Expected expected, Kind kind) {
    public enum Kind {
        /// To a version that the caller has chosen.
        MOVE,

        /// To one that the alias named before, because the present one is not good: it is not come back to by the next
        /// one.
        ROLLBACK
    }

    /// Checks the alias' name.
    ///
    /// @throws RegistryException.ArgumentInvalid if it is none, for instance a number
    public AliasChange {
        alias = new ModelRef.Aliased(name, alias).alias();
    }
}
