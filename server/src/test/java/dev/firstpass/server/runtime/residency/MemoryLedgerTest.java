package dev.firstpass.server.runtime.residency;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class MemoryLedgerTest {
    private final MemoryLedger ledger = new MemoryLedger(100);

    @Test
    void open_overTheBudget_isRefused() {
        var _ = ledger.open(60).orElseThrow();
        assertTrue(ledger.open(41).isEmpty());
        assertTrue(ledger.open(-1).isEmpty());
        assertEquals(40, ledger.freeBytes());
    }

    @Test
    void settle_aboveTheBudget_isSeen() {
        MemoryLedger.Account account = ledger.open(60).orElseThrow();
        account.settle(120);
        assertEquals(-20, ledger.freeBytes());
        assertEquals(120, account.bytes());
    }

    @Test
    void close_twice_givesBackOnce() {
        MemoryLedger.Account account = ledger.open(60).orElseThrow();
        account.settle(50);
        account.close();
        account.close();
        assertEquals(0, ledger.usedBytes());
        assertThrows(IllegalStateException.class, () -> account.settle(1));
    }
}
