package dev.firstpass.server.asset;

import dev.firstpass.registry.Sha256;
import dev.firstpass.server.asset.WebAssets.Resolver;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Gets an asset's bytes and their digest. Bytes that come with the request are taken as they are; every other place
/// is off until an allow-list names it.
///
/// Thread-safe. Costs a SHA-256 over the bytes, about 0.6 ms per megabyte, and what it takes to fetch them.
public final class AssetFetcher {
    /// Is not asked, since nothing is allowed.
    private static final WebTransport NO_WEB = (_, _, _) -> {
        throw new IOException("no web here");
    };

    private static final ObjectAddresses NO_BUCKETS = (_, _) -> {
        throw new IllegalStateException("no bucket is listed");
    };

    private final List<AssetSource> sources;

    private final WebAssets web;
    private final Optional<LabelStudioHost> host;
    private final Optional<LabelStudioFiles> hosted;
    private final Optional<LocalFiles> local;
    private final String studioTenant;
    private final HeldAssets held;

    /// One that fetches nothing.
    public AssetFetcher() {
        this(AssetConfig.NONE, Optional.empty(), Optional.empty(), HeldAssets.none());
    }

    /// @param transport used for what `config` allows; there where that is anything on the web; not closed
    /// @param addresses of objects; there where a bucket is listed
    /// @param held assets that came before
    public AssetFetcher(
            AssetConfig config,
            Optional<WebTransport> transport,
            Optional<ObjectAddresses> addresses,
            HeldAssets held) {
        this(config, transport.orElse(NO_WEB), addresses.orElse(NO_BUCKETS), InetAddress::getAllByName, held);
    }

    /// One that reads from no bucket.
    AssetFetcher(AssetConfig config, WebTransport transport, Resolver resolver, HeldAssets held) {
        this(config, transport, NO_BUCKETS, resolver, held);
    }

    AssetFetcher(
            AssetConfig config, WebTransport transport, ObjectAddresses addresses, Resolver resolver, HeldAssets held) {
        this.held = held;
        web = new WebAssets(config.origins(), config.maxBytes(), transport, resolver);
        sources = List.of(
                new WebSource(web),
                new FolderSource(config.folders(), config.maxBytes()),
                new BucketSource(config.buckets(), config.maxBytes(), transport, resolver, addresses));
        host = config.labelStudio();
        hosted = host.map(studio -> new LabelStudioFiles(
                studio,
                new WebAssets(
                        Stream.concat(Stream.of(studio.origin()), config.origins().stream())
                                .toList(),
                        config.maxBytes(),
                        transport,
                        resolver)));
        studioTenant = config.studioTenant();
        local = config.localFiles().map(root -> new LocalFiles(root, config.maxBytes()));
    }

    /// Fetches the bytes. Blocks where they are elsewhere.
    ///
    /// @param id the caller's name for the asset, where it gave one; one that is fetched has its own
    /// @param tenant who asks: what is held is theirs alone
    /// @param deadline after which nothing is waited for
    /// @throws FailureException ASSET_FORBIDDEN for a place that is not allowed, ASSET_UNREACHABLE for one that does not
    ///     give it, ASSET_NOT_HELD for a digest of which the bytes are not here, REQUEST_TOO_LARGE, DEADLINE_EXCEEDED, or CANCELLED where the thread was interrupted
    public Asset fetch(AssetRef ref, Optional<String> id, String tenant, Deadline deadline) {
        return fetch(ref, id, tenant, deadline, Map.of());
    }

    /// The same with header lines that whoever is asked for the bytes gets as well, wherever a redirect leads: no secrets.
    public Asset fetch(
            AssetRef ref, Optional<String> id, String tenant, Deadline deadline, Map<String, String> carried) {
        try {
            return switch (ref) {
                case AssetRef.Inline inline -> asset(inline.bytes(), id);
                case AssetRef.Fetched fetched -> fetched.asset();
                case AssetRef.Held(String digest) -> held(tenant, digest, id);
                case AssetRef.Uri(String uri) ->
                    asset(source(uri).get(uri, new AssetSource.Asking(tenant, carried, deadline)), id);
                case AssetRef.OfTask(String location, String task) ->
                    asset(ofTask(taskImage(location, task, tenant), deadline, carried), id);
            };
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FailureException(Failure.of(Reason.CANCELLED, "the request was cancelled"), e);
        }
    }

    /// Keeps the bytes for a while, for requests that name them by their digest.
    ///
    /// @return whether there is room for them
    public boolean hold(String tenant, Asset asset) {
        return held.hold(tenant, asset);
    }

    private Asset held(String tenant, String digest, Optional<String> id) {
        byte[] bytes = held.find(tenant, digest)
                .orElseThrow(() -> Failure.ofField(
                                Reason.ASSET_NOT_HELD,
                                "asset.digest",
                                "asset.digest: no image of that digest is at hand (expected: one that was opened a short while ago)")
                        .asException());
        return new Asset(id.orElse(digest), bytes, digest);
    }

    /// Every kind of place that there is.
    List<AssetSource> sources() {
        return sources;
    }

    private AssetSource source(String uri) {
        String scheme = uri.substring(0, Math.max(uri.indexOf(':'), 0)).toLowerCase(Locale.ROOT);
        return sources.stream()
                .filter(source -> source.schemes().contains(scheme))
                .findFirst()
                .orElseThrow(() -> AssetFailures.OF_URI.forbidden(
                        "its location is none that this server knows (expected: http, https, file or s3)"));
    }

    /// To other tenants than the one whose it is, there is no Label Studio.
    private TaskImage taskImage(String location, String task, String tenant) {
        boolean isTheirs = tenant.equals(studioTenant);
        return TaskImage.of(location, task, host.filter(_ -> isTheirs), isTheirs && local.isPresent());
    }

    private byte[] ofTask(TaskImage image, Deadline deadline, Map<String, String> carried) throws InterruptedException {
        return switch (image) {
            case TaskImage.Bytes(byte[] bytes) -> bytes;
            case TaskImage.Web(String uri) -> web.get(web.parse(uri), carried, deadline);
            case TaskImage.Hosted place -> hosted.orElseThrow().get(place.paths(), deadline);
            case TaskImage.Local(String path) -> local.orElseThrow().read(path, deadline);
        };
    }

    private static Asset asset(byte[] bytes, Optional<String> id) {
        String digest = "sha256:" + Sha256.of(bytes);
        return new Asset(id.orElse(digest), bytes, digest);
    }
}
