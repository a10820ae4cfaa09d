package dev.firstpass.server.runtime.fake;

import dev.firstpass.server.runtime.batch.Supervision;
import dev.firstpass.server.runtime.supervision.CrashLoop;
import dev.firstpass.server.runtime.supervision.Quarantine;
import java.time.Duration;

/// What supervises where nothing goes wrong.
public final class Calm {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private Calm() {}

    /// Nobody looks in on runs.
    public static Supervision supervision() {
        return new Supervision(new Quarantine(System::nanoTime), _ -> () -> {}, MINUTE);
    }

    public static CrashLoop crashes() {
        return new CrashLoop(System::nanoTime, () -> {});
    }
}
