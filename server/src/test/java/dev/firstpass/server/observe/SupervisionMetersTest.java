package dev.firstpass.server.observe;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class SupervisionMetersTest {
    private final Metrics metrics = new Metrics();
    private final SupervisionMeters meters = new SupervisionMeters(metrics.registry());

    @AfterEach
    void close() {
        metrics.close();
    }

    @Test
    void events_areCounted() {
        meters.workerLost("cpu", "onnx", "hung");
        meters.workerLost("cpu", "onnx", "hung");
        meters.workerLost("cpu", "decoder", "ended");
        meters.quarantined();
        meters.rolledBack();

        assertShown("firstpass_worker_restarts_total{device=\"cpu\",reason=\"hung\",role=\"onnx\"} 2.0");
        assertShown("firstpass_worker_restarts_total{device=\"cpu\",reason=\"ended\",role=\"decoder\"} 1.0");
        assertShown("firstpass_quarantined_total 1.0");
        assertShown("firstpass_alias_rollbacks_total 1.0");
    }

    private void assertShown(String line) {
        String shown = metrics.scrape();
        assertTrue(shown.lines().anyMatch(line::equals), shown);
    }
}
