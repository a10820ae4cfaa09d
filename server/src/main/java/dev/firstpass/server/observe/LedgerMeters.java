package dev.firstpass.server.observe;

import dev.firstpass.server.ledger.PredictionLedger;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

/// How the ledger of predictions keeps up.
public final class LedgerMeters {
    private LedgerMeters() {}

    /// Adds its meters, which read the ledger when they are scraped.
    public static void bind(PredictionLedger ledger, MeterRegistry registry) {
        FunctionCounter.builder("firstpass.ledger.written", ledger, PredictionLedger::written)
                .description("Answers that are in the ledger of predictions")
                .register(registry);
        FunctionCounter.builder("firstpass.ledger.dropped", ledger, PredictionLedger::dropped)
                .description("Answers that the ledger of predictions could not take or could not write")
                .register(registry);
        Gauge.builder("firstpass.ledger.lag", ledger, each -> each.lag().toMillis() / 1e3)
                .description("Age of the oldest answer that is not in the ledger of predictions yet")
                .baseUnit("seconds")
                .register(registry);
    }
}
