package dev.firstpass.server.frontend.listen;

import java.util.Locale;

/// What a connection was refused or cut off for, before or beside any request. The names are those in metrics.
enum Breach {
    /// The listener has as many connections as it may.
    CONNECTIONS,

    /// The address has.
    CONNECTIONS_OF_ADDRESS,

    /// A head, or a frame of HTTP/2, whose end did not come in time; or no head at all.
    SLOW_HEAD,

    /// The rest of a body, after its request was answered, did not come in time.
    SLOW_BODY,

    /// Is not HTTP/1.1 as it should be.
    MALFORMED,

    /// A head with too many lines, or too long.
    HEAD_TOO_LARGE,

    /// A body in too many pieces for its size.
    CHUNKS,

    /// More is announced than anything here takes.
    BODY_TOO_LARGE,

    /// Asks on and on, and reads no answers.
    UNREAD,

    /// Reads its answers more slowly than is allowed.
    SLOW_READER,

    /// Ended too many streams of HTTP/2 that it had just opened.
    RESETS,

    /// Made the server end too many streams of HTTP/2.
    RESETS_CAUSED,

    /// Too many frames of HTTP/2 that ask for nothing.
    IDLE_FRAMES,

    /// Any other fault that the connection of HTTP/2 was ended for.
    HTTP2;

    String id() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
