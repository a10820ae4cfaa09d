package dev.firstpass.registry.signature;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TrustedKeyTest {
    private static final byte[] MESSAGE = "what is signed".getBytes(StandardCharsets.UTF_8);

    private static TrustedKey key(KeyPair pair) {
        return TrustedKey.of(Signer.pem(pair.getPublic())).orElseThrow();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Ed25519", "secp256r1", "secp384r1", "secp521r1"})
    void hasSigned_itsOwnSignatureOfTheseBytes_andNothingElse(String algorithm) throws GeneralSecurityException {
        KeyPair pair = Signer.keys(algorithm);
        TrustedKey key = key(pair);
        byte[] signature = Signer.sign(pair, MESSAGE);
        byte[] changed = signature.clone();
        changed[changed.length - 1] ^= 1;

        assertTrue(key.hasSigned(List.of(MESSAGE), signature));
        assertTrue(key.hasSigned(
                List.of(Arrays.copyOf(MESSAGE, 4), Arrays.copyOfRange(MESSAGE, 4, MESSAGE.length)), signature));
        assertFalse(key.hasSigned(List.of(Arrays.copyOf(MESSAGE, 4)), signature));
        assertFalse(key.hasSigned(List.of(MESSAGE), changed));
        assertFalse(key.hasSigned(List.of(MESSAGE), Arrays.copyOf(signature, signature.length - 1)));
        assertFalse(key.hasSigned(List.of(MESSAGE), new byte[0]));
        assertFalse(key.hasSigned(List.of(MESSAGE), new byte[signature.length]));
        assertFalse(key(Signer.keys(algorithm)).hasSigned(List.of(MESSAGE), signature));
    }

    @Test
    void hasSigned_aWeakerHashThanItsCurveGoesWith_isNoSignature() throws GeneralSecurityException {
        KeyPair pair = Signer.keys("secp521r1");

        assertFalse(key(pair).hasSigned(List.of(MESSAGE), Signer.sign(pair, "SHA1withECDSA", MESSAGE)));
        assertFalse(key(pair).hasSigned(List.of(MESSAGE), Signer.sign(pair, "SHA256withECDSA", MESSAGE)));
    }

    @Test
    void of_whatOpensslWrites_hasTheFingerprintThatOpensslTells() throws IOException {
        TrustedKey key = TrustedKey.of(SignedBundle.text("ed25519.pem")).orElseThrow();

        assertEquals("sha256:" + SignedBundle.text("ed25519.fingerprint").strip(), key.fingerprint());
        assertEquals(
                key,
                TrustedKey.of("\n" + SignedBundle.text("ed25519.pem") + "\n").orElseThrow());
    }

    @Test
    void of_anythingElse_isNoKey() throws IOException, GeneralSecurityException {
        String pem = SignedBundle.text("ed25519.pem");
        String privateKey = Signer.pem(Signer.keys("Ed25519").getPrivate()).replace("PUBLIC", "PRIVATE");

        for (String text : List.of(
                "",
                "no key",
                pem + pem,
                pem.replace("END PUBLIC KEY", "END"),
                pem.replace("MCow", "MCo"),
                pem.replace("MCow", "AAAA"),
                privateKey,
                privateKey.replace("PRIVATE", "PUBLIC"),
                SignedBundle.text("rsa.pem"),
                SignedBundle.text("secp256k1.pem"))) {
            assertEquals(Optional.empty(), TrustedKey.of(text), text);
        }
    }
}
