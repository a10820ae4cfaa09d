package dev.firstpass.server.runtime.device.worker;

import java.util.Locale;

/// Why a worker was lost.
enum Loss {
    /// It ended by itself, or somebody else ended it.
    ENDED,
    /// It did not start, or an engine did not load.
    NOT_STARTED,
    /// A run reached its limit, and the engine did not end it.
    HUNG,
    /// It gave no sign of life.
    SILENT,
    /// It did not keep to the protocol.
    PROTOCOL,
    /// Runs failed in it one after the other, as they had not before.
    FAILING;

    /// As metrics have it.
    String id() {
        return name().toLowerCase(Locale.ROOT);
    }
}
