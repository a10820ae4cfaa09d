package dev.firstpass.server.frontend;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/// A `multipart/form-data` body.
///
/// For one thread.
public final class TestForm {
    public static final String MEDIA_TYPE = "multipart/form-data; boundary=xYz";

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    /// @param disposition what follows `form-data; `, for instance `name="image"`
    public TestForm part(String disposition, String mediaType, byte[] content) {
        String head = "--xYz\r\nContent-Disposition: form-data; %s\r\nContent-Type: %s\r\n\r\n"
                .formatted(disposition, mediaType);
        bytes.writeBytes(head.getBytes(StandardCharsets.UTF_8));
        bytes.writeBytes(content);
        bytes.writeBytes(new byte[] {'\r', '\n'});
        return this;
    }

    public TestForm part(String disposition, String mediaType, String content) {
        return part(disposition, mediaType, content.getBytes(StandardCharsets.UTF_8));
    }

    public byte[] bytes() {
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        whole.writeBytes(bytes.toByteArray());
        whole.writeBytes("--xYz--\r\n".getBytes(StandardCharsets.UTF_8));
        return whole.toByteArray();
    }
}
