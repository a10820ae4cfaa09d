package dev.firstpass.registry.audit;

import dev.firstpass.registry.Sha256;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.List;

/// One change of the registry, or an attempt at one.
///
/// Immutable.
///
/// @param id counts from 1, without gaps
/// @param tenant whose model it is
/// @param principal who asked for it; `supervision` where nobody did
/// @param at to the millisecond
/// @param action what was done, for instance `alias`
/// @param name of the model, of the labeling project, or of the token
/// @param subject the version's number, the alias, or the token's id
/// @param from what it was before; empty if there was nothing
/// @param to what it is now, or was to be
/// @param digest of the version; empty where it is none
/// @param result `done`, `done: ` and why where nobody asked for it, or `refused: ` and why not
/// @param hash of this line and, by the hash of the line before, of all lines before it; 64 hex digits
public record AuditLine(
        long id,
        String tenant,
        String principal,
        Instant at,
        String action,
        String name,
        String subject,
        String from,
        String to,
        String digest,
        String result,
        String hash) {
    public static final String REGISTER = "register";
    public static final String STATE = "state";

    /// A version that was registered with somebody's signature.
    public static final String SIGNATURE = "signature";

    public static final String ALIAS = "alias";

    /// A move of an alias to a version that it named before.
    public static final String ROLLBACK = "rollback";

    /// How an alias' requests are split.
    public static final String ROLLOUT = "rollout";

    /// A version that is held from then on, or held for another reason, and one that is not any more.
    public static final String HOLD = "hold";

    public static final String RELEASE = "release";

    /// A version that was removed for its age.
    public static final String PRUNE = "prune";

    /// A labeling project that says something else from then on: a version of it that is new.
    public static final String PROJECT = "project";

    /// A token of the API that was made: its name, its id, and what it may do. And one that was ended.
    public static final String TOKEN = "token";

    public static final String REVOKE = "revoke";

    public static final String DONE = "done";

    /// What a line that was not done has before the reason.
    public static final String REFUSED = "refused: ";

    /// Whether it was done, and not refused.
    public boolean isDone() {
        return result.startsWith(DONE);
    }

    /// The same line with another result.
    public AuditLine ending(String other) {
        return new AuditLine(id, tenant, principal, at, action, name, subject, from, to, digest, other, hash);
    }

    /// The same line with the number and the hash that it must have where the audit ended so far.
    public AuditLine after(AuditHead end) {
        long number = end.id() + 1;
        return new AuditLine(
                number,
                tenant,
                principal,
                at,
                action,
                name,
                subject,
                from,
                to,
                digest,
                result,
                chained(number, end.hash()));
    }

    /// Where the audit ends with this line.
    public AuditHead head() {
        return new AuditHead(id, hash);
    }

    /// SHA-256 over the hash of the line before, as 64 hex digits, and this line's values in the order of the record,
    /// `at` in milliseconds since 1970 UTC; each as a netstring: its length in bytes of UTF-8, `:`, the bytes, `,`
    /// (D. J. Bernstein, "Netstrings", 1997), so that no two lists of values read alike.
    private String chained(long number, String previous) {
        MessageDigest sha256 = Sha256.begin();
        List.of(
                        previous,
                        Long.toString(number),
                        tenant,
                        principal,
                        Long.toString(at.toEpochMilli()),
                        action,
                        name,
                        subject,
                        from,
                        to,
                        digest,
                        result)
                .forEach(value -> update(sha256, value));
        return Sha256.end(sha256);
    }

    private static void update(MessageDigest sha256, String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        sha256.update((bytes.length + ":").getBytes(StandardCharsets.US_ASCII));
        sha256.update(bytes);
        sha256.update((byte) ',');
    }
}
