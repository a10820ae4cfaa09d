package dev.firstpass.registry.store;

/// The right to register one content, until closed. For the thread that got it.
@FunctionalInterface
interface ContentLock extends AutoCloseable {
    @Override
    void close();
}
