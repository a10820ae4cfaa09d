package dev.firstpass.loadtest.drive;

import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.RequestHeaders;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// `POST /v2/models/{name}/infer` with a binary tensor: an ask's image is the pixels of a square, one byte for each of three
/// channels, as the model takes them.
///
/// Thread-safe. Who makes it closes it.
public final class TensorDoor implements Door {
    private static final int CHANNELS = 3;

    private final DoorClient client;
    private final String input;

    /// @param target the server's root, for instance `http://127.0.0.1:8080/`
    /// @param input the model's
    /// @param patience after which an answer is not waited for
    public TensorDoor(URI target, String input, Duration patience) {
        this.client = new DoorClient(target, "code", patience);
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
        return client.send(headers, body);
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

    @Override
    public void close() {
        client.close();
    }
}
