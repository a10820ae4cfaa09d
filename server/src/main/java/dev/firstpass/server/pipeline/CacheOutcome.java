package dev.firstpass.server.pipeline;

/// Where an answer's findings came from.
public enum CacheOutcome {
    /// They were known.
    HIT,

    /// They were not, and were made for this request.
    MISS,

    /// They were not, but what an encoder makes of the asset was, so that only the stages after it ran.
    EMBEDDING,

    /// Another request was making the same, and this one waited for it.
    SHARED,

    /// They were made for this request because it did not want what is known.
    BYPASS;

    /// Its name on the wire: `hit`, `miss`, `embedding`, `shared`, `bypass`.
    public String id() {
        return switch (this) {
            case HIT -> "hit";
            case MISS -> "miss";
            case EMBEDDING -> "embedding";
            case SHARED -> "shared";
            case BYPASS -> "bypass";
        };
    }

    /// Whether no model ran for this answer.
    public boolean isCached() {
        return switch (this) {
            case HIT, SHARED -> true;
            case MISS, EMBEDDING, BYPASS -> false;
        };
    }
}
