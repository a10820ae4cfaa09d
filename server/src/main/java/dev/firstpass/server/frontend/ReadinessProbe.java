package dev.firstpass.server.frontend;

/// Whether requests should be sent here.
///
/// Thread-safe, cheap, does not block: it is asked every second by every load balancer.
@FunctionalInterface
public interface ReadinessProbe {
    boolean isReady();
}
