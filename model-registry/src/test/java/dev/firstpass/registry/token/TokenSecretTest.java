package dev.firstpass.registry.token;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.Sha256;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TokenSecretTest {
    /// What scanners of source code are told to look for.
    private static final String FORM = "fp_[0-9A-Za-z]{49}";

    private static final SecureRandom RANDOM = new SecureRandom();

    @Test
    void generated_isOfOneForm_andParsedAgain_andNeverTheSame() {
        Set<String> all = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            TokenSecret secret = TokenSecret.generate(RANDOM);
            assertTrue(secret.text().matches(FORM), secret.text());
            assertEquals(
                    secret.text(),
                    TokenSecret.parse(secret.text()).orElseThrow().text());
            all.add(secret.text());
        }
        assertEquals(1000, all.size());
    }

    /// The form is a promise: what was made once stays a token. The bits are those of the number 0 here.
    @Test
    void leastOfAll_hasItsDigitsAndItsCheck() {
        SecureRandom zeros = new SecureRandom() {
            private static final long serialVersionUID = 1L;

            @Override
            public void nextBytes(byte[] bytes) {}
        };

        assertEquals(
                "fp_" + "0".repeat(43) + "17jlu8", TokenSecret.generate(zeros).text());
    }

    @Test
    void oneLetterChanged_isNoToken() {
        String text = TokenSecret.generate(RANDOM).text();
        for (int i = 0; i < text.length(); i++) {
            char other = text.charAt(i) == 'x' ? 'y' : 'x';
            String changed = text.substring(0, i) + other + text.substring(i + 1);
            assertEquals(Optional.empty(), TokenSecret.parse(changed).map(TokenSecret::text));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "fp_", "fp_0", "Bearer fp_0", "ghp_0123456789"})
    void otherTexts_areNone(String text) {
        assertEquals(Optional.empty(), TokenSecret.parse(text).map(TokenSecret::text));
        assertEquals(
                Optional.empty(),
                TokenSecret.parse(TokenSecret.generate(RANDOM).text() + text + " ")
                        .map(TokenSecret::text));
    }

    @Test
    void hash_isSha256_andItsBeginningIsTheId_andTheTextSaysNothing() {
        TokenSecret secret = TokenSecret.generate(RANDOM);
        String hash = Sha256.of(secret.text().getBytes(StandardCharsets.US_ASCII));

        assertEquals(hash, HexFormat.of().formatHex(secret.hash()));
        assertEquals(hash.substring(0, 16), TokenSecret.id(secret.hash()));
        assertFalse(secret.toString().contains("fp_"));
    }
}
