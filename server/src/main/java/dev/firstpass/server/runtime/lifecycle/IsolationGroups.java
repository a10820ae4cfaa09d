package dev.firstpass.server.runtime.lifecycle;

import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.server.runtime.device.DeviceHost;
import dev.firstpass.server.runtime.device.DeviceMemory;
import dev.firstpass.server.runtime.device.IsolationGroup;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/// Which isolation group a version runs in. The models of a tenant share one, so that many small models cost one set of
/// workers; there is one tenant until callers are authenticated. A model that several tenants use is a group of its
/// own: whoever takes it over from within sees nothing but what is sent to that model.
///
/// Thread-safe. Owns the groups, which are opened when they are first needed.
public final class IsolationGroups implements AutoCloseable {
    private static final String TENANT = "local";

    private final Set<ModelName> shared;
    private final DeviceMemory memory;
    private final Function<String, IsolationGroup> opener;
    /// Changed and read with this object's lock.
    private final Map<String, IsolationGroup> open = new LinkedHashMap<>();

    /// @param shared models that several tenants use
    /// @param memory what can be told of devices besides what their hosts tell
    /// @param opener opens a group by its name; quick, and for one thread at a time
    public IsolationGroups(Collection<ModelName> shared, DeviceMemory memory, Function<String, IsolationGroup> opener) {
        this.shared = Set.copyOf(shared);
        this.memory = memory;
        this.opener = opener;
    }

    /// The group of a version; opened if need be.
    ///
    /// @throws dev.firstpass.server.runtime.engine.EngineException if it cannot be opened
    IsolationGroup of(ModelVersion version) {
        return named(shared.contains(version.name()) ? "shared-" + version.name() : TENANT);
    }

    /// The group of the models that are in no other; opened if need be.
    ///
    /// @throws dev.firstpass.server.runtime.engine.EngineException if it cannot be opened
    public IsolationGroup common() {
        return named(TENANT);
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
