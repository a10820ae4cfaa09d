package dev.firstpass.server.frontend;

/// How the server stands, for those who run it.
///
/// Thread-safe. Does not block; costs a look at every queue and alias.
@FunctionalInterface
public interface StatusSource {
    StatusReport now();
}
