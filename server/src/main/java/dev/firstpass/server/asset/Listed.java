package dev.firstpass.server.asset;

import java.util.Optional;

/// A place on an allow-list.
///
/// Immutable.
///
/// @param tenant whose requests may name it; empty for everybody's
public record Listed<T>(Optional<String> tenant, T place) {
    boolean isFor(String asking) {
        return tenant.map(asking::equals).orElse(true);
    }
}
