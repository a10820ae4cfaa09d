package dev.firstpass.server.frontend;

import dev.firstpass.registry.Hold;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import java.util.List;
import java.util.Map;

/// What becomes of old versions, as the management listener needs it.
///
/// Thread-safe. Blocks, so it is called on a virtual thread. Throws [dev.firstpass.registry.RegistryException]s.
public interface RetentionAdmin {
    /// The versions that [#prune] would remove, the oldest first.
    ///
    /// @param keep how many of those that nobody uses or holds stay
    List<ModelVersion> removable(ModelName name, int keep);

    /// Takes the versions out of service that nobody uses or holds, but for the last `keep` of them, waits until the
    /// requests that have them have ended, and removes them with their files. One that is taken into use meanwhile stays.
    ///
    /// @return those that were removed
    List<ModelVersion> prune(ModelName name, int keep);

    /// Number -> why that version of a model is not removed; empty where there is no such model.
    Map<Long, Hold> holds(ModelName name);

    void hold(ModelRef.Numbered ref, String reason);

    /// Ends a hold; nothing happens where there is none.
    void release(ModelRef.Numbered ref);
}
