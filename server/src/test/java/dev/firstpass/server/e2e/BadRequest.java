package dev.firstpass.server.e2e;

import dev.firstpass.server.failure.Reason;
import java.nio.charset.StandardCharsets;

/// A request over a raw connection, and what it must be refused with.
///
/// Immutable by convention: nobody writes to the array.
///
/// @param head request line and header lines; [RawHttp#send] adds what is missing
/// @param field the problem's member `field`; empty where it has none
/// @param status of the answer; the reason's own but where HTTP knows better
/// @param management whether it goes to the management listener
record BadRequest(String name, String head, byte[] body, Reason reason, String field, int status, boolean management) {
    static final String PATH = "/v1/models/coco/prelabels";
    static final byte[] DOG = Goldens.photo("dog.jpg");

    BadRequest(String name, String head, byte[] body, Reason reason, String field) {
        this(name, head, body, reason, field, reason.httpStatus(), false);
    }

    /// Without a body.
    static BadRequest head(String name, String head, Reason reason, String field) {
        return new BadRequest(name, head, new byte[0], reason, field);
    }

    /// A body for the model `coco`.
    static BadRequest body(String name, String mediaType, byte[] body, Reason reason, String field) {
        return new BadRequest(name, post(PATH) + "\nContent-Type: " + mediaType, body, reason, field);
    }

    static BadRequest body(String name, String mediaType, byte[] body, Reason reason) {
        return body(name, mediaType, body, reason, "");
    }

    static BadRequest json(String name, String body, Reason reason, String field) {
        return body(name, "application/json", body.getBytes(StandardCharsets.UTF_8), reason, field);
    }

    /// A good photo to a bad address.
    static BadRequest photo(String name, String target, Reason reason, String field) {
        return new BadRequest(name, post(target) + "\nContent-Type: image/jpeg", DOG, reason, field);
    }

    /// A good photo with a bad query.
    static BadRequest query(String name, String query, Reason reason, String field) {
        return photo(name, PATH + "?" + query, reason, field);
    }

    static String post(String target) {
        return "POST " + target + " HTTP/1.1";
    }

    BadRequest toManagement() {
        return new BadRequest(name, head, body, reason, field, status, true);
    }

    BadRequest answeredWith(int otherStatus) {
        return new BadRequest(name, head, body, reason, field, otherStatus, management);
    }

    @Override
    public String toString() {
        return name;
    }
}
