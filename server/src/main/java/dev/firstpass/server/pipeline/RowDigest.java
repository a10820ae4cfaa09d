package dev.firstpass.server.pipeline;

import dev.firstpass.server.runtime.device.Row;
import dev.firstpass.server.runtime.engine.BatchTensor;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.function.Supplier;

/// A row's tensors in 64 hex digits: names, types, shapes and bytes.
///
/// For one thread at a time; not after the row was closed.
record RowDigest(Row row) implements Supplier<String> {
    @Override
    public String get() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (BatchTensor tensor : row.tensors()) {
                digest.update((tensor.name() + "\0" + tensor.type() + tensor.shape() + "\0")
                        .getBytes(StandardCharsets.UTF_8));
                digest.update(tensor.data().asByteBuffer());
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
