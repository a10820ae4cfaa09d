package dev.firstpass.loadtest.drive;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PhotosTest {
    @TempDir
    Path folder = Path.of("");

    @Test
    void photo_askedForTwice_isOneImageInTwoFiles() {
        Photos photos = new Photos(List.of(new byte[] {1, 2}, new byte[] {3}), 9);
        byte[] first = photos.photo(2, 0);
        byte[] second = photos.photo(2, 1);
        assertArrayEquals(new byte[] {1, 2}, Arrays.copyOf(first, 2));
        assertArrayEquals(new byte[] {1, 2}, Arrays.copyOf(second, 2));
        assertFalse(Arrays.equals(first, second));
        assertFalse(Arrays.equals(first, new Photos(List.of(new byte[] {1, 2}), 10).photo(2, 0)));
    }

    @Test
    void photos_byDefault_areTheDemos() throws IOException {
        assertTrue(Photos.of(Optional.empty(), 1).count() > 1);
    }

    @Test
    void folder_withoutImages_isRefused() throws IOException {
        Files.writeString(folder.resolve("notes.txt"), "no image");
        assertThrows(IllegalArgumentException.class, () -> Photos.of(Optional.of(folder), 1));
        assertThrows(IllegalArgumentException.class, () -> Photos.of(Optional.of(folder.resolve("absent")), 1));
        Files.write(folder.resolve("a.JPG"), new byte[] {1});
        assertEquals(1, Photos.of(Optional.of(folder), 1).count());
    }
}
