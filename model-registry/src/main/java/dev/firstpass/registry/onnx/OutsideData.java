package dev.firstpass.registry.onnx;

import dev.firstpass.registry.RegistryException.ArtifactRejected;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// The files beside a model that hold its larger weights, as its tensors refer to them. A reference may be hostile: to
/// another file of the system, by way of a link, to bytes that are not there, or to no file at all but an address.
///
/// For one thread.
final class OutsideData {
    private static final String LOCATION = "location";
    private static final String OFFSET = "offset";
    private static final String LENGTH = "length";
    private static final String CHECKSUM = "checksum";

    /// Beside what leads away on other systems, the star: ONNX Runtime takes some names with stars for addresses in its
    /// own memory, whatever file is there.
    private static final String NOT_TAKEN = "\\:*";

    private static final Pattern DIGITS = Pattern.compile("[0-9]+");

    /// Location, as the file has it, to how many bytes its file needs to have.
    private final SortedMap<String, Long> needed = new TreeMap<>();

    /// What one tensor says, entry by entry. An engine takes the last of several entries with one key; here all count.
    ///
    /// For one thread.
    final class Reference {
        private final TreeMap<String, Long> locations = new TreeMap<>();
        private boolean isOutside;
        private long offset;
        private long length;

        /// The tensor says that its bytes are elsewhere.
        void outside() {
            isOutside = true;
        }

        void add(String key, String value) {
            isOutside = true;
            switch (key) {
                case LOCATION -> locations.put(value, 0L);
                case OFFSET -> offset = Math.max(offset, count(key, value));
                case LENGTH -> length = Math.max(length, count(key, value));
                case CHECKSUM -> {}
                default ->
                    throw new ArtifactRejected(
                            "weights outside: " + shown(key) + " (expected: location, offset, length or checksum)");
            }
        }

        /// @throws ArtifactRejected if its bytes are elsewhere and it does not say where
        void end() {
            if (isOutside && locations.isEmpty()) {
                throw new ArtifactRejected("weights outside: no location (expected: a file beside the model)");
            }
            long end = offset > Long.MAX_VALUE - length ? Long.MAX_VALUE : offset + length;
            locations.keySet().forEach(location -> needed.merge(location, end, Math::max));
        }
    }

    private static long count(String key, String value) {
        try {
            if (DIGITS.matcher(value).matches()) {
                return Long.parseLong(value);
            }
        } catch (NumberFormatException _) {
            // Too many of them: refused below.
        }
        throw new ArtifactRejected("weights outside: " + key + " " + shown(value) + " (expected: a number >= 0)");
    }

    List<String> locations() {
        return List.copyOf(needed.keySet());
    }

    /// @param model file that the references are in
    /// @throws ArtifactRejected if a location is not that of a plain file in the model's folder or below, or if that is
    ///     too short
    void check(Path model) throws IOException {
        for (var reference : needed.entrySet()) {
            check(model, reference.getKey(), reference.getValue());
        }
    }

    private static void check(Path model, String location, long bytes) throws IOException {
        String found = "weights outside, " + shown(location) + ": ";
        Path file = model;
        String below = "";
        for (String part : parts(location, found)) {
            below = below + part;
            file = model.resolveSibling(below);
            if (Files.isSymbolicLink(file)) {
                throw new ArtifactRejected(found + "a link (expected: the file itself)");
            }
            below = below + "/";
        }
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new ArtifactRejected(found + "missing (expected: a file beside the model)");
        }
        if (Files.isSameFile(file, model)) {
            throw new ArtifactRejected(found + "the model itself (expected: a file beside it)");
        }
        if (Files.size(file) < bytes) {
            throw new ArtifactRejected(
                    found + Files.size(file) + " bytes (expected: >= " + bytes + ", as the model refers to them)");
        }
    }

    private static String[] parts(String location, String found) {
        String[] parts = location.split("/", -1);
        for (String part : parts) {
            boolean leadsAway = part.isEmpty() || part.equals(".") || part.equals("..");
            if (leadsAway || part.chars().anyMatch(c -> NOT_TAKEN.indexOf(c) >= 0)) {
                throw new ArtifactRejected(found + "not taken (expected: a path below the model's own folder)");
            }
            try {
                var _ = Path.of(part);
            } catch (InvalidPathException _) {
                throw new ArtifactRejected(found + "not taken (expected: a name in this system's characters)");
            }
        }
        return parts;
    }

    /// A text from the file, fit to be shown.
    private static String shown(String text) {
        String head = text.length() > 64 ? text.substring(0, 64) + "..." : text;
        return "\"" + head.replaceAll("[^\\x20-\\x7e]", "?") + "\"";
    }
}
