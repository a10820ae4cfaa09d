package dev.firstpass.server.runtime.fault;

import dev.firstpass.registry.EngineKind;
import dev.firstpass.server.runtime.engine.Engine;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.EngineSession;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/// An engine whose models double the float of each row, apart from some values: a model file says, a line for each,
/// which fault happens on which value (`13 ABORT`), and which when it is opened (`open ABORT`).
///
/// Thread-safe.
public final class FaultEngine implements Engine {
    private static final String OPEN = "open";

    private final EngineKind kind;
    private final AtomicBoolean sick = new AtomicBoolean();

    /// @param kind that it stands in for
    public FaultEngine(EngineKind kind) {
        this.kind = kind;
    }

    /// Writes a model file.
    public static void write(Path file, Map<Float, Fault> faults) throws IOException {
        StringBuilder text = new StringBuilder();
        faults.forEach((value, fault) ->
                text.append(value).append(' ').append(fault.name()).append('\n'));
        Files.writeString(file, text);
    }

    /// Writes a model file that a fault happens on when it is opened.
    public static void writeBroken(Path file, Fault fault) throws IOException {
        Files.writeString(file, OPEN + ' ' + fault.name());
    }

    @Override
    public EngineKind kind() {
        return kind;
    }

    @Override
    public EngineSession open(Path file) {
        Map<Float, Fault> faults = new HashMap<>();
        try {
            for (String line : Files.readAllLines(file)) {
                String[] words = line.split(" ", 2);
                Fault fault = Fault.valueOf(words[1]);
                if (words[0].equals(OPEN)) {
                    throw fault.strike();
                }
                faults.put(Float.valueOf(words[0]), fault);
            }
        } catch (IOException e) {
            throw new EngineException("cannot be read", e);
        }
        return new FaultSession(faults, sick);
    }

    @Override
    public void close() {}
}
