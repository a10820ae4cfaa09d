package dev.firstpass.server.cli;

import dev.firstpass.server.tuning.TuningListener;
import java.util.Optional;

/// Shows how far a tuning has come. Closed before it is complete, it failed.
///
/// For one thread.
final class TuningProgress implements TuningListener, AutoCloseable {
    private final String version;
    private final Progress progress;
    private Optional<Progress.Task> task = Optional.empty();
    private int shown;
    private boolean isComplete;

    TuningProgress(String version, Progress progress) {
        this.version = version;
        this.progress = progress;
    }

    @Override
    public void measured(int done, int all) {
        if (task.isEmpty()) {
            task = Optional.of(progress.begin("Tuning " + version, all, Progress.Unit.STEPS));
        }
        task.get().advance(done - shown);
        shown = done;
    }

    void complete() {
        isComplete = true;
    }

    @Override
    public void close() {
        task.ifPresent(begun -> {
            if (!isComplete) {
                begun.failed();
            }
            begun.close();
        });
    }
}
