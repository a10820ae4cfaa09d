package dev.firstpass.registry.signature;

import dev.firstpass.registry.Sha256;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A public key whose signatures count: Ed25519, or ECDSA on P-256, P-384 or P-521, whose hash is SHA-256, SHA-384 or
/// SHA-512 then. Which algorithm a signature is read by is the key's to say, never the signature's.
///
/// Immutable.
public final class TrustedKey {
    private static final Pattern PEM =
            Pattern.compile("\\s*-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\\s]+)-----END PUBLIC KEY-----\\s*");
    private static final int PEM_LINE = 64;
    private static final byte[] NEWLINE = {'\n'};

    /// Curve -> algorithm of a signature on it.
    private static final Map<String, String> CURVES = Map.of(
            "secp256r1", "SHA256withECDSA",
            "secp384r1", "SHA384withECDSA",
            "secp521r1", "SHA512withECDSA");

    private final PublicKey key;
    private final String algorithm;

    private TrustedKey(PublicKey key, String algorithm) {
        this.key = key;
        this.algorithm = algorithm;
    }

    /// Reads one key as `openssl pkey -pubout` writes it.
    ///
    /// @return empty if the text is none, or of another algorithm
    public static Optional<TrustedKey> of(String pem) {
        Matcher parts = PEM.matcher(pem);
        if (!parts.matches()) {
            return Optional.empty();
        }
        try {
            byte[] der = Base64.getDecoder().decode(parts.group(1).replaceAll("\\s", ""));
            return read(der, "Ed25519").or(() -> read(der, "EC")).flatMap(TrustedKey::withAlgorithm);
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    private static Optional<PublicKey> read(byte[] der, String algorithm) {
        try {
            return Optional.of(KeyFactory.getInstance(algorithm).generatePublic(new X509EncodedKeySpec(der)));
        } catch (GeneralSecurityException _) {
            return Optional.empty();
        }
    }

    private static Optional<TrustedKey> withAlgorithm(PublicKey key) {
        return switch (key) {
            case ECPublicKey elliptic ->
                CURVES.entrySet().stream()
                        .filter(curve -> isOn(curve.getKey(), elliptic.getParams()))
                        .findFirst()
                        .map(curve -> new TrustedKey(key, curve.getValue()));
            default -> Optional.of(new TrustedKey(key, "Ed25519"));
        };
    }

    private static boolean isOn(String curve, ECParameterSpec found) {
        try {
            AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
            parameters.init(new ECGenParameterSpec(curve));
            ECParameterSpec known = parameters.getParameterSpec(ECParameterSpec.class);
            return known.getCurve().equals(found.getCurve())
                    && known.getGenerator().equals(found.getGenerator())
                    && known.getOrder().equals(found.getOrder());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no " + curve, e);
        }
    }

    /// `sha256:` and the digest of the key in DER, as of
    /// `openssl pkey -pubin -in key.pem -outform DER | sha256sum`.
    public String fingerprint() {
        return "sha256:" + Sha256.of(key.getEncoded());
    }

    /// What `model_signing` calls this key by: the digest of its PEM.
    String modelSigningHint() {
        String body = Base64.getMimeEncoder(PEM_LINE, NEWLINE).encodeToString(key.getEncoded());
        return Sha256.of(("-----BEGIN PUBLIC KEY-----\n" + body + "\n-----END PUBLIC KEY-----\n")
                .getBytes(StandardCharsets.US_ASCII));
    }

    /// Whether this key has signed these bytes; not, where the signature is of another algorithm or is none.
    boolean hasSigned(List<byte[]> message, byte[] signature) {
        try {
            Signature verifier = Signature.getInstance(algorithm);
            verifier.initVerify(key);
            for (byte[] part : message) {
                verifier.update(part);
            }
            return verifier.verify(signature);
        } catch (SignatureException _) {
            return false;
        } catch (NoSuchAlgorithmException | InvalidKeyException e) {
            throw new IllegalStateException("the key was read, so its algorithm is there", e);
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TrustedKey that && key.equals(that.key);
    }

    @Override
    public int hashCode() {
        return key.hashCode();
    }

    @Override
    public String toString() {
        return fingerprint();
    }
}
