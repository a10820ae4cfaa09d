package dev.firstpass.registry.token;

import dev.firstpass.registry.Sha256;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import java.util.zip.CRC32;

/// What a caller shows: `fp_`, 43 digits that are 256 random bits, and 6 that are the CRC-32 of all before, in base 62
/// (`0-9A-Za-z`). The beginning lets scanners find one that was put where it does not belong, and the end tells a token
/// from what only looks like one.
///
/// **What is kept of it is its SHA-256.** A hash that is slow on purpose makes guesses dear, which helps where a person has
/// chosen a word; among 2^256 there is nothing to guess. So a look costs less than a microsecond, and no one can make the
/// server work by showing tokens.
///
/// Immutable. Its text says nothing of it.
public final class TokenSecret {
    /// What all of them begin with.
    public static final String PREFIX = "fp_";

    private static final String DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static final BigInteger BASE = BigInteger.valueOf(DIGITS.length());
    private static final int BITS = 256;
    private static final int RANDOM_DIGITS = 43;
    private static final int CHECK_DIGITS = 6;
    private static final int LENGTH = PREFIX.length() + RANDOM_DIGITS + CHECK_DIGITS;
    private static final int ID_BYTES = 8;

    private final String text;

    private TokenSecret(String text) {
        this.text = text;
    }

    /// A new one.
    public static TokenSecret generate(SecureRandom random) {
        String head = PREFIX + digits(new BigInteger(BITS, random));
        return new TokenSecret(head + check(head));
    }

    /// Empty where `shown` is no token, by its form or by its end.
    public static Optional<TokenSecret> parse(String shown) {
        boolean isOne = shown.length() == LENGTH
                && shown.startsWith(PREFIX)
                && shown.chars().skip(PREFIX.length()).allMatch(TokenSecret::isDigit)
                && shown.endsWith(check(shown.substring(0, LENGTH - CHECK_DIGITS)));
        return isOne ? Optional.of(new TokenSecret(shown)) : Optional.empty();
    }

    private static boolean isDigit(int c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    }

    private static String check(String head) {
        CRC32 crc = new CRC32();
        crc.update(head.getBytes(StandardCharsets.US_ASCII));
        char[] digits = new char[CHECK_DIGITS];
        long rest = crc.getValue();
        for (int i = CHECK_DIGITS - 1; i >= 0; i--) {
            digits[i] = DIGITS.charAt((int) (rest % DIGITS.length()));
            rest /= DIGITS.length();
        }
        return new String(digits);
    }

    private static String digits(BigInteger number) {
        char[] digits = new char[RANDOM_DIGITS];
        BigInteger rest = number;
        for (int i = RANDOM_DIGITS - 1; i >= 0; i--) {
            BigInteger[] parts = rest.divideAndRemainder(BASE);
            digits[i] = DIGITS.charAt(parts[1].intValue());
            rest = parts[0];
        }
        return new String(digits);
    }

    /// What is shown to its owner, once.
    public String text() {
        return text;
    }

    /// SHA-256 of the text, 32 bytes.
    public byte[] hash() {
        return Sha256.begin().digest(text.getBytes(StandardCharsets.US_ASCII));
    }

    /// What a token with this hash is called where it must not be shown: 16 hex digits of the hash.
    public static String id(byte[] hash) {
        return HexFormat.of().formatHex(hash, 0, ID_BYTES);
    }

    /// Whether two hashes are the same, in a time that does not tell where they differ.
    public static boolean isSame(byte[] one, byte[] other) {
        return MessageDigest.isEqual(one, other);
    }

    @Override
    public String toString() {
        return "a token";
    }
}
