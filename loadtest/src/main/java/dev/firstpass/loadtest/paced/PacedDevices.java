package dev.firstpass.loadtest.paced;

import dev.firstpass.server.DeviceHosts;
import dev.firstpass.server.runtime.batch.schedule.Schedules;
import dev.firstpass.server.runtime.device.DeviceHost;
import dev.firstpass.server.runtime.device.InProcessDeviceHost;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.engine.Device;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Virtual GPUs for a server. They are called `cuda:0` and so on, so that the server treats them as GPUs.
///
/// Thread-safe.
final class PacedDevices implements DeviceHosts {
    private final Pacer pacer;
    private final Schedules schedules;
    private final List<PacedEngine> engines = new CopyOnWriteArrayList<>();

    /// @param schedules decide what runs next
    PacedDevices(Pacer pacer, Schedules schedules) {
        this.pacer = pacer;
        this.schedules = schedules;
    }

    /// What the setting `devices` says for so many.
    static String names(int count) {
        return IntStream.range(0, count).mapToObj(index -> "cuda:" + index).collect(Collectors.joining(","));
    }

    @Override
    public DeviceHost host(Device device, Slab slab) {
        PacedEngine engine = new PacedEngine(pacer, 1 + engines.size());
        engines.add(engine);
        return new InProcessDeviceHost(device.id(), List.of(engine), slab);
    }

    @Override
    public Schedules schedules() {
        return schedules;
    }

    /// What all of them have done so far.
    Tally tally() {
        return engines.stream().map(PacedEngine::tally).reduce(Tally.NOTHING, Tally::plus);
    }
}
