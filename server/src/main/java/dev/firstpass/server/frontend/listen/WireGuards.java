package dev.firstpass.server.frontend.listen;

import dev.firstpass.server.config.Limits;
import dev.firstpass.server.frontend.Operations;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.CombinedChannelDuplexHandler;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.ssl.SniHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import org.jspecify.annotations.Nullable;

/// Puts the guards of one listener into each new connection's pipeline.
///
/// Thread-safe.
final class WireGuards {
    private final Limits limits;
    private final Operations.InFlight inFlight;
    private final Breaches breaches;
    private final Connections connections;

    WireGuards(Limits limits, EventLoopGroup loops, Operations.InFlight inFlight, Breaches breaches) {
        this.limits = limits;
        this.inFlight = inFlight;
        this.breaches = breaches;
        this.connections = new Connections(limits, loops, breaches);
    }

    /// Begins to look after connections. Ends with the event loops.
    void start() {
        connections.start();
    }

    /// To be called for each new connection, on its event loop; closes it if there are too many.
    void install(ChannelPipeline pipeline) {
        if (connections.admit(pipeline.channel())) {
            // What undoes TLS takes the place of this handler once it knows the certificate.
            @Nullable ChannelHandlerContext tls = pipeline.context(SniHandler.class);
            if (tls == null) {
                pipeline.addFirst(new Installer());
            } else {
                pipeline.addAfter(tls.name(), Installer.class.getName(), new Installer());
            }
        } else {
            pipeline.channel().eventLoop().execute(() -> {
                var _ = pipeline.channel().close();
            });
        }
    }

    /// The codec comes into the pipeline when the first four bytes have told HTTP/1 from HTTP/2, or when a TLS handshake has
    /// agreed on one. So those bytes are passed on alone, and the guards take their places before any request can come
    /// out of it.
    ///
    /// Where there is TLS, this has to stand directly behind what undoes it.
    private final class Installer extends ChannelInboundHandlerAdapter implements Connections.Watched {
        private static final int TELLING_BYTES = 4;

        /// RFC 9113, 3.4.
        private static final int PREFACE_BYTES = 24;

        private int passed;
        private long since;
        private boolean isSeen;
        private @Nullable Channel channel;

        @Override
        public void handlerAdded(ChannelHandlerContext context) {
            channel = context.channel();
            connections.watch(context.channel(), this);
        }

        @Override
        public void handlerRemoved(ChannelHandlerContext context) {
            connections.ignore(context.channel(), this);
        }

        /// Who says nothing is idle; who begins to say something has to go on.
        @Override
        public void look(long nanos) {
            if (!isSeen) {
                isSeen = true;
                since = nanos;
            }
            long most = (passed == 0 ? limits.idleTimeout() : limits.wire().headTimeout()).toNanos();
            Channel waiting = channel;
            if (waiting != null && nanos - since >= most) {
                breaches.count(Breach.SLOW_HEAD);
                var _ = waiting.close();
            }
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            if (!(message instanceof ByteBuf bytes)) {
                context.fireChannelRead(message);
                return;
            }
            int missing = TELLING_BYTES - passed;
            if (bytes.readableBytes() < missing) {
                isSeen = isSeen && passed > 0;
                passed += bytes.readableBytes();
                context.fireChannelRead(bytes);
                return;
            }
            context.fireChannelRead(bytes.readRetainedSlice(missing));
            settle(context, TELLING_BYTES);
            context.fireChannelRead(bytes);
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            context.fireUserEventTriggered(event);
            if (event instanceof SslHandshakeCompletionEvent) {
                settle(context, 0);
            }
        }

        private void settle(ChannelHandlerContext context, int passedOn) {
            ChannelPipeline pipeline = context.pipeline();
            @Nullable ChannelHandlerContext http1 = pipeline.context(CombinedChannelDuplexHandler.class);
            @Nullable ChannelHandlerContext http2 = pipeline.context(Http2ConnectionHandler.class);
            if (http1 != null) {
                Http1Guard messages = new Http1Guard(
                        inFlight, Math.max(limits.maxUploadBytes(), limits.maxBodyBytes()), breaches, System::nanoTime);
                pipeline.addAfter(http1.name(), Http1Guard.class.getName(), messages);
                pipeline.addBefore(
                        http1.name(),
                        ConnectionGuard.class.getName(),
                        new Http1Connection(connections, breaches, limits, context.channel(), messages));
            } else if (http2 != null) {
                pipeline.addBefore(
                        http2.name(),
                        ConnectionGuard.class.getName(),
                        new Http2Connection(connections, breaches, limits, http2, PREFACE_BYTES - passedOn));
            }
            pipeline.remove(this);
        }
    }
}
