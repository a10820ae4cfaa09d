package dev.firstpass.loadtest.drive;

import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.RequestHeaders;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// `POST /v1/models/{ref}/prelabels`. Results that the server remembers do not count: it is asked to do the work.
///
/// Thread-safe. Who makes it closes it.
public final class HttpDoor implements Door {
    private static final Pattern REASON = Pattern.compile("\"reason\"\\s*:\\s*\"([A-Z_]+)\"");

    private final ClientFactory clients;
    private final WebClient client;
    private final String prefix;

    /// @param target the server's root, for instance `http://127.0.0.1:8080/`
    /// @param patience after which an answer is not waited for
    public HttpDoor(URI target, Duration patience) {
        this.clients = ClientFactory.builder()
                .connectTimeout(Duration.ofSeconds(5))
                .idleTimeout(Duration.ofSeconds(30))
                .build();
        this.client = WebClient.builder(target.getScheme() + "://" + target.getRawAuthority())
                .factory(clients)
                .responseTimeout(patience)
                .writeTimeout(patience)
                .build();
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
        return client.execute(HttpRequest.of(headers, HttpData.wrap(ask.image())))
                .aggregate()
                .handle((response, failure) -> failure == null ? answer(response) : Answer.failed(why(failure)));
    }

    private static Answer answer(AggregatedHttpResponse response) {
        int status = response.status().code();
        return status == 200 ? Answer.GOOD : Answer.of(status, reason(response.contentUtf8()));
    }

    private static String reason(String body) {
        Matcher reason = REASON.matcher(body);
        return reason.find() ? reason.group(1) : "";
    }

    private static String why(Throwable failure) {
        Throwable cause = failure;
        for (Throwable deeper = cause; deeper != null; deeper = deeper.getCause()) {
            cause = deeper;
        }
        return cause.getClass().getSimpleName();
    }

    @Override
    public void close() {
        clients.close();
    }
}
