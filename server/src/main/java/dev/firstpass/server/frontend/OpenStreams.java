package dev.firstpass.server.frontend;

import com.linecorp.armeria.server.ServiceRequestContext;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Calls of many messages, which nobody knows the end of: a server that goes down would wait for one whose client has nothing to ask just
/// then. So each is told.
///
/// Thread-safe.
public final class OpenStreams {
    private final Map<ServiceRequestContext, Runnable> open = new ConcurrentHashMap<>();
    private volatile boolean isEnding;

    /// @param end has the call take no more messages, and end once those that came are answered; on any thread, once or twice
    public void began(ServiceRequestContext call, Runnable end) {
        open.put(call, end);
        var _ = call.log().whenComplete().thenRun(() -> open.remove(call));
        if (isEnding) {
            end.run();
        }
    }

    /// Asks the clients of all of them to use other connections for what they do next; the calls go on.
    public void turnAway() {
        open.keySet().forEach(call -> {
            var _ = call.initiateConnectionShutdown();
        });
    }

    /// Ends all of them, and those that begin from now on.
    public void end() {
        isEnding = true;
        open.values().forEach(Runnable::run);
    }
}
