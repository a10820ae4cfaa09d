package dev.firstpass.server.frontend.listen;

import com.linecorp.armeria.common.Flags;
import com.linecorp.armeria.common.util.EventLoopGroups;
import com.linecorp.armeria.common.util.TransportType;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/// The thread that takes in connections at one port. When its server goes down it ends at once, where Netty would wait
/// two seconds for more work: the drain came first, so there is none.
///
/// Thread-safe. The server that it is given to closes it.
final class Acceptor extends MultiThreadIoEventLoopGroup {
    private Acceptor(IoHandlerFactory transport) {
        super(1, new DefaultThreadFactory("accept", true), transport);
    }

    /// One for the transport in use; Armeria's own for one that is not ours to build.
    static EventLoopGroup create() {
        TransportType transport = Flags.transportType();
        if (transport == TransportType.EPOLL) {
            return new Acceptor(EpollIoHandler.newFactory());
        }
        return transport == TransportType.NIO
                ? new Acceptor(NioIoHandler.newFactory())
                : EventLoopGroups.newEventLoopGroup(1, "accept", true);
    }

    @Override
    public Future<?> shutdownGracefully() {
        return shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
