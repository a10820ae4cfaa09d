package dev.firstpass.registry.signature;

import dev.firstpass.registry.RegistryException.ArtifactRejected;
import dev.firstpass.registry.SignedBy.Form;
import dev.firstpass.registry.signature.SignaturePolicy.Signed;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A list of digests as `sha256sum` writes it, `SHA256SUMS`, and a signature of its bytes beside it, `SHA256SUMS.sig`, as
/// `openssl pkeyutl -sign -rawin` or `openssl dgst -sign` writes it.
///
/// Pure functions, but for reading the files.
final class ChecksumList {
    static final String FILE = "SHA256SUMS";

    private static final String SIGNATURE = Form.CHECKSUMS.file();
    private static final Pattern LINE = Pattern.compile("([0-9A-Fa-f]{64}) [ *](?:\\./)?(.+)");

    private ChecksumList() {}

    /// @param directory the bundle
    /// @param paths of its files
    /// @throws ArtifactRejected if there is no list, if it is not one, or signed by none of the keys
    static Signed read(Path directory, Set<String> paths, List<TrustedKey> keys) throws IOException {
        if (!paths.contains(FILE)) {
            throw new ArtifactRejected(FILE + ": missing (expected: what " + SIGNATURE + " is of)");
        }
        byte[] list = SignatureFile.read(directory.resolve(FILE), FILE);
        byte[] signature = SignatureFile.read(directory.resolve(SIGNATURE), SIGNATURE);
        TrustedKey signer = keys.stream()
                .filter(key -> key.hasSigned(List.of(list), signature))
                .findFirst()
                .orElseThrow(() -> new ArtifactRejected(SIGNATURE + ": " + FILE
                        + " was changed since it was signed, or signed by a key that this server does not trust"
                        + " (expected: one of " + keys + ")"));
        return new Signed(signer, digests(list));
    }

    private static Map<String, String> digests(byte[] list) {
        Map<String, String> digests = new HashMap<>();
        for (String line : text(list).lines().toList()) {
            Matcher parts = LINE.matcher(line);
            if (!parts.matches()) {
                throw new ArtifactRejected(FILE + ": " + SignatureFile.shown(line)
                        + " (expected: lines as of `sha256sum`, a digest and a path)");
            }
            if (digests.put(parts.group(2), parts.group(1).toLowerCase(Locale.ROOT)) != null) {
                throw new ArtifactRejected(FILE + ": " + SignatureFile.shown(parts.group(2)) + " comes twice");
            }
        }
        return digests;
    }

    private static String text(byte[] list) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(list))
                    .toString();
        } catch (CharacterCodingException _) {
            throw new ArtifactRejected(FILE + ": not UTF-8 (expected: text)");
        }
    }
}
