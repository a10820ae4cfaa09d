package dev.firstpass.server.runtime.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.firstpass.server.runtime.engine.Device.CudaMemory;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DeviceTest {
    @Test
    void named_ofItsId_isTheSameDevice() {
        CudaMemory memory = new CudaMemory(1, 2);
        for (Device device : new Device[] {Device.cpu(), new Device.Cuda(0, memory), new Device.Cuda(13, memory)}) {
            assertEquals(Optional.of(device), Device.named(device.id(), memory));
        }
    }

    /// A worker sees one GPU, by whatever name the server knows it.
    @Test
    void alone_keepsTheNameAndTheLimits() {
        CudaMemory memory = new CudaMemory(3, 4);
        Device.Cuda alone = new Device.Cuda(2, memory).alone();

        assertEquals(0, alone.index());
        assertEquals("cuda:2", alone.id());
        assertEquals(memory, alone.memory());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "gpu", "cuda", "cuda:", "cuda:-1", "cuda:1234", "cuda:0,cuda:1", "CPU"})
    void named_ofWhatIsNone_isEmpty(String id) {
        assertEquals(Optional.empty(), Device.named(id, CudaMemory.UNLIMITED));
    }

    @Test
    void new_ofNegativeNumbers_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> new Device.Cuda(-1, CudaMemory.UNLIMITED));
        assertThrows(IllegalArgumentException.class, () -> new CudaMemory(-1, 0));
        assertThrows(IllegalArgumentException.class, () -> new CudaMemory(0, -1));
    }
}
