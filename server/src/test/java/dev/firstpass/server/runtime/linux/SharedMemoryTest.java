package dev.firstpass.server.runtime.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

final class SharedMemoryTest {
    @Test
    void memory_mappedTwice_isTheSame() {
        try (SharedMemory made = SharedMemory.create("test", 1 << 20);
                SharedMemory opened = SharedMemory.of(Descriptors.open(made.path()), 1 << 20)) {
            made.segment().set(ValueLayout.JAVA_INT, 4096, 7);

            assertEquals(7, opened.segment().get(ValueLayout.JAVA_INT, 4096));
        }
    }

    @Test
    void size_afterItIsMade_cannotBeChanged() throws IOException {
        try (SharedMemory made = SharedMemory.create("test", 1 << 20);
                RandomAccessFile file = new RandomAccessFile(made.path(), "rw")) {
            assertThrows(IOException.class, () -> file.setLength(0));
            assertThrows(IOException.class, () -> file.setLength(2 << 20));
            assertEquals(1 << 20, file.length());
        }
    }

    /// A gigabyte that nobody has touched is not there.
    @Test
    void memory_untouched_costsNothing() throws IOException {
        long before = residentKib();
        try (SharedMemory made = SharedMemory.create("test", 1 << 30)) {
            made.segment().set(ValueLayout.JAVA_BYTE, 0, (byte) 1);

            assertTrue(residentKib() - before < 4 << 10);
        }
    }

    private static long residentKib() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("RssShmem:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                .sum();
    }

    @Test
    void offset_ofAPart_isWhereItBegins() {
        try (SharedMemory made = SharedMemory.create("test", 1 << 20);
                Arena elsewhere = Arena.ofConfined()) {
            assertEquals(OptionalLong.of(64), made.offsetOf(made.segment().asSlice(64, 100)));
            assertEquals(OptionalLong.empty(), made.offsetOf(elsewhere.allocate(64)));
        }
    }

    @Test
    void discard_ofAPart_leavesZeros() {
        try (SharedMemory made = SharedMemory.create("test", 1 << 20)) {
            made.segment().fill((byte) 1);

            made.discard(made.segment().asSlice(0, 4096));

            assertEquals(0, made.segment().get(ValueLayout.JAVA_BYTE, 4095));
            assertEquals(1, made.segment().get(ValueLayout.JAVA_BYTE, 4096));
        }
    }

    @Test
    void segment_afterClose_isNotReadable() {
        SharedMemory made = SharedMemory.create("test", 64);
        made.close();

        assertThrows(IllegalStateException.class, () -> made.segment().get(ValueLayout.JAVA_BYTE, 0));
    }
}
