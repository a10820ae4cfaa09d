package dev.firstpass.server.runtime.lifecycle;

import dev.firstpass.registry.Manifest;
import dev.firstpass.registry.ModelVersion;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// What versions take of a device's memory: what was measured when they were last loaded here, or else what their files suggest.
///
/// Measured on ONNX Runtime: a loaded model holds its file's bytes and what its runs need; while it loads, it holds the
/// file's bytes once more.
///
/// Thread-safe.
final class Footprints {
    /// What a model needs beside its weights, where nobody has measured it.
    private static final long USUAL_RUN_BYTES = 32 << 20;

    /// What else changes hands while a model loads, and so is measured with it: a worker's own Java, for one.
    private static final long NOISE_BYTES = 16 << 20;

    private final Map<Place, Long> measured = new ConcurrentHashMap<>();

    /// Bytes that a version holds on a device once it is loaded and warm.
    long loaded(ModelVersion version, String device) {
        return measured.getOrDefault(Place.of(version, device), fileBytes(version) + USUAL_RUN_BYTES);
    }

    /// Bytes that it holds there at most while it loads.
    long loading(ModelVersion version, String device) {
        return loaded(version, device) + Math.max(fileBytes(version), NOISE_BYTES);
    }

    /// It was loaded on a device, which took so much.
    ///
    /// Others may have taken memory or given some back meanwhile. So it is held against what is known: the weights at
    /// least are there, and one that was measured before holds no more than it then did while it loaded. Memory that was
    /// set aside for a load is therefore enough for what comes of it, but for the first load of all.
    ///
    /// @param bytes 0 or less where nobody could tell
    /// @return what to book for it
    long measured(ModelVersion version, String device, long bytes) {
        Place place = Place.of(version, device);
        if (bytes > 0) {
            long most = measured.containsKey(place) ? loading(version, device) : Long.MAX_VALUE;
            measured.put(place, Math.clamp(bytes, fileBytes(version), most));
        }
        return loaded(version, device);
    }

    /// Takes a version for no larger than its files suggest: what was measured may have been others' doing.
    ///
    /// @return whether it is smaller now than it was
    boolean doubt(ModelVersion version, String device) {
        long before = loaded(version, device);
        return before > fileBytes(version) + USUAL_RUN_BYTES && measured.remove(Place.of(version, device)) != null;
    }

    private static long fileBytes(ModelVersion version) {
        return version.manifest().files().stream()
                .mapToLong(Manifest.BundleFile::bytes)
                .sum();
    }

    private record Place(String digest, String device) {
        static Place of(ModelVersion version, String device) {
            return new Place(version.digest(), device);
        }
    }
}
