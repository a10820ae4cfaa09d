package dev.firstpass.server.runtime.engine.onnx;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.firstpass.server.runtime.engine.EngineException;
import java.util.Optional;

/// How a run is ended from outside: ONNX Runtime looks at a flag of the run's options before each operator.
///
/// Thread-safe.
final class Interruption {
    private Optional<OrtSession.RunOptions> running = Optional.empty();
    private boolean asked;

    /// A run begins.
    ///
    /// @return its options, until `end`
    synchronized OrtSession.RunOptions begin() throws OrtException {
        OrtSession.RunOptions options = new OrtSession.RunOptions();
        running = Optional.of(options);
        asked = false;
        return options;
    }

    /// The run is over.
    synchronized void end() {
        running.ifPresent(OrtSession.RunOptions::close);
        running = Optional.empty();
    }

    /// Has the run under way end soon.
    ///
    /// @return whether there was one
    synchronized boolean ask() {
        try {
            if (running.isPresent()) {
                running.get().setTerminate(true);
                asked = true;
            }
            return running.isPresent();
        } catch (OrtException e) {
            throw new EngineException("the run cannot be ended: " + e.getMessage(), e);
        }
    }

    synchronized boolean isAsked() {
        return asked;
    }
}
