package dev.firstpass.loadtest.gate;

/// A block of each version, one right after the other, with the same requests: what the machine did meanwhile, both felt.
///
/// Immutable.
record Pair(Block stable, Block candidate) {}
