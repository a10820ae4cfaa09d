package dev.firstpass.registry.store;

import dev.firstpass.registry.ProgressListener;
import java.util.Optional;

/// Keeps what a listener throws during a validation: it ends the registration, and is no failure of the version.
///
/// For one thread.
final class HeldProgress implements ProgressListener {
    private final ProgressListener listener;
    private Optional<RuntimeException> thrown = Optional.empty();

    HeldProgress(ProgressListener listener) {
        this.listener = listener;
    }

    @Override
    public void progress(Step step, long done, long total) {
        if (thrown.isPresent()) {
            return;
        }
        try {
            listener.progress(step, done, total);
        } catch (RuntimeException e) {
            thrown = Optional.of(e);
        }
    }

    /// Throws what the listener threw, if it did.
    void rethrow() {
        thrown.ifPresent(e -> {
            throw e;
        });
    }
}
