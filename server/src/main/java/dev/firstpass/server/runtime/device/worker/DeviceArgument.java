package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.server.runtime.engine.Device;
import dev.firstpass.server.runtime.engine.Device.CudaMemory;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A device as one argument of a command, to a worker: `cpu`, or `cuda:1 0 6442450944 0` for what the server calls
/// `cuda:1`, index 0 there, and the bytes that ONNX Runtime and TensorFlow may take.
///
/// Pure functions.
final class DeviceArgument {
    private static final String CUDA = "(cuda:[0-9]{1,3}) ([0-9]{1,3}) ([0-9]{1,19}) ([0-9]{1,19})";

    private DeviceArgument() {}

    static String of(Device device) {
        return switch (device) {
            case Device.Cpu cpu -> cpu.id();
            case Device.Cuda cuda ->
                cuda.id() + " " + cuda.index() + " " + cuda.memory().onnxBytes() + " "
                        + cuda.memory().tensorFlowBytes();
        };
    }

    /// @throws IllegalArgumentException for what [#of] does not write
    static Device device(String argument) {
        if (argument.equals(Device.cpu().id())) {
            return Device.cpu();
        }
        Matcher cuda = Pattern.compile(CUDA).matcher(argument);
        if (!cuda.matches()) {
            throw new IllegalArgumentException(
                    "device: " + argument + " (expected: cpu, or cuda:N with its index and two limits)");
        }
        return new Device.Cuda(
                Integer.parseInt(cuda.group(2)),
                new CudaMemory(Long.parseLong(cuda.group(3)), Long.parseLong(cuda.group(4))),
                cuda.group(1));
    }
}
