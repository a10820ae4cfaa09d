package dev.firstpass.server.security;

import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.RequestHeaders;
import dev.firstpass.server.config.ListenerConfig;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.failure.Words;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Keeps pages of other origins from using the server through the browser of somebody who can reach it: what is refused here
/// could not be read by the page anyway ([CrossOrigin]), but it could be sent.
///
/// Programs send neither `Origin` nor `Sec-Fetch-Site` and pass. Following a link to the page itself passes too, and to the login
/// that may stand before it.
///
/// Immutable.
public final class OriginGuard {
    private static final Set<String> OWN_SITES = Set.of("same-origin", "none");

    private final Set<String> configured;

    public OriginGuard(ListenerConfig listener) {
        configured = new HashSet<>();
        listener.origins().forEach(origin -> configured.add(origin.toLowerCase(Locale.ROOT)));
    }

    /// To be called after [HostGuard], which has made sure that the authority is the server's own.
    ///
    /// @throws dev.firstpass.server.failure.FailureException PERMISSION_DENIED, if a page of another origin sent
    ///     the request
    public void check(RequestHeaders headers) {
        String origin = headers.get("origin");
        if (origin != null && !isOwn(origin, headers)) {
            throw denied("Origin", origin);
        }
        String site = headers.get("sec-fetch-site");
        // A page of a configured origin is of another site; its requests that carry Origin were accepted above.
        if (site != null && origin == null && !OWN_SITES.contains(site) && !followsLinkToPage(headers)) {
            throw denied("Sec-Fetch-Site", site);
        }
    }

    private boolean isOwn(String origin, RequestHeaders headers) {
        return configured.contains(origin.toLowerCase(Locale.ROOT)) || isServersOwn(origin, headers);
    }

    /// Whether an origin is the one that a request was sent to. Where no TLS comes here, a proxy may have ended it: a page that came over
    /// TLS under the server's own name is the server's as well.
    static boolean isServersOwn(String origin, RequestHeaders headers) {
        @Nullable String authority = headers.authority();
        if (authority == null) {
            return false;
        }
        String lower = origin.toLowerCase(Locale.ROOT);
        String own = "://" + authority.toLowerCase(Locale.ROOT);
        return lower.equals("https" + own) || (!"https".equals(headers.scheme()) && lower.equals("http" + own));
    }

    private static boolean followsLinkToPage(RequestHeaders headers) {
        return headers.method() == HttpMethod.GET
                && (headers.path().equals("/") || headers.path().equals(Logins.PAGE))
                && "navigate".equals(headers.get("sec-fetch-mode"))
                && "document".equals(headers.get("sec-fetch-dest"));
    }

    private static RuntimeException denied(String header, String value) {
        return Failure.ofField(
                        Reason.PERMISSION_DENIED,
                        header,
                        header + ": " + Words.quoted(value) + " (expected: the server's own origin)")
                .asException();
    }
}
