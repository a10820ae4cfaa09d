package dev.firstpass.server.runtime.device;

import dev.firstpass.registry.EngineKind;
import dev.firstpass.server.runtime.engine.Engine;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.GraphFiles;
import dev.firstpass.server.runtime.engine.SavedGraph;
import dev.firstpass.server.runtime.linux.NativeHeap;
import java.nio.file.Path;
import java.util.List;

/// Runs native code in the server's own process: quick to debug and without a wall. A model that crashes takes the
/// server with it.
///
/// Thread-safe.
public final class InProcessDeviceHost implements DeviceHost {
    private final String device;
    private final List<Engine> engines;

    /// Takes ownership of the engines.
    ///
    /// @param device its name, for instance `cpu`
    /// @param slab where rows lie and results are put; not closed
    public InProcessDeviceHost(String device, List<Engine> engines, Slab slab) {
        this.device = device;
        this.engines = List.copyOf(engines);
        this.engines.forEach(engine -> engine.expect(slab.memory().segment()));
    }

    @Override
    public String device() {
        return device;
    }

    @Override
    public EngineSession open(EngineKind kind, Path file) {
        return engine(kind).open(file);
    }

    @Override
    public EngineSession open(EngineKind kind, Path file, SavedGraph graph) {
        GraphFiles files = new GraphFiles(graph.find(), graph.incoming());
        EngineSession session = engine(kind).open(file, files);
        files.fresh().ifPresent(graph::keep);
        return session;
    }

    private Engine engine(EngineKind kind) {
        return engines.stream()
                .filter(engine -> engine.kind() == kind)
                .findFirst()
                .orElseThrow(() -> new EngineException("engine: " + kind.id() + " (expected: one of "
                        + engines.stream().map(engine -> engine.kind().id()).toList() + ")"));
    }

    @Override
    public int threads(EngineKind kind) {
        return engine(kind).threads();
    }

    @Override
    public int worthwhileBatch() {
        return DeviceHost.worthwhileBatch(device);
    }

    @Override
    public long reclaim() {
        NativeHeap.trim();
        return NativeHeap.usedBytes();
    }

    @Override
    public void close() {
        engines.forEach(Engine::close);
    }
}
