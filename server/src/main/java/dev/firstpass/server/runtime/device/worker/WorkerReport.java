package dev.firstpass.server.runtime.device.worker;

import java.util.Optional;

/// How a host's worker of one role stands.
///
/// Immutable.
///
/// @param role its name
/// @param pid of the process; empty while there is none
/// @param walls around it; nothing proven and no gaps while there is none
public record WorkerReport(String device, String role, Optional<Long> pid, WallState walls) {}
