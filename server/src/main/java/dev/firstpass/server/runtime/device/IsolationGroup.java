package dev.firstpass.server.runtime.device;

/// What the models of one isolation group share: the memory that their rows and results lie in, and the host that works
/// on it. Native code of one group maps no other group's memory.
///
/// Thread-safe. Owns both.
///
/// @param name of the group, for logs and metrics
public record IsolationGroup(String name, Slab slab, DeviceHost host) implements AutoCloseable {
    @Override
    public void close() {
        host.close();
        slab.close();
    }
}
