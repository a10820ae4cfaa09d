package dev.firstpass.registry;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FileTreeTest {
    @TempDir
    private Path folder;

    @Test
    void tree_isDeletedWithAllThatIsInIt_andLinksAreNotFollowed() throws IOException {
        Path kept = Files.writeString(folder.resolve("kept"), "kept");
        Path root = Files.createDirectory(folder.resolve("root"));
        Files.createDirectories(root.resolve("a/b"));
        Files.writeString(root.resolve("a/b/file"), "gone");
        Files.createSymbolicLink(root.resolve("a/link"), kept);
        Files.createSymbolicLink(root.resolve("folder"), folder);
        FileTree.delete(root);
        assertFalse(Files.exists(root));
        assertTrue(Files.exists(kept));
    }

    @Test
    void whatIsNotThere_isNoError() throws IOException {
        FileTree.delete(folder.resolve("none"));
        Path file = Files.writeString(folder.resolve("file"), "gone");
        FileTree.delete(file);
        assertFalse(Files.exists(file));
    }

    @Test
    void whatCannotBeDeleted_isAnError() {
        assertThrows(IOException.class, () -> FileTree.delete(Path.of("/proc/self/task")));
    }
}
