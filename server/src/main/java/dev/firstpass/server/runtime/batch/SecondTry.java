package dev.firstpass.server.runtime.batch;

import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.RunLostException;
import dev.firstpass.server.runtime.supervision.CrashLoop;
import java.util.Optional;
import java.util.function.Supplier;

/// Finds out whose doing it is that a worker is lost, where versions share it: what was lost beside others is tried again
/// without them, and what is lost then is that version's doing. Where the others do not make room, nobody is blamed.
///
/// Pure functions.
public final class SecondTry {
    private SecondTry() {}

    /// Does something of a version's in its worker, a second time if the worker is lost.
    ///
    /// @param session that `work` is done in
    /// @param crashes of the version
    /// @throws RunLostException if the worker was lost a second time, or `work` could not be done alone
    public static <T> T call(EngineSession session, CrashLoop crashes, Supplier<T> work) {
        try {
            return work.get();
        } catch (RunLostException e) {
            Optional<EngineSession.Turn> alone = session.alone();
            if (alone.isEmpty()) {
                throw e;
            }
            try (EngineSession.Turn _ = alone.get()) {
                return callAlone(crashes, work);
            }
        }
    }

    /// As `call`.
    static void run(EngineSession session, CrashLoop crashes, Runnable work) {
        var _ = call(session, crashes, () -> {
            work.run();
            return true;
        });
    }

    private static <T> T callAlone(CrashLoop crashes, Supplier<T> work) {
        try {
            return work.get();
        } catch (RunLostException e) {
            crashes.lost();
            throw e;
        }
    }
}
