package dev.firstpass.server.runtime.engines;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.registry.EngineKind;
import dev.firstpass.registry.savedmodel.SavedModelFile;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.Engine;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.OutputMemory;
import dev.firstpass.server.runtime.engine.TinyModelFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// A model that negates two floats, `x` to `y`, to find out whether an engine works at all: what a library says of itself
/// is no proof that it works here.
///
/// Pure functions.
public final class TinyModel {
    /// What it makes of [#INPUT].
    public static final List<Float> ANSWER = List.of(-1.5f, 2f);

    private static final float[] INPUT = {1.5f, -2f};

    private TinyModel() {}

    /// Writes it.
    ///
    /// @param folder that exists
    /// @return what the engine opens
    public static Path write(EngineKind engine, Path folder) throws IOException {
        return switch (engine) {
            case ONNX -> Files.write(folder.resolve("tiny.onnx"), TinyModelFiles.negateOnnx());
            case TENSORFLOW -> {
                Path model = Files.createDirectories(folder.resolve("tiny"));
                Files.write(model.resolve(SavedModelFile.FILE_NAME), TinyModelFiles.negateSavedModel());
                yield model;
            }
        };
    }

    /// Opens it and runs it once; opening it may load the library.
    ///
    /// @return to be held against [#ANSWER]
    /// @throws dev.firstpass.server.runtime.engine.EngineException if the engine does not take it
    public static List<Float> trial(Engine engine) {
        try {
            Path folder = Files.createTempDirectory("firstpass-tiny-");
            Path model = write(engine.kind(), folder);
            try (EngineSession session = engine.open(model)) {
                return run(session::run);
            } finally {
                if (engine.kind() == EngineKind.TENSORFLOW) {
                    Files.delete(model.resolve(SavedModelFile.FILE_NAME));
                }
                Files.delete(model);
                Files.delete(folder);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Runs it once.
    ///
    /// @param session has it open
    public static List<Float> run(Run session) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment input = arena.allocateFrom(ValueLayout.JAVA_FLOAT, INPUT);
            MemorySegment output = session.with(
                            List.of(new BatchTensor("x", ElementType.FLOAT32, Shape.of(1, 2), input)),
                            bytes -> arena.allocate(bytes, Float.BYTES))
                    .getFirst()
                    .data();
            return List.of(output.getAtIndex(ValueLayout.JAVA_FLOAT, 0), output.getAtIndex(ValueLayout.JAVA_FLOAT, 1));
        }
    }

    /// A run of whatever has opened it.
    @FunctionalInterface
    public interface Run {
        /// As [EngineSession#run].
        List<BatchTensor> with(List<BatchTensor> inputs, OutputMemory memory);
    }
}
