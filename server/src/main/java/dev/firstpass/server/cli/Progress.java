package dev.firstpass.server.cli;

import java.util.function.Supplier;

/// Shows a waiting person how far a piece of work has come. Everything that may take over a second reports here.
///
/// Thread-safe, as are its tasks.
interface Progress {
    /// Shows nothing.
    Progress SILENT = (what, total, unit) -> Task.SILENT;

    /// The total of work whose amount is not known beforehand.
    long UNKNOWN = -1;

    /// Begins a piece of work. It ends when the task is closed.
    ///
    /// @param what in the present participle, for instance `Fetching coco`
    /// @param total how many units there are, or [#UNKNOWN]
    Task begin(String what, long total, Unit unit);

    /// Does all of a piece of work within `task`, and closes it.
    static <T> T during(Task task, Supplier<T> work) {
        try {
            return work.get();
        } catch (RuntimeException | Error e) {
            task.failed();
            throw e;
        } finally {
            task.close();
        }
    }

    /// What is counted.
    enum Unit {
        BYTES,
        PHOTOS,
        STEPS
    }

    /// One piece of work under way.
    interface Task extends AutoCloseable {
        Task SILENT = new Task() {
            @Override
            public void advance(long units) {}

            @Override
            public void failed() {}

            @Override
            public void close() {}
        };

        /// `units` more are done.
        void advance(long units);

        /// The work ended before its end: closing the task does not say that it is done.
        void failed();

        @Override
        void close();
    }
}
