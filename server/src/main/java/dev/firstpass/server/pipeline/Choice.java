package dev.firstpass.server.pipeline;

import dev.firstpass.registry.ModelVersion;
import dev.firstpass.server.call.Arm;

/// The version that answers a request, and why that one.
///
/// Immutable.
public record Choice(ModelVersion version, Arm arm) {}
