package dev.firstpass.server.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.registry.Tenant;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class LoginsTest {
    private final AtomicLong nanos = new AtomicLong();
    private final Logins logins = new Logins(nanos::get);

    private Credential shownBy(String cookie) {
        return logins.credential(RequestHeaders.builder(HttpMethod.GET, "/v1/models")
                .scheme("http")
                .authority("localhost")
                .set("cookie", cookie)
                .build());
    }

    @Test
    void session_endsAfterTwelveHours_howeverOftenItIsUsed() {
        ServiceRequestContext login = ServiceRequestContext.of(HttpRequest.of(HttpMethod.POST, "/login"));
        String cookie = logins.begin(login, "fp_x", Tenant.LOCAL).getFirst().split(";", 2)[0];
        for (int hour = 1; hour < 12; hour++) {
            nanos.set(Duration.ofHours(hour).toNanos());
            assertEquals(new Credential.Token("fp_x"), shownBy(cookie));
        }
        nanos.set(Duration.ofHours(12).toNanos());
        assertInstanceOf(Credential.None.class, shownBy(cookie));
    }
}
