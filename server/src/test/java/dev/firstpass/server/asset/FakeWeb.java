package dev.firstpass.server.asset;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A web of canned answers, which remembers each call.
///
/// For one thread.
final class FakeWeb implements WebTransport {
    final List<Call> calls = new ArrayList<>();

    private final Map<String, Reply> replies = new HashMap<>();

    FakeWeb body(String uri, String body) {
        replies.put(uri, new Reply(200, Optional.empty(), Optional.empty(), body.getBytes(StandardCharsets.UTF_8)));
        return this;
    }

    FakeWeb redirect(String from, String to) {
        replies.put(from, new Reply(302, Optional.of(to), Optional.empty(), new byte[0]));
        return this;
    }

    FakeWeb packed(String uri) {
        replies.put(uri, new Reply(200, Optional.empty(), Optional.of("gzip"), new byte[] {1}));
        return this;
    }

    FakeWeb status(String uri, int status) {
        replies.put(uri, new Reply(status, Optional.empty(), Optional.empty(), new byte[0]));
        return this;
    }

    @Override
    public Reply send(Call call, int maxBytes, Duration limit) throws IOException {
        calls.add(call);
        Reply reply = replies.get(call.uri().toString());
        if (reply == null) {
            throw new IOException("nobody there");
        }
        if (reply.body().length > maxBytes) {
            throw new TooLarge();
        }
        return reply;
    }
}
