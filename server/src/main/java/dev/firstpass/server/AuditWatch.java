package dev.firstpass.server;

import dev.firstpass.registry.RegistryException.Unavailable;
import dev.firstpass.registry.Uninterrupted;
import dev.firstpass.registry.audit.AuditCheck;
import dev.firstpass.registry.audit.AuditHead;
import dev.firstpass.registry.audit.AuditLine;
import dev.firstpass.registry.audit.AuditPage;
import dev.firstpass.registry.audit.AuditVerdict;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.Serial;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks through the whole audit when the server starts and then every hour, and tells by a metric and in the log where it
/// was altered. The line that it ended with is remembered, so that a whole new audit is noticed too, as long as this runs.
///
/// Thread-safe. A thread of its own reads; `close` waits for the lines that are just being read. Owns nothing else.
final class AuditWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AuditWatch.class);
    private static final int LINES = 1_000;
    private static final Duration EVERY = Duration.ofHours(1);

    private final Source source;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread;

    /// Where it ended when it was whole; of the thread that looks.
    private AuditHead known = AuditHead.START;

    private volatile double intact = Double.NaN;

    /// Reads lines of the audit of all tenants: after a number, at most so many.
    @FunctionalInterface
    interface Source {
        AuditPage lines(long after, int most);
    }

    /// Ends a look, which finds nothing then.
    private static final class Closing extends RuntimeException {
        @Serial
        private static final long serialVersionUID = 1;

        Closing() {
            super("closing");
        }
    }

    private AuditWatch(Source source) {
        this.source = source;
        this.thread = Thread.ofVirtual().name("audit-watch").unstarted(this::work);
    }

    /// @param source not owned; asked until this is closed
    static AuditWatch start(Source source, MeterRegistry meters) {
        AuditWatch watch = new AuditWatch(source);
        Gauge.builder("firstpass.audit.intact", watch, each -> each.intact)
                .description("1 where every line of the audit is as it was written, 0 where it was altered")
                .strongReference(true)
                .register(meters);
        watch.thread.start();
        return watch;
    }

    /// Not started, for a test that looks by itself.
    static AuditWatch unstarted(Source source) {
        return new AuditWatch(source);
    }

    private void work() {
        try {
            do {
                look();
            } while (!closing.await(EVERY.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts this thread", e);
        }
    }

    /// 1 or 0 as the last look has found; NaN before the first. Where the audit cannot be read, what was found before stands.
    double look() {
        try {
            intact = isWhole() ? 1 : 0;
        } catch (Unavailable e) {
            LOG.warn("the audit cannot be checked now: {}", e.getMessage());
        } catch (Closing _) {
            LOG.debug("the audit was not read to its end");
        } catch (RuntimeException e) {
            LOG.error("the audit cannot be checked", e);
        }
        return intact;
    }

    private boolean isWhole() {
        if (known.id() > 0) {
            List<AuditLine> last = source.lines(known.id() - 1, 1).lines();
            if (last.isEmpty() || !last.getFirst().head().equals(known)) {
                LOG.error("the audit is not the one that it was: line {} was another, or is missing now", known.id());
                return false;
            }
        }
        return switch (AuditCheck.of(this::lines)) {
            case AuditVerdict.Whole whole -> {
                known = whole.head();
                yield true;
            }
            case AuditVerdict.Broken broken -> {
                LOG.error("the audit is damaged at line {}: {}", broken.line(), broken.problem());
                yield false;
            }
        };
    }

    private AuditPage lines(long after) {
        if (closing.getCount() == 0) {
            throw new Closing();
        }
        return source.lines(after, LINES);
    }

    @Override
    public void close() {
        closing.countDown();
        Uninterrupted.join(thread);
    }
}
