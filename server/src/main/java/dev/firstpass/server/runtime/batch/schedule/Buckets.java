package dev.firstpass.server.runtime.batch.schedule;

/// What a model's rows are sorted into. Rows of one bucket can run together.
///
/// May be added to, by the thread that owns the schedule, as long as `count` stays as it is.
public interface Buckets {
    /// How many there are; always the same.
    int count();

    /// How large the image of a row is, in the model's input; rows of the same bucket do not differ in it.
    long pixels(int bucket);
}
