package dev.firstpass.server.asset;

import dev.firstpass.registry.Tenant;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Where the server may fetch images from, beside the requests themselves: nowhere, unless somebody says so.
///
/// Immutable.
///
/// @param origins web servers that images may be fetched from
/// @param folders whose files may be read; absolute
/// @param labelStudio whose uploaded files may be fetched
/// @param localFiles folder of what Label Studio calls local files
/// @param studioTenant whose requests may name either of these two
/// @param maxBytes of one image that is fetched
public record AssetConfig(
        List<Origin> origins,
        List<Listed<Path>> folders,
        AssetBuckets buckets,
        Optional<LabelStudioHost> labelStudio,
        Optional<Path> localFiles,
        String studioTenant,
        int maxBytes) {
    /// Only what comes with requests.
    public static final AssetConfig NONE =
            new AssetConfig(List.of(), List.of(), AssetBuckets.NONE, Optional.empty(), Optional.empty(), 64 << 20);

    /// What is Label Studio's is for the server's own tenant.
    public AssetConfig(
            List<Origin> origins,
            List<Listed<Path>> folders,
            AssetBuckets buckets,
            Optional<LabelStudioHost> labelStudio,
            Optional<Path> localFiles,
            int maxBytes) {
        this(origins, folders, buckets, labelStudio, localFiles, Tenant.LOCAL.value(), maxBytes);
    }

    public AssetConfig {
        origins = List.copyOf(origins);
        folders = List.copyOf(folders);
        if (maxBytes < 1 || maxBytes == Integer.MAX_VALUE) {
            throw new IllegalArgumentException("maxBytes: " + maxBytes + " (expected: >= 1)");
        }
    }

    /// Whether anything may be fetched from a web server.
    public boolean usesWeb() {
        return !origins.isEmpty() || !buckets.isEmpty() || labelStudio.isPresent();
    }
}
