package dev.firstpass.server.frontend.listen;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;

/// Reads nothing more of a connection that does not take what is written to it, until it does: who sends requests and
/// never reads is held back by its own socket, and what is kept for it does not grow.
///
/// For one connection's event loop.
final class HeldReads extends ChannelDuplexHandler {
    /// Somebody wanted to read and was put off.
    private boolean isHeld;

    @Override
    public void read(ChannelHandlerContext context) {
        if (context.channel().isWritable()) {
            context.read();
        } else {
            isHeld = true;
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (isHeld && context.channel().isWritable()) {
            isHeld = false;
            context.read();
        }
        context.fireChannelWritabilityChanged();
    }
}
