package dev.firstpass.server.cli;

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
            public void close() {}
        };

        /// `units` more are done.
        void advance(long units);

        @Override
        void close();
    }
}
