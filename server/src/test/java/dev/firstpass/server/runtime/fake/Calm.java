package dev.firstpass.server.runtime.fake;

import dev.firstpass.server.runtime.batch.Supervision;
import dev.firstpass.server.runtime.batch.schedule.BatchPolicy;
import dev.firstpass.server.runtime.supervision.CrashLoop;
import dev.firstpass.server.runtime.supervision.Oversight;
import dev.firstpass.server.runtime.supervision.Quarantine;
import dev.firstpass.server.runtime.supervision.SupervisionListener;
import java.time.Duration;
import java.util.function.LongSupplier;

/// What supervises where nothing goes wrong.
public final class Calm {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private Calm() {}

    /// Nobody looks in on runs.
    public static Supervision supervision() {
        return new Supervision(new Quarantine(System::nanoTime, SupervisionListener.NONE), _ -> () -> {}, MINUTE);
    }

    /// As the server's own, with less room.
    public static BatchPolicy policy(int rows) {
        return BatchPolicy.DEFAULTS.withRoom(BatchPolicy.DEFAULTS.room().withRows(rows), 1);
    }

    /// Nobody looks in on workers.
    public static Oversight oversight(LongSupplier nanoClock) {
        return new Oversight(_ -> () -> {}, SupervisionListener.NONE, nanoClock);
    }

    public static CrashLoop crashes() {
        return new CrashLoop(System::nanoTime, () -> {});
    }
}
