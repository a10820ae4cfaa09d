package dev.firstpass.server.runtime.supervision;

/// Hears what goes wrong with workers and what is done about it. Must be quick and throw nothing.
///
/// Thread-safe.
public interface SupervisionListener {
    SupervisionListener NONE = new SupervisionListener() {
        @Override
        public void workerLost(String device, String role, String reason) {}

        @Override
        public void quarantined() {}

        @Override
        public void rolledBack() {}
    };

    /// A worker process was lost. The next one starts when it is needed.
    ///
    /// @param device for instance `cpu`
    /// @param role what the process is for, for instance `onnx`
    /// @param reason one of a few words
    void workerLost(String device, String role, String reason);

    /// An input is refused from now on.
    void quarantined();

    /// An alias was taken back from a version that has failed.
    void rolledBack();
}
