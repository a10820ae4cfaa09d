package dev.firstpass.server.runtime.device.nvidia;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Which GPU CUDA counts as which.
final class GpuNameTest {
    @Test
    void visible_withoutTheVariable_isTheOneOfThatNumber() {
        assertEquals(Optional.of(new GpuName.Index(3)), GpuName.visible(3, Map.of("PATH", "/bin")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "2              | 0 | 2",
                "2,0            | 1 | 0",
                " 2 , 0 ,1      | 2 | 1",
                "GPU-8f2e,1     | 0 | GPU-8f2e",
                "1,MIG-7a/1/0   | 1 | MIG-7a/1/0",
                "MIG-GPU-8f/1/0 | 0 | MIG-GPU-8f/1/0",
                // What comes after an entry that is none does not count.
                "0,-1,1         | 0 | 0",
            })
    void visible_withTheVariable_isItsEntry(String variable, int index, String name) {
        assertEquals(
                Optional.of(name),
                GpuName.visible(index, Map.of(GpuName.VARIABLE, variable)).map(GpuName::text));
    }

    @ParameterizedTest
    @CsvSource({"2, 1", "'', 0", "-1, 0", "'0,-1,1', 1", "'0,,1', 1", "none, 0", "GPU-, 0", "99999, 0", "GPU-x, 0"})
    void visible_ofWhatTheVariableDoesNotLeave_isNone(String variable, int index) {
        assertEquals(Optional.empty(), GpuName.visible(index, Map.of(GpuName.VARIABLE, variable)));
    }
}
