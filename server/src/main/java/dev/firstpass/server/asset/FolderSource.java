package dev.firstpass.server.asset;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/// Images among the files of folders, as `file:///folder/name`.
///
/// Thread-safe.
final class FolderSource implements AssetSource {
    private static final String BEGINNING = "file:///";

    private final List<Listed<LocalFiles>> folders;

    FolderSource(List<Listed<Path>> folders, int maxBytes) {
        this.folders = folders.stream()
                .map(folder -> new Listed<>(folder.tenant(), new LocalFiles(folder.place(), maxBytes)))
                .toList();
    }

    @Override
    public Set<String> schemes() {
        return Set.of("file");
    }

    @Override
    public byte[] get(String uri, Asking asking) throws InterruptedException {
        Path path = path(uri);
        LocalFiles folder = folders.stream()
                .filter(listed -> listed.isFor(asking.tenant()))
                .map(Listed::place)
                .filter(files -> files.holds(path))
                .findFirst()
                .orElseThrow(() -> AssetFailures.OF_URI.forbidden("its location is in no folder of this server's"
                        + " allow-list, the setting assets.folders; send the image's bytes"));
        return folder.read(path, asking.deadline());
    }

    /// On this machine, and nothing but a path: no host, no query, no fragment.
    private static Path path(String uri) {
        try {
            URI parsed = new URI(uri);
            boolean isPlain = uri.regionMatches(true, 0, BEGINNING, 0, BEGINNING.length())
                    && parsed.getRawQuery() == null
                    && parsed.getRawFragment() == null;
            if (isPlain) {
                return Path.of(parsed.getPath()).normalize();
            }
        } catch (URISyntaxException | InvalidPathException _) {
            // No path at all.
        }
        throw AssetFailures.OF_URI.forbidden(
                "its location is no address of a file (expected: file:///folder/name, with %20 for a space)");
    }
}
