package dev.firstpass.server.runtime.device;

import java.util.OptionalLong;

/// What can be told of devices' own memory, whoever holds it.
///
/// Thread-safe; a question takes milliseconds at most.
public interface DeviceMemory {
    /// Tells nothing of any device.
    DeviceMemory NONE = new DeviceMemory() {
        @Override
        public OptionalLong usedBytes(String device) {
            return OptionalLong.empty();
        }

        @Override
        public OptionalLong totalBytes(String device) {
            return OptionalLong.empty();
        }
    };

    /// Bytes that all processes of the machine hold of it now.
    ///
    /// @param device its name, for instance `cuda:0`
    /// @return empty where nobody can tell, and for the CPU, whose memory is the machine's
    OptionalLong usedBytes(String device);

    /// Bytes that it has.
    ///
    /// @return empty where `usedBytes` is
    OptionalLong totalBytes(String device);
}
