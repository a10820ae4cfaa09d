package dev.firstpass.loadtest.paced;

import dev.firstpass.registry.EngineKind;
import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.onnx.OnnxFile;
import dev.firstpass.server.runtime.engine.Engine;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.EngineSession;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/// Stands in for a GPU: opens the files of [PacedModel], parks its thread for as long as their [Pace] says, without using a
/// core, and answers with zeros in the declared shapes. Runs of all its sessions take turns, as on one device.
///
/// Thread-safe.
final class PacedEngine implements Engine {
    private final VirtualDevice device;

    /// @param seed of the noise in the runs
    PacedEngine(Pacer pacer, long seed) {
        this.device = new VirtualDevice(pacer, seed);
    }

    /// The place of ONNX Runtime, in whose files models come.
    @Override
    public EngineKind kind() {
        return EngineKind.ONNX;
    }

    @Override
    public EngineSession open(Path file) {
        try {
            OnnxFile declared = OnnxFile.read(file);
            return new PacedSession(
                    declared.signature(), Pace.of(declared.signature().metadata()), device);
        } catch (RegistryException.ArtifactRejected | IllegalArgumentException | UncheckedIOException e) {
            throw new EngineException(file + ": " + e.getMessage(), e);
        }
    }

    /// What was done so far, by all sessions.
    Tally tally() {
        return device.tally();
    }

    @Override
    public void close() {}
}
