package dev.firstpass.server.pipeline;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;

/// A rendering with blanks where its prediction's id stands, so that it can be given again under another id. Every id has
/// the same length.
///
/// Immutable by convention: nobody writes to the rendering's array.
///
/// @param blanks where in the body the id begins, each time
record RenderedForm(Rendering rendering, int[] blanks) {
    /// Of nothing that was written.
    static final RenderedForm NONE = new RenderedForm(Rendering.NONE, new int[0]);

    private static final int ID_LENGTH = 36;

    /// Empty where a rendering cannot be given again: a zip has the id packed, and the time; others may have a time in
    /// them.
    ///
    /// @param id that the rendering was made with; nobody else knows it, so that it stands for nothing else
    static Optional<RenderedForm> of(Rendering rendering, UUID id) {
        if (rendering.isOfItsTime()) {
            return Optional.empty();
        }
        byte[] body = rendering.body();
        byte[] wanted = bytes(id);
        int[] blanks = IntStream.rangeClosed(0, body.length - ID_LENGTH)
                .filter(at -> body[at] == wanted[0] && Arrays.equals(body, at, at + ID_LENGTH, wanted, 0, ID_LENGTH))
                .toArray();
        return Optional.of(new RenderedForm(rendering, blanks));
    }

    /// The rendering under an id.
    Rendering with(UUID id) {
        byte[] body = rendering.body().clone();
        byte[] text = bytes(id);
        for (int blank : blanks) {
            System.arraycopy(text, 0, body, blank, ID_LENGTH);
        }
        return rendering.withBody(body);
    }

    private static byte[] bytes(UUID id) {
        return id.toString().getBytes(StandardCharsets.US_ASCII);
    }

    /// About how much memory it takes.
    long bytes() {
        return FindingsKey.bytes(rendering.fileName()) + rendering.body().length + (long) blanks.length * Integer.BYTES;
    }
}
