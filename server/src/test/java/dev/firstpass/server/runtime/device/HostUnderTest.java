package dev.firstpass.server.runtime.device;

import java.util.function.Function;

/// A host by its name, and the slab that it is over: what a contract test is run with, which JUnit closes.
///
/// As thread-safe as the host.
record HostUnderTest<H extends AutoCloseable>(String name, Slab slab, H host) implements AutoCloseable {
    /// A kind of host; `of` makes one over a slab.
    record Maker<H extends AutoCloseable>(String name, Function<Slab, H> of) {
        HostUnderTest<H> begin() {
            Slab slab = new Slab(1 << 20, 1 << 20);
            return new HostUnderTest<>(name, slab, of.apply(slab));
        }
    }

    @Override
    public void close() {
        try {
            host.close();
        } catch (Exception e) {
            throw new IllegalStateException("the host does not close: " + name, e);
        } finally {
            slab.close();
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
