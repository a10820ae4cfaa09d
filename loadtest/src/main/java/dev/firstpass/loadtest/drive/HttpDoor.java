package dev.firstpass.loadtest.drive;

import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.RequestHeaders;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/// `POST /v1/models/{ref}/prelabels`. Results that the server remembers do not count: it is asked to do the work.
///
/// Thread-safe. Who makes it closes it.
public final class HttpDoor implements Door {
    private final DoorClient client;
    private final String prefix;

    /// @param target the server's root, for instance `http://127.0.0.1:8080/`
    /// @param patience after which an answer is not waited for
    public HttpDoor(URI target, Duration patience) {
        this.client = new DoorClient(target, "reason", patience);
        String path = target.getRawPath();
        this.prefix = (path.endsWith("/") ? path : path + "/") + "v1/models/";
    }

    @Override
    public CompletableFuture<Answer> send(Ask ask) {
        StringBuilder path = new StringBuilder(prefix)
                .append(ask.model())
                .append("/prelabels?priority=")
                .append(ask.isBulk() ? "bulk" : "interactive");
        ask.timeout()
                .ifPresent(timeout ->
                        path.append("&timeout=").append(timeout.toMillis()).append("ms"));
        RequestHeaders headers = RequestHeaders.builder(HttpMethod.POST, path.toString())
                .set("content-type", "application/octet-stream")
                .set("cache-control", "no-cache")
                .build();
        return client.send(headers, ask.image());
    }

    @Override
    public void close() {
        client.close();
    }
}
