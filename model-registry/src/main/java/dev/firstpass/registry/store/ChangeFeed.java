package dev.firstpass.registry.store;

import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.Replica;
import dev.firstpass.registry.Replica.Residency;
import dev.firstpass.registry.audit.AuditLine;
import dev.firstpass.registry.store.MetadataStore.Contents;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// What other servers change in the registry, as they change it.
///
/// For one thread, but for `close`.
interface ChangeFeed extends AutoCloseable {
    /// @param lines of the audit that others wrote, in order
    /// @param contents of the models and projects that they name, and that lines of this server name, at one instant
    /// @param end number of the last line that there was at that instant, whoever wrote it
    /// @param wishes of others that this server has not answered yet
    /// @param others the live servers beside this one, as far as they say what they have in memory
    record Changes(
            List<AuditLine> lines,
            Map<ModelName, Contents> contents,
            long end,
            List<Wish> wishes,
            List<Replica> others) {}

    /// A version that another server wants to be ready here.
    record Wish(long id, ModelRef.Numbered version) {}

    /// Waits until there may be something new, at most that long, and reads it. The first call does not wait, nor does the
    /// first one after a failure.
    ///
    /// @param known the last line of the audit that is known here
    /// @throws dev.firstpass.registry.RegistryException.Unavailable if the database does not answer, or this is closed
    Changes next(long known, Duration most);

    /// Tells the others that this server is there, and knows the audit up to that line.
    ///
    /// @param residency what it has of the versions in memory
    /// @throws dev.firstpass.registry.RegistryException.Unavailable as `next`
    void beat(long known, Map<ModelRef.Numbered, Residency> residency);

    /// Ends the call under way, and tells the others that this server is gone if they can be told.
    @Override
    void close();
}
