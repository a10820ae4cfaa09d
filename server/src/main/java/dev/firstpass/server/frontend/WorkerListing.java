package dev.firstpass.server.frontend;

import java.util.List;

/// The processes that models run in; none where they run in the server's own.
///
/// Thread-safe, cheap, does not block.
@FunctionalInterface
public interface WorkerListing {
    List<WorkerDescription> workers();
}
