package dev.firstpass.server.runtime.device;

import dev.firstpass.server.runtime.engine.Closing;
import java.util.List;
import java.util.stream.Stream;

/// What the models of one isolation group share: the memory that their rows and results lie in, and the hosts that work
/// on it, one that decodes and one for each device. Native code of one group maps no other group's memory.
///
/// Thread-safe. Owns all of it.
///
/// @param name of the group, for logs and metrics
/// @param hosts of all devices, each once
public record IsolationGroup(String name, Slab slab, DecodingHost decoding, List<DeviceHost> hosts)
        implements AutoCloseable {
    public IsolationGroup {
        hosts = List.copyOf(hosts);
    }

    /// The host of the device of this name.
    public DeviceHost host(String device) {
        return hosts.stream()
                .filter(host -> host.device().equals(device))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("device: " + device + " (expected: one of "
                        + hosts.stream().map(DeviceHost::device).toList() + ")"));
    }

    @Override
    public void close() {
        Closing.all(Stream.concat(
                hosts.stream().<Runnable>map(host -> host::close), Stream.of(decoding::close, slab::close)));
    }
}
