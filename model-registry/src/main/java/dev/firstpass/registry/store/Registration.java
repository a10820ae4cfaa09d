package dev.firstpass.registry.store;

import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.manifest.Derivation;

/// What became of an offer.
///
/// Immutable.
///
/// @param version the version, AVAILABLE or FAILED once this is returned
/// @param created false where the same content was registered before, so that `version` is the earlier one
/// @param derivation its manifest with the origin of each value
/// @param failure why the version is not AVAILABLE; empty if it is
public record Registration(ModelVersion version, boolean created, Derivation derivation, String failure) {}
