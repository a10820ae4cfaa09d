package dev.firstpass.postprocess.format;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;

/// Bytes that are kept for later in pieces, so that millions of them are never copied to make room for more.
///
/// Mutable, for one thread.
final class KeptBytes extends OutputStream {
    private static final int PIECE = 1 << 16;

    private final List<byte[]> full = new ArrayList<>();
    private byte[] last = new byte[PIECE];
    private int used;

    @Override
    public void write(int b) {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        int from = offset;
        while (from < offset + length) {
            if (used == PIECE) {
                full.add(last);
                last = new byte[PIECE];
                used = 0;
            }
            int count = Math.min(PIECE - used, offset + length - from);
            System.arraycopy(bytes, from, last, used, count);
            used += count;
            from += count;
        }
    }

    /// What was written until now.
    InputStream read() {
        Stream<InputStream> pieces = Stream.concat(
                full.stream().map(ByteArrayInputStream::new), Stream.of(new ByteArrayInputStream(last, 0, used)));
        return new SequenceInputStream(Collections.enumeration(pieces.toList()));
    }
}
