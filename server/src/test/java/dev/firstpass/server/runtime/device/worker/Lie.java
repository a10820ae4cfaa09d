package dev.firstpass.server.runtime.device.worker;

/// What a [LyingWorkerMain] does instead of answering a run.
enum Lie {
    /// A message longer than a slot.
    TOO_LONG,
    /// A message of less than nothing.
    NEGATIVE_LENGTH,
    /// Bytes that are no message.
    GARBAGE,
    /// An answer to another question.
    OUT_OF_TURN,
    /// Wants more memory than there is.
    NEEDS_TOO_MUCH,
    NEEDS_LESS_THAN_NOTHING,
    /// Wants memory again and again.
    NEEDS_FOR_EVER,
    /// Says that it is done, without an output.
    NO_OUTPUT,
    /// Says that an output is in memory that it was not given.
    OTHER_MEMORY,
    OTHER_SHAPE,
    /// A shape of more elements than there are numbers.
    ENDLESS_SHAPE,
    /// Never answers, and says that it lives.
    SILENCE,
    /// Writes all over what it shares with the server, and goes on.
    SCRIBBLES
}
