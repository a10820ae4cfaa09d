package dev.firstpass.registry.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// A part of a file, to be read from its beginning to its end. For one thread; who opens it closes it.
final class FileRange extends InputStream {
    private final InputStream in;
    private long left;

    private FileRange(InputStream in, long bytes) {
        this.in = in;
        this.left = bytes;
    }

    /// @param at offset in bytes
    /// @throws UncheckedIOException if the file cannot be opened
    static FileRange open(Path file, long at, long bytes) {
        try {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
            return new FileRange(Channels.newInputStream(channel.position(at)), bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        if (left == 0) {
            return length == 0 ? 0 : -1;
        }
        int n = in.read(buffer, offset, (int) Math.min(length, left));
        left -= Math.max(n, 0);
        return n;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
