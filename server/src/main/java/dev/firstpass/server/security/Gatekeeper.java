package dev.firstpass.server.security;

import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.server.call.Caller;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.security.Verdict.Known;
import dev.firstpass.server.security.Verdict.Refusal;
import dev.firstpass.server.security.Verdict.Unknown;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes the [Gate] of each route, and counts and tells whom they turn away: at most one line for each reason in ten
/// seconds, with how many there were, and without what was shown.
///
/// Thread-safe.
public final class Gatekeeper {
    private static final Logger LOG = LoggerFactory.getLogger(Gatekeeper.class);
    private static final String SCOPE = "SCOPE";
    private static final long QUIET_NANOS = Duration.ofSeconds(10).toNanos();

    private final Authenticator authenticator;
    private final Logins logins;
    private final LongSupplier nanos;
    private final Quotas quotas;
    private final Map<String, Refused> refused = new LinkedHashMap<>();

    /// @param nanos a clock as `System.nanoTime`
    public Gatekeeper(Authenticator authenticator, Quotas quotas, MeterRegistry meters, LongSupplier nanos) {
        this.authenticator = authenticator;
        this.logins = new Logins(nanos);
        this.nanos = nanos;
        this.quotas = quotas;
        Stream.concat(Stream.of(Refusal.values()).map(Refusal::name), Stream.of(SCOPE))
                .forEach(reason -> refused.put(reason, new Refused(counter(meters, reason))));
    }

    private static Counter counter(MeterRegistry meters, String reason) {
        return Counter.builder("firstpass.access.refused")
                .description("Requests whose credential did not let them in")
                .tag("reason", reason)
                .register(meters);
    }

    /// What to put around the service of a route.
    public Function<? super HttpService, Gate> gate(Access access, CredentialWay way) {
        return service -> new Gate(service, access, way, this);
    }

    /// Begins a session of a browser, which counts wherever a token does.
    ///
    /// @return headers `Set-Cookie`
    /// @throws dev.firstpass.server.failure.FailureException UNAUTHENTICATED, if the token is not taken
    public List<String> logIn(ServiceRequestContext request, String token) {
        return switch (check(Credential.token(token))) {
            case Known(Caller caller) -> logins.begin(request, token, caller.tenant());
            case Unknown(Refusal why) -> {
                unknown(request, why);
                throw Failure.of(Reason.UNAUTHENTICATED, why.text()).asException();
            }
        };
    }

    /// Ends the session that a request is of, if it is of one.
    ///
    /// @return headers `Set-Cookie`, by which the browser forgets it
    public List<String> logOut(ServiceRequestContext request) {
        return logins.end(request);
    }

    /// What a request shows by the way of its door, else by the cookie of a session.
    Credential credential(CredentialWay way, RequestHeaders headers) {
        Credential shown = way.read(headers);
        return shown instanceof Credential.None ? logins.credential(headers) : shown;
    }

    Verdict check(Credential credential) {
        return authenticator.check(credential);
    }

    Quotas quotas() {
        return quotas;
    }

    void unknown(ServiceRequestContext request, Refusal why) {
        tell(why.name(), request, "somebody");
    }

    void denied(ServiceRequestContext request, Caller caller) {
        tell(SCOPE, request, caller.tenant() + "/" + caller.principal());
    }

    private void tell(String reason, ServiceRequestContext request, String who) {
        Refused one = refused.get(reason);
        if (one == null) {
            throw new IllegalStateException(reason);
        }
        one.count.increment();
        long times = one.due(nanos.getAsLong());
        if (times > 0) {
            RequestHeaders headers = request.request().headers();
            LOG.warn(
                    "requests refused for {}: {}, the last by {} from {}: {} {}",
                    reason,
                    times,
                    who,
                    request.remoteAddress().getAddress().getHostAddress(),
                    headers.method(),
                    request.config().route().patternString());
        }
    }

    /// Those who were turned away for one reason.
    private static final class Refused {
        private final Counter count;
        private final AtomicLong untold = new AtomicLong();
        private final AtomicLong quietUntil = new AtomicLong(Long.MIN_VALUE);

        Refused(Counter count) {
            this.count = count;
        }

        /// @return how many there were since the last line; 0 where there was one just now
        long due(long now) {
            untold.incrementAndGet();
            long until = quietUntil.get();
            boolean isDue = until == Long.MIN_VALUE || now - until >= 0;
            return isDue && quietUntil.compareAndSet(until, now + QUIET_NANOS) ? untold.getAndSet(0) : 0;
        }
    }
}
