package dev.firstpass.server.cli;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.store.RegistrySettings;
import dev.firstpass.server.config.RuntimeConfig;
import dev.firstpass.server.config.ServerSettings;
import dev.firstpass.server.tuning.TuningListener;
import dev.firstpass.server.tuning.TuningReport;
import java.nio.file.Path;
import java.time.Duration;
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
    /// @param settings where it is kept, and whose signatures count
    RegistryAccess openRegistry(Path data, RegistrySettings settings);

    /// Opens the registry in `data` and what runs its models, in this process. The caller closes it.
    ///
    /// @param settings where it is kept, and whose signatures count
    PrelabelAccess openPrelabels(Path data, RegistrySettings settings, Progress progress);

    /// The ledger of predictions in `data`, which a server may be writing. The caller closes it.
    PredictionAccess openPredictions(Path data);

    /// The demo's models and photos.
    DemoKit demoKit(Progress progress);

    /// Finds out which batch sizes, sessions and threads suit a version on this machine, in workers of its own.
    ///
    /// @param folder where they get theirs
    /// @throws RuntimeException if the version cannot be run
    TuningReport tune(ModelVersion version, Path folder, RuntimeConfig config, Duration time, TuningListener listener)
            throws InterruptedException;

    /// Draws labels over the photo they belong to.
    ///
    /// @param image bytes of the photo, as they were given to the model
    /// @return bytes of a PNG of the upright photo, of at most 1600 pixels a side
    byte[] paintOverlay(byte[] image, List<Annotation> labels);

    /// The same for a page that has many pictures.
    ///
    /// @param maxSide longest side of the picture in pixels; larger photos are scaled down to it
    /// @return bytes of a JPEG of the upright photo
    byte[] paintForPage(byte[] image, List<Annotation> labels, int maxSide);

    /// How large an image is, turned upright, by its header.
    ///
    /// @throws dev.firstpass.postprocess.dataset.DataSetException if it is none that is read, or is not all there
    ImageSize imageSize(byte[] image);

    /// Tries the engines and the image decoder on something tiny, one probe each.
    List<DoctorCheck> engineChecks();
}
