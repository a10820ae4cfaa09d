package dev.firstpass.server.e2e;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.firstpass.registry.Storage;
import dev.firstpass.registry.store.ObjectSigner;
import dev.firstpass.registry.store.SharedServers;
import dev.firstpass.server.asset.AssetBuckets;
import dev.firstpass.server.asset.AssetConfig;
import dev.firstpass.server.asset.AssetFetcher;
import dev.firstpass.server.asset.AssetRef;
import dev.firstpass.server.asset.HeldAssets;
import dev.firstpass.server.asset.Listed;
import dev.firstpass.server.asset.ObjectAddresses;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.security.PinnedTransport;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import software.amazon.awssdk.core.sync.RequestBody;

/// Objects of a real S3 server, which takes no request without a good signature.
@ExtendWith(SharedServers.Given.class)
final class BucketAssetsTest {
    private static final int MOST = 4096;

    private final PinnedTransport transport = new PinnedTransport();
    private final SharedServers servers;
    private final Storage.Bucket bucket;
    private final ObjectSigner signer;

    BucketAssetsTest(SharedServers servers) {
        this.servers = servers;
        this.bucket = servers.freshBucket();
        this.signer = ObjectSigner.open(bucket.endpoint(), bucket.region());
    }

    @BeforeEach
    void fill() {
        put("photos/a.jpg", MOST);
        put("photos/large.jpg", MOST + 1);
        put("secret.jpg", 1);
    }

    @AfterEach
    void stop() {
        signer.close();
        transport.close();
    }

    private void put(String key, int bytes) {
        var _ = servers.s3Client()
                .putObject(request -> request.bucket(bucket.name()).key(key), RequestBody.fromBytes(new byte[bytes]));
    }

    private AssetFetcher fetcher(ObjectAddresses addresses, String... more) {
        List<Listed<AssetBuckets.Part>> listed = new ArrayList<>();
        listed.add(new Listed<>(Optional.of("acme"), new AssetBuckets.Part(bucket.name(), "photos/")));
        for (String name : more) {
            listed.add(new Listed<>(Optional.empty(), new AssetBuckets.Part(name, "")));
        }
        AssetConfig config = new AssetConfig(
                List.of(),
                List.of(),
                new AssetBuckets(listed, bucket.endpoint(), bucket.region()),
                Optional.empty(),
                Optional.empty(),
                MOST);
        return new AssetFetcher(config, Optional.of(transport), Optional.of(addresses), HeldAssets.none());
    }

    private static byte[] fetch(AssetFetcher fetcher, String uri, String tenant) {
        Deadline deadline = Deadline.after(Duration.ofSeconds(20), System::nanoTime);
        return fetcher.fetch(new AssetRef.Uri(uri), Optional.empty(), tenant, deadline)
                .bytes();
    }

    private static Failure refusal(AssetFetcher fetcher, String uri, String tenant) {
        return assertThrows(FailureException.class, () -> fetch(fetcher, uri, tenant), uri)
                .failure();
    }

    private String at(String key) {
        return "s3://" + bucket.name() + "/" + key;
    }

    @Test
    void objectOfAListedPart_isRead_whateverItsKeyIs() {
        AssetFetcher fetcher = fetcher(signer::sign);
        assertEquals(MOST, fetch(fetcher, at("photos/a.jpg"), "acme").length);
        for (String key : List.of("photos/a b+c%20d=e&f~g.jpg", "photos/q?x=1#y.jpg", "photos/\u00FC/\u65E5.jpg")) {
            put(key, 7);
            assertArrayEquals(new byte[7], fetch(fetcher, at(key), "acme"), key);
        }
    }

    @Test
    void whatIsNotListed_isForbidden_andNothingIsSigned() {
        AssetFetcher fetcher = fetcher((_, _) -> {
            throw new AssertionError("signed");
        });
        for (String uri : List.of(
                at("secret.jpg"),
                at("photos"),
                at("photosynthesis/a.jpg"),
                at("photos/../secret.jpg"),
                at("photos/./a.jpg"),
                at("photos\\..\\secret.jpg"),
                at("/photos/a.jpg"),
                at(""),
                "s3://" + bucket.name(),
                "s3://" + bucket.name() + "@127.0.0.1/photos/a.jpg",
                "s3://another/photos/a.jpg",
                "s3:///photos/a.jpg",
                "s3:" + bucket.name() + "/photos/a.jpg")) {
            assertEquals(Reason.ASSET_FORBIDDEN, refusal(fetcher, uri, "acme").reason(), uri);
        }
        assertEquals(
                Reason.ASSET_FORBIDDEN,
                refusal(fetcher, at("photos/a.jpg"), "other").reason());
        assertEquals(
                refusal(fetcher, at("photos/a.jpg"), "other").detail(),
                refusal(fetcher, "s3://nobodys/photos/a.jpg", "other").detail());
    }

    @Test
    void whatIsNotThere_orNotToBeRead_isOneAndTheSame_andSaysNothingOfTheServer() {
        AssetFetcher fetcher = fetcher(signer::sign, "no-such-bucket");
        URI elsewhere = signer.sign(bucket.name(), "photos/none.jpg");
        AssetFetcher denied = fetcher((name, key) ->
                URI.create(signer.sign(name, key).toString().replaceFirst("Signature=.", "Signature=0")));

        Failure none = refusal(fetcher, at("photos/none.jpg"), "acme");
        assertEquals(Reason.ASSET_UNREACHABLE, none.reason());
        assertEquals(
                none.detail(), refusal(fetcher, "s3://no-such-bucket/a", "acme").detail());
        assertEquals(none.detail(), refusal(denied, at("photos/a.jpg"), "acme").detail());
        assertFalse(none.detail().contains(elsewhere.getHost()), none.detail());
        assertEquals(
                Reason.REQUEST_TOO_LARGE,
                refusal(fetcher, at("photos/large.jpg"), "acme").reason());
    }
}
