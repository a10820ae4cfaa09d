package dev.firstpass.server;

import dev.firstpass.server.runtime.batch.schedule.Schedules;
import dev.firstpass.server.runtime.device.DeviceHost;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.engine.Device;

/// Makes the hosts of devices, for a program that starts a server with hosts of its own. No setting names one.
///
/// Thread-safe.
@FunctionalInterface
public interface DeviceHosts {
    /// The host of a device; the server closes it.
    ///
    /// @param device of those that the configuration has
    /// @param slab where rows lie and results are put; not closed
    DeviceHost host(Device device, Slab slab);

    /// Who decides what runs on them next.
    default Schedules schedules() {
        return Schedules.BY_DEADLINE;
    }
}
