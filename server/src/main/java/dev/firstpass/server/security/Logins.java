package dev.firstpass.server.security;

import com.linecorp.armeria.common.Cookie;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.registry.Sha256;
import dev.firstpass.registry.Tenant;
import dev.firstpass.server.security.Sessions.Session;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Browsers of people who have shown a token: each has a cookie, which stands for the token as long as it is taken. Both listeners have
/// the same, since a cookie is of a host and not of a port.
///
/// A cookie comes with whatever a browser sends here, whoever had it send that. So it counts only where the browser says that a page of
/// the server's own did, or the person themselves.
///
/// Thread-safe. Sessions are this process' own: they end with it, and twelve hours after they began.
public final class Logins {
    /// Where people log in.
    public static final String PAGE = "/login";

    private static final Duration LIFE = Duration.ofHours(12);
    private static final int ID_BYTES = 32;

    /// Of an id, a token, and what a map needs for them; a token of an issuer is longer.
    private static final int SESSION_BYTES = 512;

    private static final String HTTPS = "https://";

    private static final long MOST_BYTES = 8 << 20;
    private static final String NAME = "firstpass-session";

    /// A cookie of that name is taken by browsers over TLS alone, and from this very host.
    private static final String NAME_OVER_TLS = "__Host-" + NAME;

    /// Says to the page's scripts that there is a session, and nothing of it.
    private static final String MARK = "firstpass-login";

    private static final Set<HttpMethod> SAFE = EnumSet.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);
    private static final Set<String> OWN_SITES = Set.of("same-origin", "none");

    private final LongSupplier nanos;
    private final SecureRandom random = new SecureRandom();
    private final Sessions sessions;

    /// @param nanos a clock as `System.nanoTime`
    Logins(LongSupplier nanos) {
        this.nanos = nanos;
        this.sessions = new Sessions(MOST_BYTES, nanos);
    }

    /// Begins a session for somebody who has shown a token.
    ///
    /// @param request of the page where they did
    /// @param token that was taken
    /// @param tenant whose it is
    /// @return headers `Set-Cookie`
    List<String> begin(ServiceRequestContext request, String token, Tenant tenant) {
        byte[] bytes = new byte[ID_BYTES];
        random.nextBytes(bytes);
        String id = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        long until = nanos.getAsLong() + LIFE.toNanos();
        sessions.begin(key(id), new Session(Credential.token(token), tenant, SESSION_BYTES + token.length(), until));
        return cookies(request, id, LIFE.toSeconds());
    }

    /// Ends the session that a request is of, if it is of one.
    ///
    /// @return headers `Set-Cookie`, by which the browser forgets it
    List<String> end(ServiceRequestContext request) {
        id(request.request().headers()).map(Logins::key).ifPresent(sessions::end);
        return cookies(request, "", 0);
    }

    private static List<String> cookies(ServiceRequestContext request, String id, long seconds) {
        boolean isEncrypted = request.sessionProtocol().isTls()
                || request.request().headers().get("origin", "").startsWith(HTTPS);
        Cookie session = Cookie.secureBuilder(isEncrypted ? NAME_OVER_TLS : NAME, id)
                .path("/")
                .sameSite("Strict")
                .secure(isEncrypted)
                .maxAge(seconds)
                .build();
        Cookie mark = Cookie.secureBuilder(MARK, seconds == 0 ? "" : "1")
                .httpOnly(false)
                .path("/")
                .sameSite("Strict")
                .secure(isEncrypted)
                .maxAge(seconds)
                .build();
        return List.of(session.toSetCookieHeader(), mark.toSetCookieHeader());
    }

    /// The token that a request's cookie stands for; none where it has none that counts.
    Credential credential(RequestHeaders headers) {
        Optional<String> id = headers.contains("cookie") && isOwn(headers) ? id(headers) : Optional.empty();
        return id.flatMap(one -> sessions.find(key(one)))
                .map(Session::credential)
                .orElseGet(Credential.None::new);
    }

    /// Where the server has no TLS itself, a proxy before it may have, which the browser knows: beside a cookie of TLS, which nobody else
    /// can set, one of the other name may be anybody's.
    private static Optional<String> id(RequestHeaders headers) {
        Optional<String> overTls = cookie(headers, NAME_OVER_TLS);
        return overTls.isPresent() || "https".equals(headers.scheme()) ? overTls : cookie(headers, NAME);
    }

    private static Optional<String> cookie(RequestHeaders headers, String name) {
        return headers.cookies().stream()
                .filter(cookie -> cookie.name().equals(name))
                .map(Cookie::value)
                .findFirst();
    }

    /// Whether a page of this very origin sent it, or, where nothing is changed, nobody's page did.
    private static boolean isOwn(RequestHeaders headers) {
        @Nullable String origin = headers.get("origin");
        @Nullable String site = headers.get("sec-fetch-site");
        if (site != null && !OWN_SITES.contains(site)) {
            return false;
        }
        if (origin != null) {
            return OriginGuard.isServersOwn(origin, headers);
        }
        return SAFE.contains(headers.method()) || "same-origin".equals(site);
    }

    /// Memory that is read by somebody else gives no session away.
    private static String key(String id) {
        return Sha256.of(id.getBytes(StandardCharsets.UTF_8));
    }
}
