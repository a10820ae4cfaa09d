package dev.firstpass.postprocess.format;

import dev.firstpass.postprocess.dataset.DataSetFiles;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.SequencedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/// Files of a data set that are not on a disk. For one thread.
public final class FilesInMemory implements DataSetFiles {
    private final Map<String, byte[]> files = new TreeMap<>();

    /// @param content of text files; of images nothing but their names matters here
    public FilesInMemory with(String name, String content) {
        files.put(name, content.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    public FilesInMemory with(String name, byte[] content) {
        files.put(name, content.clone());
        return this;
    }

    public FilesInMemory withResource(String name, String resource) {
        try (InputStream in = FilesInMemory.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalArgumentException(resource + " (expected: a resource of the tests)");
            }
            files.put(name, in.readAllBytes());
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public SequencedSet<String> names() {
        return Collections.unmodifiableSequencedSet(new TreeSet<>(files.keySet()));
    }

    @Override
    public InputStream open(String name) throws IOException {
        return new ByteArrayInputStream(bytes(name));
    }

    @Override
    public byte[] read(String name, long offset, int length) throws IOException {
        return Arrays.copyOfRange(bytes(name), (int) offset, (int) offset + length);
    }

    private byte[] bytes(String name) throws IOException {
        byte[] bytes = files.get(name);
        if (bytes == null) {
            throw new IOException(name + ": no such file");
        }
        return bytes;
    }
}
