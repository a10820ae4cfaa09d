package dev.firstpass.server.runtime.device.nvidia;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// What an entry of `CUDA_VISIBLE_DEVICES` calls a GPU.
///
/// Numbers are taken as `CUDA_DEVICE_ORDER=PCI_BUS_ID` counts, which is how `nvidia-smi` and NVML count as well; CUDA by
/// itself counts the fastest first.
///
/// Immutable.
public sealed interface GpuName {
    /// The variable.
    String VARIABLE = "CUDA_VISIBLE_DEVICES";

    /// @param index among all GPUs of the machine
    record Index(int index) implements GpuName {
        @Override
        public String text() {
            return Integer.toString(index);
        }
    }

    /// @param text `GPU-` and at least the beginning of an identifier
    record Uuid(String text) implements GpuName {}

    /// A part of a GPU that was divided (MIG).
    ///
    /// @param text `MIG-` and the rest
    record Part(String text) implements GpuName {}

    /// The entry itself.
    String text();

    /// The GPU that CUDA counts as this one.
    ///
    /// @param index from 0, among those that the variable leaves
    /// @param environment of the process that counts
    /// @return empty if the variable leaves fewer
    static Optional<GpuName> visible(int index, Map<String, String> environment) {
        Optional<String> variable = Optional.ofNullable(environment.get(VARIABLE));
        if (variable.isEmpty()) {
            return Optional.of(new Index(index));
        }
        List<GpuName> left = list(variable.get());
        return index < left.size() ? Optional.of(left.get(index)) : Optional.empty();
    }

    /// As CUDA reads it: up to the first entry that is none.
    private static List<GpuName> list(String variable) {
        List<GpuName> names = new ArrayList<>();
        for (String entry : variable.split(",", -1)) {
            Optional<GpuName> name = of(entry.strip());
            if (name.isEmpty()) {
                break;
            }
            names.add(name.get());
        }
        return names;
    }

    private static Optional<GpuName> of(String entry) {
        if (Pattern.matches("[0-9]{1,4}", entry)) {
            return Optional.of(new Index(Integer.parseInt(entry)));
        }
        if (Pattern.matches("GPU-[0-9A-Fa-f-]+", entry)) {
            return Optional.of(new Uuid(entry));
        }
        return Pattern.matches("MIG-[0-9A-Za-z/-]+", entry) ? Optional.of(new Part(entry)) : Optional.empty();
    }
}
