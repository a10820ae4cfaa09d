package dev.firstpass.server.ledger;

/// A prediction with its place in the ledger.
///
/// Immutable.
///
/// @param sequence grows in the order of writing, from 1; used once
public record RecordedPrediction(long sequence, Prediction prediction) {}
