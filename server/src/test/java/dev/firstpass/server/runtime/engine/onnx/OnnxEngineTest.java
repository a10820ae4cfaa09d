package dev.firstpass.server.runtime.engine.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.server.runtime.engine.Engine;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.EngineSample;
import dev.firstpass.server.runtime.engine.EngineSession;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

    /// ONNX Runtime has a format of its own, which it takes a file of this name for; registration reads ONNX alone.
    @Test
    void open_fileNamedLikeAnotherFormat_isReadAsOnnx(@TempDir Path folder) throws IOException {
        OnnxSample sample = new OnnxSample();
        Path model = sample.write(EngineSample.Files.DOUBLING, folder);

        try (Engine engine = sample.engine();
                EngineSession session = engine.open(Files.move(model, folder.resolve("model.ort")))) {
            assertEquals("x", session.signature().inputs().getFirst().name());
        }
    }
}
