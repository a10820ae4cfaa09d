package dev.firstpass.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.server.cli.DoctorCheck.Finding;
import dev.firstpass.server.cli.DoctorCheck.Verdict;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// With the real libraries.
final class EngineChecksTest {
    @Test
    void onnxRuntime_onThisMachine_runsTheTinyModel() {
        Finding finding = trial(Map.of("ORT_DISABLE_TELEMETRY", "1"), "onnx cpu");

        assertEquals(Verdict.OK, finding.verdict(), finding.detail());
    }

    @Test
    void onnxRuntime_withTelemetryOn_isNotLoaded() {
        Finding finding = trial(Map.of(), "onnx cpu");

        assertEquals(Verdict.FAIL, finding.verdict());
        assertTrue(finding.detail().contains("ORT_DISABLE_TELEMETRY"), finding.detail());
    }

    @Test
    void tensorFlow_onThisMachine_runsTheTinyModel() {
        Finding finding = trial(Map.of(), "tensorflow cpu");

        assertEquals(Verdict.OK, finding.verdict(), finding.detail());
    }

    @Test
    void sandbox_onThisMachine_isProven() {
        Finding finding = trial(System.getenv(), "sandbox onnx");

        assertEquals(Verdict.OK, finding.verdict(), finding.detail());
        assertTrue(finding.detail().contains("tried and refused: connecting"), finding.detail());
    }

    @Test
    void openCv_onThisMachine_decodesTheTinyPng() {
        Finding finding = trial(Map.of(), "images");

        assertEquals(Verdict.OK, finding.verdict(), finding.detail());
    }

    private static Finding trial(Map<String, String> environment, String name) {
        return new EngineChecks(environment)
                .all().stream()
                        .filter(check -> check.name().equals(name))
                        .findFirst()
                        .orElseThrow()
                        .trial()
                        .get();
    }
}
