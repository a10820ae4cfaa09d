package dev.firstpass.registry;

/// Hears how far a registration is.
///
/// Called on the registering thread, often: it must return quickly. What it throws ends the registration as a
/// crash at that instant would: nothing is acknowledged, and what is left behind is cleaned when the registry
/// opens next.
@FunctionalInterface
public interface ProgressListener {
    ProgressListener NONE = (_, _, _) -> {};

    /// The steps of a registration, in their order.
    enum Step {
        /// Files are copied and hashed; counted in bytes.
        COPYING,
        /// The manifest is derived and checked.
        DERIVING,
        /// The files are made durable and moved to their place.
        STORING,
        /// The files are in place; the version is about to be written down.
        RECORDING,
        /// The version exists and is being validated.
        VALIDATING
    }

    /// @param done from 0 to `total`, never falling within a step
    void progress(Step step, long done, long total);
}
