package dev.firstpass.server.frontend;

import com.linecorp.armeria.common.util.TimeoutMode;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.call.TimeLimit;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// How much time requests have: the same at every door. A request's time begins when its head is read off the connection,
/// so that what it waits for its body, its event loop and its thread counts. What it waited in the socket, or in the
/// client, nobody here knows of.
///
/// Pure functions, but for the transport's own timeout.
public final class RequestTime {
    private static final String GRPC_TIMEOUT = "grpc-timeout";

    /// Longer than any stream lives; what clients name may be more than a number of nanoseconds holds.
    private static final TimeLimit LONGEST = new TimeLimit(Duration.ofDays(1000), true);

    private RequestTime() {}

    /// The deadline of a request that may take so long. From now on the transport ends the request then, too; at once
    /// if it has passed already.
    public static Deadline begin(ServiceRequestContext context, TimeLimit limit) {
        Deadline deadline = Deadline.since(context.log().partial().requestStartTimeNanos(), limit, System::nanoTime);
        context.setRequestTimeout(TimeoutMode.SET_FROM_NOW, Duration.ofNanos(Math.max(1, deadline.remainingNanos())));
        return deadline;
    }

    /// The deadline of a gRPC call: the client's own, where it is sooner.
    public static Deadline beginCall(ServiceRequestContext context, TimeLimit limit) {
        return begin(context, ofCall(context).map(limit::sooner).orElse(limit));
    }

    /// The deadline of a call that may take as long as its client likes; empty where that named none.
    public static Optional<Deadline> ofStream(ServiceRequestContext context) {
        return ofCall(context)
                .map(limit -> Deadline.since(
                        context.log().partial().requestStartTimeNanos(), LONGEST.sooner(limit), System::nanoTime));
    }

    /// What the client of a gRPC call said of its time. It is well-formed here: the transport has refused others.
    private static Optional<TimeLimit> ofCall(ServiceRequestContext context) {
        @Nullable String sent = context.request().headers().get(GRPC_TIMEOUT);
        return sent == null ? Optional.empty() : Optional.of(new TimeLimit(duration(sent), true));
    }

    /// At most eight digits and a unit.
    private static Duration duration(String timeout) {
        int last = timeout.length() - 1;
        long value = Long.parseLong(timeout.substring(0, last));
        TimeUnit unit = switch (timeout.charAt(last)) {
            case 'n' -> TimeUnit.NANOSECONDS;
            case 'u' -> TimeUnit.MICROSECONDS;
            case 'm' -> TimeUnit.MILLISECONDS;
            case 'S' -> TimeUnit.SECONDS;
            case 'M' -> TimeUnit.MINUTES;
            case 'H' -> TimeUnit.HOURS;
            default -> throw new IllegalArgumentException(GRPC_TIMEOUT + ": " + timeout);
        };
        return Duration.of(value, unit.toChronoUnit());
    }
}
