package dev.firstpass.registry.signature;

import dev.firstpass.registry.Manifest.BundleFile;
import dev.firstpass.registry.Sha256;
import dev.firstpass.registry.SignedBy;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/// A bundle that OpenSSF's tool and OpenSSL have signed, as `make_signatures.sh` makes it, to be laid out and changed.
///
/// For one thread.
record SignedBundle(Path folder) {
    private static final List<String> FILES = List.of("firstpass.yaml", "model.onnx", "names/classes.txt");

    /// Without any signature.
    static SignedBundle lay(Path folder) throws IOException {
        SignedBundle bundle = new SignedBundle(folder);
        for (String file : FILES) {
            bundle.put(file, "bundle/" + file);
        }
        return bundle;
    }

    /// Puts one of the files that were made into the bundle.
    SignedBundle put(String path, String made) throws IOException {
        Path file = folder.resolve(path);
        Files.createDirectories(file.getParent());
        Files.write(file, bytes(made));
        return this;
    }

    static byte[] bytes(String made) throws IOException {
        try (InputStream in = Objects.requireNonNull(
                SignedBundle.class.getResourceAsStream("signed/" + made), () -> made + ": not there")) {
            return in.readAllBytes();
        }
    }

    static String text(String made) throws IOException {
        return new String(bytes(made), StandardCharsets.UTF_8);
    }

    static TrustedKey key(String made) throws IOException {
        return TrustedKey.of(text(made)).orElseThrow();
    }

    List<SignedBy> check(SignaturePolicy policy) throws IOException {
        List<BundleFile> files = new ArrayList<>();
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                files.add(new BundleFile(folder.relativize(file).toString(), Sha256.of(file), Files.size(file)));
            }
        }
        return policy.check(folder, files, false);
    }
}
