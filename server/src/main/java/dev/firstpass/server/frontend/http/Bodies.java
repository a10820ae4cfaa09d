package dev.firstpass.server.frontend.http;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpObject;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.stream.StreamTimeoutMode;
import dev.firstpass.server.config.Limits;
import dev.firstpass.server.frontend.Pace;
import io.netty.util.concurrent.EventExecutor;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/// Bodies as they come.
final class Bodies {
    private Bodies() {}

    /// A body to be read at the speed of its reader, who blocks and closes it. Reading fails with REQUEST_TIMEOUT if it
    /// comes too slowly.
    ///
    /// It is subscribed to on the connection's own event loop: what counts the bytes that wait to be read turns the
    /// connection's reading off and on from where the subscription runs, and two threads that do so can leave it off for
    /// ever.
    ///
    /// @param connection the event loop of the request's connection
    /// @param limits its `bodyTimeout` is the longest time between two pieces
    static InputStream stream(EventExecutor connection, HttpRequest request, Limits limits) {
        return new Paced(
                request.timeout(limits.bodyTimeout(), StreamTimeoutMode.UNTIL_NEXT)
                        .toInputStream(Bodies::data, connection),
                new Pace(limits, System::nanoTime));
    }

    /// What a body that breaks off comes out of the stream as.
    static RuntimeException explained(IOException thrown) {
        return thrown.getCause() instanceof RuntimeException cause ? cause : new UncheckedIOException(thrown);
    }

    /// Trailers after the body say nothing here.
    private static HttpData data(HttpObject piece) {
        return piece instanceof HttpData data ? data : HttpData.empty();
    }

    private static final class Paced extends FilterInputStream {
        private final Pace pace;

        Paced(InputStream body, Pace pace) {
            super(body);
            this.pace = pace;
        }

        @Override
        public int read() throws IOException {
            int one = super.read();
            pace.came(one < 0 ? 0 : 1);
            return one;
        }

        @Override
        public int read(byte[] into, int at, int most) throws IOException {
            int count = super.read(into, at, most);
            pace.came(Math.max(0, count));
            return count;
        }
    }
}
