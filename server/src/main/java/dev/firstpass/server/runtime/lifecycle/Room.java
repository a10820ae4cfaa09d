package dev.firstpass.server.runtime.lifecycle;

import dev.firstpass.server.runtime.residency.MemoryLedger;

/// Memory of a device that is set aside for a version while it is tried out, beside those that serve.
///
/// Thread-safe. Who was given it closes it when the version has left.
public final class Room implements AutoCloseable {
    private final String device;
    private final MemoryLedger ledger;
    private final MemoryLedger.Account account;

    Room(String device, MemoryLedger ledger, MemoryLedger.Account account) {
        this.device = device;
        this.ledger = ledger;
        this.account = account;
    }

    /// Name of the device.
    public String device() {
        return device;
    }

    /// Bytes that the version may hold as things are: what is set aside, and what nobody has.
    public long most() {
        return account.bytes() + Math.max(0, ledger.freeBytes());
    }

    /// It holds so much, at least; others see that it is taken, as far as nobody had it before.
    public void holds(long bytes) {
        account.settle(Math.max(account.bytes(), Math.min(bytes, most())));
    }

    @Override
    public void close() {
        account.close();
    }
}
