package dev.firstpass.server.frontend.listen;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/// Counts breaches of both listeners.
///
/// Thread-safe.
final class Breaches {
    private final Map<Breach, Counter> counters = new EnumMap<>(Breach.class);

    Breaches(MeterRegistry meters) {
        for (Breach breach : Breach.values()) {
            counters.put(
                    breach,
                    Counter.builder("firstpass.wire.refused")
                            .description(
                                    "Requests and connections that broke a limit or the protocol before any door saw them")
                            .tag("reason", breach.id())
                            .register(meters));
        }
    }

    void count(Breach breach) {
        Objects.requireNonNull(counters.get(breach)).increment();
    }
}
