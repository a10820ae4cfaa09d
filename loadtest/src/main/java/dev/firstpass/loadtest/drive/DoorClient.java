package dev.firstpass.loadtest.drive;

import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.RequestHeaders;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The HTTP client behind a door, and what its answers mean.
///
/// Thread-safe. Who makes it closes it.
final class DoorClient implements AutoCloseable {
    private final ClientFactory clients;
    private final WebClient client;
    private final Pattern reason;

    /// @param target the server's root; only scheme, host and port count
    /// @param reason the field of a refusal's JSON that has its reason
    /// @param patience after which an answer is not waited for
    DoorClient(URI target, String reason, Duration patience) {
        this.clients = ClientFactory.builder()
                .connectTimeout(Duration.ofSeconds(5))
                .idleTimeout(Duration.ofSeconds(30))
                .build();
        this.client = WebClient.builder(target.getScheme() + "://" + target.getRawAuthority())
                .factory(clients)
                .responseTimeout(patience)
                .writeTimeout(patience)
                .build();
        this.reason = Pattern.compile("\"" + Pattern.quote(reason) + "\"\\s*:\\s*\"([A-Z_]+)\"");
    }

    /// Never fails: where there is no answer, the root cause's name is the reason.
    ///
    /// @param body is not copied
    CompletableFuture<Answer> send(RequestHeaders headers, byte[] body) {
        return client.execute(HttpRequest.of(headers, HttpData.wrap(body)))
                .aggregate()
                .handle((response, failure) -> failure == null ? answer(response) : Answer.failed(why(failure)));
    }

    private Answer answer(AggregatedHttpResponse response) {
        int status = response.status().code();
        if (status == 200) {
            return Answer.GOOD;
        }
        Matcher found = reason.matcher(response.contentUtf8());
        return Answer.of(status, found.find() ? found.group(1) : "");
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
