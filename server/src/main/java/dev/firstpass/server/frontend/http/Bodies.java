package dev.firstpass.server.frontend.http;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpObject;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.stream.StreamTimeoutMode;
import io.netty.util.concurrent.EventExecutor;
import java.io.InputStream;
import java.time.Duration;

/// Bodies as they come.
final class Bodies {
    private Bodies() {}

    /// A body to be read at the speed of its reader, who blocks and closes it.
    ///
    /// It is subscribed to on the connection's own event loop: what counts the bytes that wait to be read turns the
    /// connection's reading off and on from where the subscription runs, and two threads that do so can leave it off for
    /// ever.
    ///
    /// @param connection the event loop of the request's connection
    /// @param patience longest time between two pieces
    static InputStream stream(EventExecutor connection, HttpRequest request, Duration patience) {
        return request.timeout(patience, StreamTimeoutMode.UNTIL_NEXT).toInputStream(Bodies::data, connection);
    }

    /// Trailers after the body say nothing here.
    private static HttpData data(HttpObject piece) {
        return piece instanceof HttpData data ? data : HttpData.empty();
    }
}
