package dev.firstpass.server.asset;

import dev.firstpass.registry.RegistryException;
import dev.firstpass.server.asset.WebAssets.Resolver;
import dev.firstpass.server.asset.WebAssets.Secret;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Images in buckets, as `s3://bucket/key`; a key is meant as it stands there, without escapes. An object's web address is signed here and
/// called by the rules that web addresses are called by. The server is the operator's: who asks says no more than bucket and key.
///
/// Thread-safe.
final class BucketSource implements AssetSource {
    private static final Pattern ADDRESS =
            Pattern.compile("s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/(.+)", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    private final AssetBuckets buckets;
    private final int maxBytes;
    private final WebTransport transport;
    private final Resolver resolver;
    private final ObjectAddresses addresses;

    BucketSource(
            AssetBuckets buckets, int maxBytes, WebTransport transport, Resolver resolver, ObjectAddresses addresses) {
        this.buckets = buckets;
        this.maxBytes = maxBytes;
        this.transport = transport;
        this.resolver = resolver;
        this.addresses = addresses;
    }

    @Override
    public Set<String> schemes() {
        return Set.of("s3");
    }

    @Override
    public byte[] get(String uri, Asking asking) throws InterruptedException {
        Matcher parts = ADDRESS.matcher(uri);
        if (!parts.matches()) {
            throw AssetFailures.OF_URI.forbidden("its location is no address of an object (expected: s3://bucket/key)");
        }
        URI address = signed(parts.group(1), parts.group(2), asking);
        Origin origin =
                Origin.of(address).orElseThrow(() -> AssetFailures.OF_URI.unreachable("its bucket has no address"));
        // The signature is in the address, so a redirect is not followed.
        WebTransport.Reply reply = new WebAssets(List.of(origin), maxBytes, transport, resolver)
                .send(address, Secret.NONE, Optional.empty(), asking.deadline());
        if (reply.status() == 200) {
            return WebAssets.plainBody(unchunked(reply), AssetFailures.OF_URI);
        }
        throw AssetFailures.OF_URI.unreachable(
                switch (reply.status() / 100) {
                    case 3 -> "its bucket is elsewhere; the setting assets.bucket-region says where it is looked for";
                    case 4 -> "its bucket does not give it";
                    default -> "its bucket answered with status " + reply.status();
                });
    }

    /// How an object once came to its server is no packing of what comes from there, but some have it remembered as one.
    private static WebTransport.Reply unchunked(WebTransport.Reply reply) {
        return new WebTransport.Reply(
                reply.status(),
                reply.location(),
                reply.encoding().filter(name -> !name.equals("aws-chunked")),
                reply.body());
    }

    private URI signed(String bucket, String key, Asking asking) {
        boolean isListed = buckets.listed().stream()
                .anyMatch(listed ->
                        listed.isFor(asking.tenant()) && listed.place().has(bucket, key));
        if (!isListed || hasSteps(key)) {
            throw AssetFailures.OF_URI.forbidden("its location is in no bucket of this server's allow-list, the setting"
                    + " assets.buckets; send the image's bytes");
        }
        if (asking.deadline().isPassed()) {
            throw AssetFailures.late();
        }
        try {
            return addresses.of(bucket, key);
        } catch (RegistryException.Unavailable _) {
            throw AssetFailures.OF_URI.unreachable("the server has no credentials for its bucket");
        }
    }

    /// S3 knows no folders, but there are servers that keep objects as files, and ways to them that straighten addresses.
    private static boolean hasSteps(String key) {
        return List.of(key.split("[/\\\\]", -1)).stream().anyMatch(part -> part.equals(".") || part.equals(".."));
    }
}
