package dev.firstpass.server.runtime.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.firstpass.registry.ModelName;
import dev.firstpass.server.runtime.engine.Device;
import dev.firstpass.server.runtime.engine.EngineException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class PlacementTest {
    private static final ModelName WEEDS = new ModelName("weeds");
    private static final ModelName TINY = new ModelName("tiny");
    private static final Device FIRST = new Device.Cuda(0, Device.CudaMemory.UNLIMITED);
    private static final Device SECOND = new Device.Cuda(1, Device.CudaMemory.UNLIMITED);

    @Test
    void of_aModelThatNobodyPlaced_isAllGpus() {
        Placement placement = Placement.of(List.of(FIRST, Device.cpu(), SECOND), Map.of(TINY, List.of("cpu")));

        assertEquals(List.of("cuda:0", "cuda:1"), placement.of(WEEDS));
        assertEquals(List.of("cpu"), placement.of(TINY));
        assertEquals(List.of("cuda:0", "cpu", "cuda:1"), placement.devices());
    }

    @Test
    void of_aModelWithoutGpus_isTheCpu() {
        assertEquals(
                List.of("cpu"), Placement.of(List.of(Device.cpu()), Map.of()).of(WEEDS));
    }

    @Test
    void of_aModelOnSeveralDevices_isThoseInTheirOrder() {
        Placement placement =
                Placement.of(List.of(FIRST, SECOND, Device.cpu()), Map.of(WEEDS, List.of("cpu", "cuda:1")));

        assertEquals(List.of("cpu", "cuda:1"), placement.of(WEEDS));
    }

    @Test
    void of_aDeviceThatThereIsNot_isRefusedByName() {
        EngineException refused = assertThrows(
                EngineException.class,
                () -> Placement.of(List.of(FIRST, Device.cpu()), Map.of(WEEDS, List.of("cuda:1"))));

        assertEquals("placement: weeds=cuda:1 (expected: one of the devices cuda:0, cpu)", refused.getMessage());
    }
}
