package dev.firstpass.server.runtime.lifecycle;

import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.Tenant;
import dev.firstpass.server.runtime.device.DeviceHost;
import dev.firstpass.server.runtime.device.DeviceMemory;
import dev.firstpass.server.runtime.device.IsolationGroup;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// The isolation groups that versions run in, as [Grouping] has it.
///
/// Thread-safe. Owns the groups, which are opened when they are first needed.
public final class IsolationGroups implements AutoCloseable {
    private final Grouping grouping;
    private final DeviceMemory memory;
    private final Function<String, IsolationGroup> opener;
    /// Changed and read with this object's lock.
    private final Map<String, IsolationGroup> open = new LinkedHashMap<>();

    /// @param grouping which group a version is in
    /// @param memory what can be told of devices besides what their hosts tell
    /// @param opener opens a group by its name; quick, and for one thread at a time
    public IsolationGroups(Grouping grouping, DeviceMemory memory, Function<String, IsolationGroup> opener) {
        this.grouping = grouping;
        this.memory = memory;
        this.opener = opener;
    }

    /// The group of a version; opened if need be.
    ///
    /// @throws dev.firstpass.server.runtime.engine.EngineException if it cannot be opened
    public IsolationGroup of(ModelVersion version) {
        return named(grouping.of(version));
    }

    /// The group of the models of [Tenant#LOCAL], which most servers need first; opened if need be.
    ///
    /// @throws dev.firstpass.server.runtime.engine.EngineException if it cannot be opened
    public IsolationGroup common() {
        return named(Grouping.of(Tenant.LOCAL));
    }

    private synchronized IsolationGroup named(String name) {
        return open.computeIfAbsent(name, opener);
    }

    /// Those that are open now.
    public synchronized List<IsolationGroup> all() {
        return List.copyOf(open.values());
    }

    /// As `DeviceHost.reclaim`, over all groups' hosts of a device. Where the device's own memory can be read, the answer is
    /// what is held of that.
    long reclaim(String device) {
        long held = all().stream()
                .map(group -> group.host(device))
                .mapToLong(DeviceHost::reclaim)
                .sum();
        return memory.of(device).map(DeviceMemory.Usage::usedBytes).orElse(held);
    }

    /// As `DeviceHost.endIfUnused`, for all.
    void endIfUnused() {
        all().stream().flatMap(group -> group.hosts().stream()).forEach(DeviceHost::endIfUnused);
    }

    /// Nothing of a group is in use any more.
    @Override
    public synchronized void close() {
        open.values().forEach(IsolationGroup::close);
        open.clear();
    }
}
