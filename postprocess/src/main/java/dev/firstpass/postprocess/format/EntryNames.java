package dev.firstpass.postprocess.format;

import dev.firstpass.postprocess.annotation.AssetInfo;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/// Names for the entries that belong to one asset each, from the assets' ids, which anybody may have chosen: without the
/// ending of an image, below the data set's folder whatever the id says, and without the characters that some file
/// system does not take. Two assets never have the same, in small letters or capitals: of `a.jpg` and `a.png` the second
/// is `a-2`, which is counted as `file-name-taken`.
///
/// For one thread; keeps the names.
final class EntryNames {
    private final Set<String> used = new HashSet<>();
    private final Tally tally;

    EntryNames(Tally tally) {
        this.tally = tally;
    }

    /// Called once for each asset.
    String of(AssetInfo asset) {
        return unique(ImageNames.isImage(asset.id()) ? ImageNames.stem(asset.id()) : asset.id());
    }

    /// With the ending of an image, for formats in which the entry is called as the image is. Called once for each asset.
    String withEnding(AssetInfo asset) {
        return unique(asset.id());
    }

    private String unique(String id) {
        String safe = Arrays.stream(id.split("[/\\\\]"))
                .map(segment -> segment.replaceAll("[\\p{Cntrl}:*?\"<>|]", "_").strip())
                .filter(segment -> !segment.isEmpty() && !segment.matches("\\.+"))
                .collect(Collectors.joining("/"));
        String name = safe.isEmpty() ? "asset" : safe.replace("..", "_");
        String unique = name;
        for (int i = 2; !used.add(unique.toLowerCase(Locale.ROOT)); i++) {
            unique = name + "-" + i;
        }
        if (!unique.equals(name)) {
            tally.converted("file-name-taken");
        }
        return unique;
    }
}
