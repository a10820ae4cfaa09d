package dev.firstpass.server.frontend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.server.failure.Reason;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// A request that a door must refuse.
///
/// Immutable.
///
/// @param head request line and headers, lines parted by `\n`
public record BadDoorInput(String name, String head, byte[] body, Reason reason) {
    /// A JSON body, or what is to pass for one.
    public static BadDoorInput json(String name, String path, String body, Reason reason) {
        return json(name, path, "", body, reason);
    }

    /// @param headers further ones, each beginning with `\n`
    public static BadDoorInput json(String name, String path, String headers, String body, Reason reason) {
        return new BadDoorInput(
                name,
                "POST " + path + " HTTP/1.1\nContent-Type: application/json" + headers,
                body.getBytes(StandardCharsets.UTF_8),
                reason);
    }

    /// Sends it, and looks at what every door must hold to: the reason's status, the request's id, and not a word of what is
    /// inside.
    public RawHttp.Answer refusedBy(TestServer server) {
        RawHttp.Answer answer = RawHttp.send(server.port(), head, body);
        assertEquals(reason.httpStatus(), answer.status(), answer::body);
        assertTrue(answer.header("content-type").startsWith("application/json"), () -> answer.header("content-type"));
        String everything = answer.headers() + answer.body();
        for (String secret :
                List.of("/secret", "Exception", "dev.firstpass", "at com.", "armeria", "netty", "jackson", "hunter2")) {
            assertFalse(everything.contains(secret), everything);
        }
        return answer;
    }

    @Override
    public String toString() {
        return name;
    }
}
