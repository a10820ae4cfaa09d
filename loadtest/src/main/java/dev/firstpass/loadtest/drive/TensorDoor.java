package dev.firstpass.loadtest.drive;

import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.RequestHeaders;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// `POST /v2/models/{name}/infer` with a binary tensor: an ask's image is the pixels of a square, one byte for each of three
/// channels, as the model takes them.
///
/// Thread-safe. Who makes it closes it.
public final class TensorDoor implements Door {
    private static final int CHANNELS = 3;
    private static final Pattern REASON = Pattern.compile("\"code\"\\s*:\\s*\"([A-Z_]+)\"");

    private final ClientFactory clients;
    private final WebClient client;
    private final String input;

    /// @param target the server's root, for instance `http://127.0.0.1:8080/`
    /// @param input the model's
    /// @param patience after which an answer is not waited for
    public TensorDoor(URI target, String input, Duration patience) {
        this.clients = ClientFactory.builder()
                .connectTimeout(Duration.ofSeconds(5))
                .idleTimeout(Duration.ofSeconds(30))
                .build();
        this.client = WebClient.builder(target.getScheme() + "://" + target.getRawAuthority())
                .factory(clients)
                .responseTimeout(patience)
                .writeTimeout(patience)
                .build();
        this.input = input;
    }

    @Override
    public CompletableFuture<Answer> send(Ask ask) {
        byte[] head = head(ask).getBytes(StandardCharsets.UTF_8);
        byte[] body = new byte[head.length + ask.image().length];
        System.arraycopy(head, 0, body, 0, head.length);
        System.arraycopy(ask.image(), 0, body, head.length, ask.image().length);
        RequestHeaders headers = RequestHeaders.builder(HttpMethod.POST, "/v2/models/" + ask.model() + "/infer")
                .set("content-type", "application/octet-stream")
                .set("inference-header-content-length", Integer.toString(head.length))
                .build();
        return client.execute(HttpRequest.of(headers, HttpData.wrap(body)))
                .aggregate()
                .handle((response, failure) -> failure == null
                        ? answer(response)
                        : Answer.failed(failure.getClass().getSimpleName()));
    }

    private String head(Ask ask) {
        long side = Math.round(Math.sqrt((double) ask.image().length / CHANNELS));
        long timeout = ask.timeout()
                .map(limit -> TimeUnit.NANOSECONDS.toMicros(limit.toNanos()))
                .orElse(0L);
        return "{\"inputs\":[{\"name\":\"" + input + "\",\"shape\":[1," + side + "," + side + "," + CHANNELS
                + "],\"datatype\":\"UINT8\",\"parameters\":{\"binary_data_size\":" + ask.image().length
                + "}}],\"parameters\":{\"binary_data_output\":true,\"priority\":" + (ask.isBulk() ? 2 : 1)
                + ",\"timeout\":" + timeout + "}}";
    }

    private static Answer answer(AggregatedHttpResponse response) {
        int status = response.status().code();
        if (status == 200) {
            return Answer.GOOD;
        }
        Matcher reason = REASON.matcher(response.contentUtf8());
        return Answer.of(status, reason.find() ? reason.group(1) : "");
    }

    @Override
    public void close() {
        clients.close();
    }
}
