package dev.firstpass.server.runtime.linux;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

@Isolated("looks at this process as a whole")
final class NativeHeapTest {
    private static final int PIECES = 4096;
    private static final long PIECE = 16 << 10;

    /// Pieces below the size that the C library maps one by one; the last one is held, so that the heap cannot shrink
    /// by itself.
    @Test
    void trim_afterMuchWasFreed_givesItBack() throws IOException {
        var malloc = NativeLibrary.C
                .function("malloc", FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_LONG))
                .orElseThrow();
        var free = NativeLibrary.C
                .function("free", FunctionDescriptor.ofVoid(ValueLayout.ADDRESS))
                .orElseThrow();
        List<MemorySegment> pieces = new ArrayList<>();
        for (int i = 0; i < PIECES; i++) {
            if (malloc.call(PIECE) instanceof MemorySegment piece) {
                pieces.add(piece.reinterpret(PIECE).fill((byte) 1));
            }
        }
        pieces.subList(0, PIECES - 1).forEach(piece -> free.call(piece));
        long before = residentPages();

        NativeHeap.trim();

        long given = (before - residentPages()) * 4096;
        free.call(pieces.getLast());
        assertTrue(given > PIECES * PIECE / 2, given + " bytes");
    }

    private static long residentPages() throws IOException {
        return Long.parseLong(Files.readString(Path.of("/proc/self/statm")).split(" ", 3)[1]);
    }
}
