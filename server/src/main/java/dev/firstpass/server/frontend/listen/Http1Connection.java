package dev.firstpass.server.frontend.listen;

import dev.firstpass.server.config.Limits;
import io.netty.buffer.ByteBuf;

/// A connection of HTTP/1.
///
/// For one connection's event loop.
final class Http1Connection extends ConnectionGuard {
    private final Http1Guard messages;
    private final int mostUnderWay;

    Http1Connection(Connections connections, Breaches breaches, Limits limits, Http1Guard messages) {
        super(connections, breaches, limits, limits.wire().headTimeout().toNanos());
        this.messages = messages;
        this.mostUnderWay = limits.maxStreams();
        messages.countFor(this);
    }

    /// With an answer, which the library closes after.
    @Override
    void endLate() {
        messages.refuseHead();
    }

    @Override
    boolean hasUnsent() {
        return false;
    }

    @Override
    void goesOut(ByteBuf bytes) {}

    @Override
    boolean expectsMessage() {
        return !messages.isReading();
    }

    /// Requests of HTTP/1 that are sent before the answers to earlier ones are worked on at once, as streams of HTTP/2 are.
    @Override
    boolean isFull() {
        return messages.underWay() >= mostUnderWay && !messages.isReading();
    }

    @Override
    void lookFurther(long nanos) {}
}
