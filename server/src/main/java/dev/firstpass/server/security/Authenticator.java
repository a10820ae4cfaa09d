package dev.firstpass.server.security;

import dev.firstpass.server.call.Caller;

/// Who somebody is, by what they show.
///
/// Thread-safe. Asked on event loops, once or twice for each request: it costs microseconds and does not block.
@FunctionalInterface
public interface Authenticator {
    /// Where callers are not told apart.
    Authenticator NONE = _ -> new Verdict.Known(Caller.LOCAL);

    Verdict check(Credential credential);
}
