package dev.firstpass.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.server.config.ModelMemory;
import dev.firstpass.server.runtime.device.DeviceMemory;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

final class ModelBudgetTest {
    private static final DeviceMemory ONE_GPU =
            device -> device.equals("cuda:0") ? Optional.of(new DeviceMemory.Usage(24_000, 4_000)) : Optional.empty();

    @Test
    void budget_thatIsSet_isThatOfEachDevice() {
        ModelMemory set = new ModelMemory(OptionalLong.of(7_000), List.of());

        assertEquals(7_000, ServerRuntime.budget("cuda:0", set, ONE_GPU));
        assertEquals(7_000, ServerRuntime.budget("cpu", set, ONE_GPU));
    }

    @Test
    void budget_ofAGpuThatTellsOfItsMemory_isMostOfWhatIsFree() {
        assertEquals(18_000, ServerRuntime.budget("cuda:0", ModelMemory.STANDARD, ONE_GPU));
    }

    @Test
    void budget_ofWhatTellsNothing_isOfTheMachine() {
        assertTrue(ServerRuntime.budget("cpu", ModelMemory.STANDARD, ONE_GPU) > 1 << 20);
    }
}
