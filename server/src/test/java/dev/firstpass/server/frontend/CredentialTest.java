package dev.firstpass.server.frontend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.QueryParams;
import com.linecorp.armeria.common.RequestHeaders;
import dev.firstpass.server.call.Caller;
import java.util.List;
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
        assertEquals(new Credential.Token("k"), Credential.ofQuery(QueryParams.of("api_key", "k"), "api_key"));
        assertEquals(new Credential.None(), Credential.ofQuery(QueryParams.of(), "api_key"));
    }

    @Test
    void text_saysNothingOfTheSecret() {
        for (Credential credential :
                List.of(new Credential.Token("hunter2"), new Credential.Basic("hunter2", "hunter2"))) {
            assertFalse(credential.toString().contains("hunter2"));
            assertEquals(Caller.LOCAL, credential.caller());
        }
    }
}
