package dev.firstpass.server.frontend.listen;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayList;
import java.util.List;

/// Counts breaches of both listeners.
///
/// Thread-safe.
final class Breaches {
    private final List<Counter> counters = new ArrayList<>();

    Breaches(MeterRegistry meters) {
        for (Breach breach : Breach.values()) {
            counters.add(Counter.builder("firstpass.wire.refused")
                    .description("Requests and connections that broke a limit or the protocol before any door saw them")
                    .tag("reason", breach.id())
                    .register(meters));
        }
    }

    void count(Breach breach) {
        counters.get(breach.ordinal()).increment();
    }
}
