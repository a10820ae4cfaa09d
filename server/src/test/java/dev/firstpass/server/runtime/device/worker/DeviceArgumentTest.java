package dev.firstpass.server.runtime.device.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.firstpass.server.runtime.engine.Device;
import dev.firstpass.server.runtime.engine.Device.CudaMemory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DeviceArgumentTest {
    @Test
    void device_ofItsArgument_isTheSame() {
        for (Device device : new Device[] {
            Device.cpu(),
            new Device.Cuda(0, CudaMemory.UNLIMITED),
            new Device.Cuda(12, new CudaMemory(Long.MAX_VALUE, 7)).alone()
        }) {
            assertEquals(device, DeviceArgument.device(DeviceArgument.of(device)));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "cuda:0",
                "cuda:0 0 0",
                "cuda:0 0 0 0 0",
                "cuda:0  0 0 0",
                "cuda:x 0 0 0",
                "cuda:0 -1 0 0",
                "cuda:0 0 0 9223372036854775808",
                "cpu 0 0 0"
            })
    void device_ofAnotherText_isRefused(String argument) {
        assertThrows(IllegalArgumentException.class, () -> DeviceArgument.device(argument));
    }
}
