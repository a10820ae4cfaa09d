package dev.firstpass.server.runtime.lifecycle;

import dev.firstpass.registry.ModelName;
import dev.firstpass.server.runtime.engine.Device;
import dev.firstpass.server.runtime.engine.EngineException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Which devices a model runs on, all of its versions alike: those that the settings say, else all GPUs, else the CPU; and
/// in how many sessions on each.
///
/// Immutable.
public final class Placement {
    private final List<String> devices;
    private final List<String> usual;
    private final Map<ModelName, List<String>> placed;
    private final int cpuSessions;

    private Placement(List<String> devices, List<String> usual, Map<ModelName, List<String>> placed, int cpuSessions) {
        this.devices = List.copyOf(devices);
        this.usual = List.copyOf(usual);
        this.placed = Map.copyOf(placed);
        this.cpuSessions = cpuSessions;
    }

    /// Every model on each of these.
    ///
    /// @param devices by name, one at least
    public static Placement on(List<String> devices) {
        return new Placement(devices, devices, Map.of(), 1);
    }

    /// @param devices that there are, one at least
    /// @param placed model -> names of the devices that it runs on
    /// @throws EngineException if a model is placed on a device that is not among them
    public static Placement of(List<Device> devices, Map<ModelName, List<String>> placed) {
        List<String> names = devices.stream().map(Device::id).toList();
        List<String> gpus = devices.stream()
                .filter(Device.Cuda.class::isInstance)
                .map(Device::id)
                .toList();
        Map<ModelName, List<String>> checked = new LinkedHashMap<>();
        placed.forEach((model, on) -> {
            on.stream().filter(device -> !names.contains(device)).findFirst().ifPresent(unknown -> {
                throw new EngineException("placement: " + model + "=" + unknown + " (expected: one of the devices "
                        + String.join(", ", names) + ")");
            });
            checked.put(model, List.copyOf(on));
        });
        return new Placement(names, gpus.isEmpty() ? names : gpus, checked, 1);
    }

    /// The same with so many sessions of each model on the CPU.
    public Placement withCpuSessions(int sessions) {
        return new Placement(devices, usual, placed, sessions);
    }

    /// Sessions of a model's stage on a device. A GPU works on the rows of one run side by side.
    int sessions(String device) {
        return device.equals(Device.cpu().id()) ? cpuSessions : 1;
    }

    /// The names of all devices there are.
    List<String> devices() {
        return devices;
    }

    /// The names of those that a model runs on, one at least.
    List<String> of(ModelName model) {
        return placed.getOrDefault(model, usual);
    }
}
