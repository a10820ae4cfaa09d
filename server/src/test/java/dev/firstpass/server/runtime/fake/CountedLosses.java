package dev.firstpass.server.runtime.fake;

import dev.firstpass.server.runtime.supervision.SupervisionListener;
import java.util.Map;
import java.util.TreeMap;

/// Counts what it hears.
///
/// Thread-safe.
public final class CountedLosses implements SupervisionListener {
    private final Map<String, Integer> workers = new TreeMap<>();
    private int quarantined;
    private int rolledBack;

    @Override
    public synchronized void workerLost(String device, String role, String reason) {
        workers.merge(role + " " + reason, 1, Integer::sum);
    }

    @Override
    public synchronized void quarantined() {
        quarantined++;
    }

    @Override
    public synchronized void rolledBack() {
        rolledBack++;
    }

    /// `onnx hung` -> how many workers.
    public synchronized Map<String, Integer> workers() {
        return Map.copyOf(workers);
    }

    public synchronized int inputs() {
        return quarantined;
    }

    public synchronized int aliases() {
        return rolledBack;
    }
}
