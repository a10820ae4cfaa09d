package dev.firstpass.postprocess.annotation;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.UUID;

/// Deterministic ids of annotations: the same candidate of the same version on the same asset has the same id,
/// whatever the threshold, the format or the geometry asked for. Tools can then recognise a repeated import.
public final class AnnotationIds {
    /// Namespace of Firstpass' ids; itself a random UUID, fixed for ever.
    private static final UUID NAMESPACE = UUID.fromString("8c1f6f0e-6d0a-4b0e-9f43-0c2d1c6e5b7a");

    private AnnotationIds() {}

    /// UUID version 5 (RFC 9562, section 5.5) over the version's digest, the asset's digest and the candidate's
    /// index. For labels that were converted, where nobody knows the asset's bytes, its id takes the digest's place.
    public static UUID of(Provenance provenance, AssetInfo asset, Candidate candidate) {
        String which = asset.digest().isEmpty() ? asset.id() : asset.digest();
        return version5(NAMESPACE, provenance.digest() + "|" + which + "|" + candidate.index());
    }

    /// The id of one piece of an annotation, for formats that need several entries to say it: version 5 with the
    /// annotation's own id as namespace, so pieces of different annotations never share an id.
    ///
    /// @param name of the piece, different for each piece of the annotation
    public static UUID ofPart(UUID annotation, String name) {
        return version5(annotation, name);
    }

    private static UUID version5(UUID namespace, String name) {
        MessageDigest sha1;
        try {
            sha1 = MessageDigest.getInstance("SHA-1");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-1", e);
        }
        ByteBuffer prefix = ByteBuffer.allocate(16)
                .putLong(namespace.getMostSignificantBits())
                .putLong(namespace.getLeastSignificantBits());
        sha1.update(prefix.array());
        ByteBuffer hash = ByteBuffer.wrap(sha1.digest(name.getBytes(StandardCharsets.UTF_8)));
        long high = (hash.getLong() & ~0xF000L) | 0x5000L;
        long low = (hash.getLong() & 0x3FFF_FFFF_FFFF_FFFFL) | 0x8000_0000_0000_0000L;
        return new UUID(high, low);
    }
}
