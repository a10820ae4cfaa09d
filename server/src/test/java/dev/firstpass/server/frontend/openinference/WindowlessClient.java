package dev.firstpass.server.frontend.openinference;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.handler.codec.http2.Http2StreamFrame;
import io.netty.util.ReferenceCountUtil;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// One HTTP/2 connection that takes the heads of answers and not a byte of their bodies: its windows are empty.
///
/// For one thread.
final class WindowlessClient implements AutoCloseable {
    private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final Channel connection;
    private final int port;

    WindowlessClient(int port) throws InterruptedException {
        this.port = port;
        this.connection = new Bootstrap()
                .group(loop)
                .channel(NioSocketChannel.class)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline()
                                .addLast(
                                        Http2FrameCodecBuilder.forClient()
                                                .initialSettings(Http2Settings.defaultSettings()
                                                        .initialWindowSize(0))
                                                .build(),
                                        new Http2MultiplexHandler(new Ignored()));
                    }
                })
                .connect(InetAddress.getLoopbackAddress(), port)
                .sync()
                .channel();
    }

    /// A request whose answer has begun.
    ///
    /// @param status of the answer
    record Begun(int status, Http2StreamChannel stream) {
        /// Does not want the rest.
        void reset() throws InterruptedException {
            var _ = stream.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.CANCEL))
                    .sync();
        }
    }

    /// Posts JSON and waits for the answer's head.
    Begun post(String path, String json) throws Exception {
        CompletableFuture<Integer> status = new CompletableFuture<>();
        Http2StreamChannel stream = new Http2StreamChannelBootstrap(connection)
                .handler(new SimpleChannelInboundHandler<Http2StreamFrame>() {
                    @Override
                    protected void channelRead0(ChannelHandlerContext context, Http2StreamFrame frame) {
                        if (frame instanceof Http2HeadersFrame head) {
                            status.complete(
                                    Integer.parseInt(head.headers().status().toString()));
                        }
                    }
                })
                .open()
                .sync()
                .getNow();
        var _ = stream.write(new DefaultHttp2HeadersFrame(new DefaultHttp2Headers()
                .method("POST")
                .scheme("http")
                .authority("127.0.0.1:" + port)
                .path(path)
                .set("content-type", "application/json")));
        var _ = stream.writeAndFlush(
                        new DefaultHttp2DataFrame(Unpooled.copiedBuffer(json, StandardCharsets.UTF_8), true))
                .sync();
        return new Begun(status.get(20, TimeUnit.SECONDS), stream);
    }

    /// Waits until the server has closed the connection.
    void awaitClosed() {
        assertTrue(connection.closeFuture().awaitUninterruptibly(20, TimeUnit.SECONDS), "still open");
    }

    @Override
    public void close() {
        var _ = connection.close().syncUninterruptibly();
        var _ = loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    /// Streams that a server begins: there are none.
    private static final class Ignored extends io.netty.channel.ChannelInboundHandlerAdapter {
        @Override
        public boolean isSharable() {
            return true;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ReferenceCountUtil.release(message);
        }
    }
}
