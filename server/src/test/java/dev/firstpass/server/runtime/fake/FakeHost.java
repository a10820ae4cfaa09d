package dev.firstpass.server.runtime.fake;

import dev.firstpass.registry.EngineKind;
import dev.firstpass.server.runtime.device.DeviceHost;
import dev.firstpass.server.runtime.engine.EngineSession;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;

/// A host without native code. Its sessions are [FakeSession]s.
///
/// Thread-safe.
public final class FakeHost implements DeviceHost {
    private final String device;
    private final Semaphore runs;
    private final List<FakeSession> sessions = new ArrayList<>();

    /// @param runs each run of a session takes a permit first
    public FakeHost(Semaphore runs) {
        this("fake", runs);
    }

    /// @param device its name
    public FakeHost(String device, Semaphore runs) {
        this.device = device;
        this.runs = runs;
    }

    @Override
    public String device() {
        return device;
    }

    @Override
    public synchronized EngineSession open(EngineKind engine, Path file) {
        FakeSession session = new FakeSession(runs);
        sessions.add(session);
        return session;
    }

    @Override
    public int worthwhileBatch() {
        return Integer.MAX_VALUE;
    }

    @Override
    public void close() {}

    public synchronized List<FakeSession> sessions() {
        return List.copyOf(sessions);
    }
}
