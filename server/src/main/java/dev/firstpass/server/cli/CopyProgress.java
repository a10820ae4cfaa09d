package dev.firstpass.server.cli;

import dev.firstpass.registry.store.Backup;
import java.util.function.Supplier;

/// Shows how far a copy is, in bytes.
///
/// For one thread.
final class CopyProgress implements Backup.Progress, AutoCloseable {
    private final String what;
    private final Progress progress;
    private Progress.Task task = Progress.Task.SILENT;
    private long shown;
    private long total = -1;

    /// @param what in the present participle
    CopyProgress(String what, Progress progress) {
        this.what = what;
        this.progress = progress;
    }

    @Override
    public void copied(long done, long of) {
        if (of != total) {
            task.close();
            task = progress.begin(what, of, Progress.Unit.BYTES);
            total = of;
            shown = 0;
        }
        if (done > shown) {
            task.advance(done - shown);
            shown = done;
        }
    }

    <T> T during(Supplier<T> work) {
        try {
            return work.get();
        } catch (RuntimeException | Error e) {
            task.failed();
            throw e;
        }
    }

    @Override
    public void close() {
        task.close();
    }
}
