package dev.firstpass.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.ModelName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ModelFoldersTest {
    @TempDir
    private Path folder = Path.of("");

    private Path file(String name) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, "");
    }

    private String refusal(Path dir, Optional<String> name) {
        return String.valueOf(assertThrows(CliException.class, () -> ModelFolders.of(dir, name))
                .getMessage());
    }

    @Test
    void of_folderWithAModel_isThatModel() throws IOException {
        file("weeds/model.onnx");
        Path weeds = folder.resolve("weeds");
        assertEquals(Map.of(new ModelName("weeds"), weeds), ModelFolders.of(weeds, Optional.empty()));
        assertEquals(Map.of(new ModelName("field"), weeds), ModelFolders.of(weeds, Optional.of("field")));
    }

    @Test
    void of_fileOfAModel_isThatFile() throws IOException {
        Path file = file("weeds.onnx");
        assertEquals(Map.of(new ModelName("w"), file), ModelFolders.of(file, Optional.of("w")));
    }

    @Test
    void of_numberedFolders_isTheHighest() throws IOException {
        file("weeds/2/saved_model.pb");
        file("weeds/10/saved_model.pb");
        file("weeds/11/notes.txt");
        file("weeds/012/saved_model.pb");
        assertEquals(
                Map.of(new ModelName("weeds"), folder.resolve("weeds/10")),
                ModelFolders.of(folder.resolve("weeds"), Optional.empty()));
    }

    @Test
    void of_foldersOfModels_areAllOfThem() throws IOException {
        file("weeds/1/model.onnx");
        file("crops/firstpass.yaml");
        file(".git/model.onnx");
        file("notes/readme.txt");
        assertEquals(
                Map.of(
                        new ModelName("weeds"), folder.resolve("weeds/1"),
                        new ModelName("crops"), folder.resolve("crops")),
                ModelFolders.of(folder, Optional.empty()));
        assertTrue(refusal(folder, Optional.of("one")).contains("has 2 models (expected: a model, or no name)"));
    }

    @Test
    void of_nothing_isRefused() throws IOException {
        file("notes/readme.txt");
        assertTrue(refusal(folder, Optional.empty()).contains("no model in "));
    }

    @Test
    void of_nameThatIsNone_isRefused() throws IOException {
        file("My Weeds/model.onnx");
        assertTrue(refusal(folder, Optional.empty()).startsWith("'My Weeds': model name (expected: a-z"));
    }
}
