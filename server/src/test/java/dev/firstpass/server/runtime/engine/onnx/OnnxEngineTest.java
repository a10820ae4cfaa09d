package dev.firstpass.server.runtime.engine.onnx;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.server.runtime.engine.EngineException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class OnnxEngineTest {
    @Test
    void load_telemetryNotSwitchedOff_isRefused() {
        for (Map<String, String> environment : List.<Map<String, String>>of(
                Map.of(),
                Map.of("ORT_DISABLE_TELEMETRY", "0"),
                Map.of("ORT_DISABLE_TELEMETRY", ""),
                Map.of("CI", "true"))) {
            EngineException thrown =
                    assertThrows(EngineException.class, () -> OnnxEngine.load(environment, 1), environment::toString);
            assertTrue(String.valueOf(thrown.getMessage()).contains("ORT_DISABLE_TELEMETRY"));
        }
    }
}
