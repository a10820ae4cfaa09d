package dev.firstpass.server.cli;

import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.registry.Storage;
import dev.firstpass.server.config.ServerSettings;
import java.nio.file.Path;
import java.util.List;

/// Everything that the command line asks of the rest of the server: the one place where the two are joined.
///
/// Thread-safe; nothing is opened before it is asked for, so that `firstpass formats` stays quick.
interface Parts {
    /// Starts a server in this process and returns when it serves requests.
    ///
    /// @param data belongs to the server until it is closed
    /// @throws RuntimeException if it cannot start; nothing is left running
    RunningServer startServer(Path data, ServerSettings settings, Progress progress);

    /// Opens the registry in `data`, which no other process may own. The caller closes it.
    ///
    /// @param storage where it is kept
    RegistryAccess openRegistry(Path data, Storage storage);

    /// Opens the registry in `data` and what runs its models, in this process. The caller closes it.
    ///
    /// @param storage where it is kept
    PrelabelAccess openPrelabels(Path data, Storage storage, Progress progress);

    /// The ledger of predictions in `data`, which a server may be writing. The caller closes it.
    PredictionAccess openPredictions(Path data);

    /// The demo's models and photos.
    DemoKit demoKit(Progress progress);

    /// Draws pre-labels over the photo they belong to.
    ///
    /// @param image bytes of the photo, as they were given to the model
    /// @return bytes of a PNG of the upright photo
    byte[] paintOverlay(byte[] image, Prelabels prelabels);

    /// Tries the engines and the image decoder on something tiny, one probe each.
    List<DoctorCheck> engineChecks();
}
