package dev.firstpass.registry.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Lines as strace 6.1 writes them.
final class TracedCallTest {
    @TempDir
    private Path temp;

    private List<TracedCall> read(String... lines) throws IOException {
        return TracedCall.read(Files.write(temp.resolve("log"), List.of(lines)));
    }

    @Test
    void read_ofACall_hasItsArgumentsAndItsResult() throws IOException {
        TracedCall call =
                read("812 pwrite64(7, \"\\x61\\x2c\\x62\", 3, 4096) = 3").getFirst();

        assertEquals("pwrite64", call.name());
        assertEquals(7, call.descriptor(0));
        assertEquals("a,b", call.text(1));
        assertEquals(4096, call.number(3));
        assertEquals(3, call.result());
    }

    @Test
    void read_ofACallThatFailed_isBelowZero() throws IOException {
        TracedCall call = read("812 fsync(5)                      = -1 EIO (Input/output error) (INJECTED)")
                .getFirst();

        assertEquals(true, call.failed());
        assertEquals(List.of("5"), call.arguments());
    }

    @Test
    void read_ofAListOfBuffers_isAllOfThem() throws IOException {
        TracedCall call =
                read("812 writev(3, [{iov_base=\"\\x61\\x62\", iov_len=2}, {iov_base=\"\\x63\", iov_len=1}], 2) = 3")
                        .getFirst();

        assertArrayEquals(new byte[] {'a', 'b', 'c'}, call.bytes(1));
        assertEquals(2, call.number(2));
    }

    /// Calls stand in the order in which they ended, with where they began.
    @Test
    void read_ofACallThatOthersCameBetween_isOne() throws IOException {
        List<TracedCall> calls = read(
                "812 fsync(5 <unfinished ...>",
                "813 pwrite64(6, \"\\x61\", 1, 0)    = 1",
                "812 <... fsync resumed>)             = 0",
                "814 openat(AT_FDCWD, \"\\x2f\\x61\", O_RDWR|O_CREAT <unfinished ...>",
                "814 <... openat resumed>, 0644)  = 9",
                "812 +++ exited with 0 +++");

        assertEquals(
                List.of("pwrite64", "fsync", "openat"),
                calls.stream().map(TracedCall::name).toList());
        assertEquals(0, calls.get(1).begun());
        assertEquals(5, calls.get(1).descriptor(0));
        assertEquals(
                List.of("AT_FDCWD", "\"\\x2f\\x61\"", "O_RDWR|O_CREAT", "0644"),
                calls.get(2).arguments());
    }

    @Test
    void bytes_thatWereCutShort_areRefused() throws IOException {
        TracedCall call = read("812 write(1, \"\\x61\"..., 900) = 900").getFirst();

        assertThrows(IllegalStateException.class, () -> call.bytes(1));
    }

    /// Its number may be given to another file before it ends.
    @Test
    void read_ofACloseThatOthersCameBetween_standsWhereItBegan() throws IOException {
        List<TracedCall> calls = read(
                "812 close(5 <unfinished ...>",
                "813 openat(AT_FDCWD, \"\\x2f\\x61\", O_RDWR) = 5",
                "812 <... close resumed>)             = 0");

        assertEquals(
                List.of("close", "openat"), calls.stream().map(TracedCall::name).toList());
    }
}
