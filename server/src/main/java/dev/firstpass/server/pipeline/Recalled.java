package dev.firstpass.server.pipeline;

/// What came of looking for an answer that is at hand.
///
/// Immutable.
public sealed interface Recalled {
    /// Here it is: a prediction of its own, in the ledger.
    record Known(PrelabelAnswer answer) implements Recalled {}

    /// There is none, so the walk is to be walked.
    ///
    /// @param request the same; what was found out of its asset meanwhile need not be found out again
    record Nothing(PrelabelRequest request) implements Recalled {}
}
