package dev.firstpass.server.runtime.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What is asked of kernels of different age; that it holds is WalledWorkerTest's.
final class LandlockTest {
    @ParameterizedTest
    @CsvSource({"1, 0x1fff", "2, 0x3fff", "3, 0x7fff", "4, 0x7fff", "5, 0xffff", "6, 0xffff", "99, 0xffff"})
    void handled_ofEachVersion_isAllThatItKnows(int version, String rights) {
        assertEquals(Long.decode(rights), Landlock.handled(version));
    }
}
