package dev.firstpass.server.runtime.fake;

import dev.firstpass.server.runtime.device.DecodingHost;
import dev.firstpass.server.runtime.device.DeviceHost;
import dev.firstpass.server.runtime.device.DeviceMemory;
import dev.firstpass.server.runtime.device.IsolationGroup;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.lifecycle.Grouping;
import dev.firstpass.server.runtime.lifecycle.IsolationGroups;
import java.util.List;

/// All models in one isolation group.
///
/// Pure functions.
public final class OneGroup {
    private OneGroup() {}

    /// @param host closed by whoever made it, as the slab is
    public static IsolationGroups of(DeviceHost host, Slab slab) {
        return of(List.of(host), new FakeDecodingHost(slab), slab);
    }

    /// @param hosts closed by whoever made them, as the rest is
    public static IsolationGroups of(List<DeviceHost> hosts, DecodingHost decoding, Slab slab) {
        return new IsolationGroups(
                new Grouping.OneForAll(), DeviceMemory.NONE, name -> new IsolationGroup(name, slab, decoding, hosts));
    }
}
