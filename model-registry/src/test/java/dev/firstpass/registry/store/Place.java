package dev.firstpass.registry.store;

import dev.firstpass.registry.FakeFamily;
import dev.firstpass.registry.FakeModel;
import dev.firstpass.registry.Storage;
import dev.firstpass.registry.signature.SignaturePolicy;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;

/// Where the registries of a test are kept: what holds for one of them holds for both.
enum Place {
    LOCAL,
    SHARED;

    /// A place that nobody has used yet.
    Storage fresh(SharedServers servers) {
        return switch (this) {
            case LOCAL -> Storage.LOCAL;
            case SHARED -> servers.fresh();
        };
    }

    static ModelRegistry open(Path data, Storage storage, InstantSource clock) {
        return ModelRegistry.open(
                DataDirectory.open(data),
                new RegistrySettings(storage, SignaturePolicy.NONE),
                List.of(FakeFamily.BOXES),
                FakeModel.reader(),
                clock);
    }
}
