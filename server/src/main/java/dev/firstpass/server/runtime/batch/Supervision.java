package dev.firstpass.server.runtime.batch;

import dev.firstpass.server.runtime.supervision.Quarantine;
import dev.firstpass.server.runtime.supervision.Watchdog;
import java.time.Duration;

/// Who is told of inputs that bring their worker down, and who ends runs that do not end.
///
/// Immutable.
///
/// @param quarantine where inputs go that bring their worker down alone
/// @param watchdog ends runs that take too long
/// @param runLimit that a run may take
public record Supervision(Quarantine quarantine, Watchdog watchdog, Duration runLimit) {}
