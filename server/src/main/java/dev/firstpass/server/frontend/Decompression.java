package dev.firstpass.server.frontend;

import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.RequestHeaders;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.failure.Words;
import io.netty.buffer.ByteBufInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import java.util.zip.InflaterInputStream;
import org.jspecify.annotations.Nullable;

/// Bodies that were compressed for the way.
///
/// Pure functions.
public final class Decompression {
    private static final String NONE = "identity";

    private Decompression() {}

    /// How a body is encoded, where it is.
    ///
    /// @throws dev.firstpass.server.failure.FailureException MEDIA_TYPE_UNSUPPORTED if it is none that is read here
    public static Optional<String> encoding(RequestHeaders headers) {
        @Nullable String encoding = headers.get("content-encoding");
        if (encoding == null || encoding.equalsIgnoreCase(NONE)) {
            return Optional.empty();
        }
        if (!encoding.toLowerCase(Locale.ROOT).matches("gzip|x-gzip|deflate")) {
            throw Failure.of(
                            Reason.MEDIA_TYPE_UNSUPPORTED,
                            "content-encoding: " + Words.quoted(encoding) + " (expected: gzip, deflate or none)")
                    .asException();
        }
        return Optional.of(encoding);
    }

    /// That a body, where there is one, comes as it is, since whoever takes it reads no other.
    ///
    /// @throws dev.firstpass.server.failure.FailureException MEDIA_TYPE_UNSUPPORTED
    public static void requireNone(AggregatedHttpRequest request) {
        String encoding = request.headers().get("content-encoding", NONE);
        if (!encoding.equalsIgnoreCase(NONE) && !request.content().isEmpty()) {
            throw Failure.ofField(
                            Reason.MEDIA_TYPE_UNSUPPORTED,
                            "Content-Encoding",
                            "Content-Encoding: " + Words.quoted(encoding) + " (expected: none)")
                    .asException();
        }
    }

    /// The body as it was, on the heap. Takes no more memory than twice `most`, whatever the body claims.
    ///
    /// @param encoding as [#encoding] has it
    /// @param most bytes of it
    /// @throws dev.firstpass.server.failure.FailureException REQUEST_TOO_LARGE; ARGUMENT_INVALID if it is not so encoded
    public static HttpData read(HttpData body, String encoding, long most) {
        try (InputStream decoded = decoded(new ByteBufInputStream(body.byteBuf().duplicate()), encoding)) {
            byte[] bytes = decoded.readNBytes(Math.toIntExact(Math.min(most + 1, Integer.MAX_VALUE)));
            if (bytes.length > most) {
                throw Failure.of(
                                Reason.REQUEST_TOO_LARGE,
                                "the decompressed body is too large (expected: at most " + most + " bytes)")
                        .asException();
            }
            return HttpData.wrap(bytes);
        } catch (IOException _) {
            throw RequestRules.invalid("", "the body is not compressed as content-encoding says, or ends too early");
        }
    }

    private static InputStream decoded(InputStream body, String encoding) throws IOException {
        return encoding.toLowerCase(Locale.ROOT).equals("deflate")
                ? new InflaterInputStream(body)
                : new GZIPInputStream(body);
    }
}
