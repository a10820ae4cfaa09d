package dev.firstpass.server.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.RequestHeaders;
import dev.firstpass.registry.token.TokenSecret;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CredentialTest {
    private static RequestHeaders headers(String name, String value) {
        return RequestHeaders.of(HttpMethod.GET, "/", name, value);
    }

    @Test
    void authorization_isReadByItsScheme() {
        assertEquals(
                new Credential.Basic("me", "pass:word"),
                Credential.ofAuthorization(headers("authorization", "Basic bWU6cGFzczp3b3Jk")));
        assertEquals(
                new Credential.Token("fp_1"), Credential.ofAuthorization(headers("authorization", "bearer  fp_1 ")));
        assertEquals(new Credential.None(), Credential.ofAuthorization(RequestHeaders.of(HttpMethod.GET, "/")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Basic", "Basic !!!", "Basic bWU=", "Digest x", "fp_1", "Bearer ", ""})
    void authorization_thatCannotBeRead_isNone(String header) {
        assertEquals(new Credential.None(), Credential.ofAuthorization(headers("authorization", header)));
    }

    @Test
    void headersAndParameters_areTokens_andBlankOnesNone() {
        assertEquals(new Credential.Token("k"), Credential.ofHeader(headers("token", "k"), "token"));
        assertEquals(new Credential.None(), Credential.ofHeader(headers("token", " "), "token"));
        for (String path : List.of("/x?api_key=k", "/x?a=b&api_key=k&api_key=l", "/x?api%5Fkey=k")) {
            assertEquals(
                    new Credential.Token("k"), Credential.ofQuery(RequestHeaders.of(HttpMethod.GET, path), "api_key"));
        }
        for (String path : List.of("/x", "/x?", "/x?api_key=", "/api_key=k", "/x?api_key2=k")) {
            assertEquals(new Credential.None(), Credential.ofQuery(RequestHeaders.of(HttpMethod.GET, path), "api_key"));
        }
    }

    @Test
    void secret_isThePasswordOrTheName_ifThatIsAToken() {
        TokenSecret secret = TokenSecret.generate(new SecureRandom());
        for (Credential credential : List.of(
                new Credential.Token(secret.text()),
                new Credential.Basic("me", secret.text()),
                new Credential.Basic(secret.text(), ""))) {
            assertEquals(secret.text(), credential.secret().orElseThrow().text());
        }
        for (Credential credential : List.of(
                new Credential.None(), new Credential.Token("x"), new Credential.Basic("me", "fp_" + "0".repeat(49)))) {
            assertEquals(Optional.empty(), credential.secret());
        }
    }

    @Test
    void text_saysNothingOfTheSecret() {
        for (Credential credential :
                List.of(new Credential.Token("hunter2"), new Credential.Basic("hunter2", "hunter2"))) {
            assertFalse(credential.toString().contains("hunter2"));
        }
    }
}
