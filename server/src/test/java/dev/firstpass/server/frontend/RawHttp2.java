package dev.firstpass.server.frontend;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.util.ReferenceCountUtil;
import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// HTTP/2 with whatever stands in its headers, for requests that no client library would send.
///
/// For one thread.
public final class RawHttp2 implements AutoCloseable {
    private final int port;
    private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private Channel connection;

    public RawHttp2(int port) {
        this.port = port;
        this.connection = connect();
    }

    private Channel connect() {
        return new Bootstrap()
                .group(loop)
                .channel(NioSocketChannel.class)
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline()
                                .addLast(Http2FrameCodecBuilder.forClient()
                                        .validateHeaders(false)
                                        .build())
                                .addLast(new Http2MultiplexHandler(new ChannelInboundHandlerAdapter()));
                    }
                })
                .connect(InetAddress.getLoopbackAddress(), port)
                .syncUninterruptibly()
                .channel();
    }

    /// Under which an answer of status 0 has what ended the stream.
    public static final String ENDED = "ended";

    /// What came back: the first headers; status 0 where the stream was ended without any, and in the header [#ENDED] `RST_STREAM` and the
    /// code's name, or `closed` where the connection was gone with nothing said of the stream.
    public RawHttp.Answer send(String method, String path, Map<String, String> headers, byte[] body) {
        if (!connection.isActive()) {
            connection = connect();
        }
        CompletableFuture<RawHttp.Answer> answer = new CompletableFuture<>();
        try {
            Http2StreamChannel stream = new Http2StreamChannelBootstrap(connection)
                    .handler(new Reader(answer))
                    .open()
                    .get(10, TimeUnit.SECONDS);
            Http2Headers head = new DefaultHttp2Headers(false)
                    .method(method)
                    .scheme("http")
                    .authority("localhost")
                    .path(path);
            headers.forEach(head::add);
            var _ = stream.write(new DefaultHttp2HeadersFrame(head, body.length == 0));
            if (body.length > 0) {
                var _ = stream.write(new DefaultHttp2DataFrame(Unpooled.wrappedBuffer(body), true));
            }
            stream.flush();
            RawHttp.Answer first = answer.get(10, TimeUnit.SECONDS);
            var _ = stream.close();
            return first;
        } catch (Exception e) {
            throw new IllegalStateException(method + " " + path, e);
        }
    }

    private static final class Reader extends ChannelInboundHandlerAdapter {
        private final CompletableFuture<RawHttp.Answer> answer;

        Reader(CompletableFuture<RawHttp.Answer> answer) {
            this.answer = answer;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object frame) {
            if (frame instanceof Http2HeadersFrame told) {
                Map<String, String> headers = new LinkedHashMap<>();
                told.headers()
                        .forEach(header -> headers.put(
                                header.getKey().toString(), header.getValue().toString()));
                answer.complete(
                        new RawHttp.Answer(Integer.parseInt(headers.getOrDefault(":status", "0")), headers, ""));
            } else if (frame instanceof Http2ResetFrame reset) {
                end(reset);
            }
            ReferenceCountUtil.release(frame);
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event instanceof Http2ResetFrame reset) {
                end(reset);
            }
            ReferenceCountUtil.release(event);
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            end("closed");
        }

        private void end(Http2ResetFrame reset) {
            end("RST_STREAM " + Http2Error.valueOf(reset.errorCode()));
        }

        private void end(String how) {
            answer.complete(new RawHttp.Answer(0, Map.of(ENDED, how), ""));
        }
    }

    @Override
    public void close() {
        connection.close().syncUninterruptibly();
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }
}
