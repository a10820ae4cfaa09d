package dev.firstpass.server.runtime.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SharedModelsTest {
    @TempDir
    Path folder = Path.of("");

    private final List<Object> closed = new ArrayList<>();
    private final SharedModels<Object> models = new SharedModels<>(closed::add);
    private Path model = Path.of("");

    @BeforeEach
    void write() throws IOException {
        model = Files.writeString(folder.resolve("model"), "model");
    }

    @Test
    void open_whatIsOpen_isTheSameModel_andClosedByTheLast() {
        SharedModels<Object>.Shared first = models.open(List.of(model), Object::new);
        SharedModels<Object>.Shared second = models.open(List.of(model), Object::new);

        assertSame(first.model(), second.model());
        first.close();
        assertEquals(List.of(), closed);
        second.close();
        assertEquals(List.of(first.model()), closed);
    }

    @Test
    void open_afterTheLastWasClosed_loadsItAgain() {
        SharedModels<Object>.Shared first = models.open(List.of(model), Object::new);
        first.close();

        assertNotSame(first.model(), models.open(List.of(model), Object::new).model());
    }

    @Test
    void open_byAnotherName_isTheSameModel() throws IOException {
        Path link = Files.createLink(folder.resolve("link"), model);

        assertSame(
                models.open(List.of(model), Object::new).model(),
                models.open(List.of(link), Object::new).model());
    }

    @Test
    void open_sameModelFileWithOtherWeights_isAnotherModel() throws IOException {
        Path some = Files.writeString(folder.resolve("some"), "weights");
        Path others = Files.writeString(folder.resolve("others"), "weights");

        assertNotSame(
                models.open(List.of(model, some), Object::new).model(),
                models.open(List.of(model, others), Object::new).model());
    }

    @Test
    void open_ofAFileThatWasWrittenAgain_isAnotherModel() throws IOException {
        Object before = models.open(List.of(model), Object::new).model();
        Files.writeString(model, "another model");

        assertNotSame(before, models.open(List.of(model), Object::new).model());
    }

    @Test
    void open_thatFails_leavesNothingOpen() {
        assertThrows(
                IllegalStateException.class,
                () -> models.open(List.of(model), () -> {
                    throw new IllegalStateException();
                }));

        models.open(List.of(model), Object::new).close();
        assertEquals(1, closed.size());
    }

    @Test
    void open_whatIsNotThere_saysSo() {
        assertThrows(EngineException.class, () -> models.open(List.of(folder.resolve("none")), Object::new));
    }
}
