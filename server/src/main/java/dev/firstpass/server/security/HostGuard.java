package dev.firstpass.server.security;

import com.linecorp.armeria.common.RequestHeaders;
import dev.firstpass.server.config.ListenerConfig;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.failure.Words;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Answers only to the server's own names in `Host` (HTTP/1) and `:authority` (HTTP/2).
///
/// A web page can make a name of its own resolve to loopback and then talk to the server as if they were of one
/// origin. It cannot change the name in `Host`. The port is not compared: behind a port mapping the client's is
/// another one, and a page on another port of this machine is [OriginGuard]'s affair.
///
/// Thread-safe.
public final class HostGuard {
    private static final List<String> LOOPBACK = List.of("localhost", "127.0.0.1", "[::1]");
    private static final Pattern AUTHORITY =
            Pattern.compile("(?<name>\\[[0-9A-Fa-f:.]{2,45}]|[A-Za-z0-9._-]{1,253})(:(?<port>[0-9]{1,5}))?");

    private final Set<String> names;

    /// Nearly all requests say the same.
    private volatile String lastOwn;

    public HostGuard(ListenerConfig listener) {
        names = new HashSet<>(LOOPBACK);
        String host = listener.host().toLowerCase(Locale.ROOT);
        String own = host.contains(":") ? "[" + host + "]" : host;
        names.add(own);
        lastOwn = own;
        listener.hostNames().forEach(name -> names.add(name.toLowerCase(Locale.ROOT)));
    }

    /// @throws dev.firstpass.server.failure.FailureException PERMISSION_DENIED, if the request names another host
    public void check(RequestHeaders headers) {
        String authority = headers.authority();
        if (!isOwn(authority)) {
            String shown = authority == null ? "none" : Words.quoted(authority);
            throw Failure.ofField(
                            Reason.PERMISSION_DENIED,
                            "Host",
                            "Host: " + shown + " (expected: a name of this server; the setting host-names adds one)")
                    .asException();
        }
    }

    private boolean isOwn(@Nullable String authority) {
        if (authority == null) {
            return false;
        }
        if (authority.equals(lastOwn)) {
            return true;
        }
        Matcher parts = AUTHORITY.matcher(authority);
        boolean isOwn = parts.matches() && names.contains(parts.group("name").toLowerCase(Locale.ROOT));
        if (isOwn) {
            lastOwn = authority;
        }
        return isOwn;
    }
}
