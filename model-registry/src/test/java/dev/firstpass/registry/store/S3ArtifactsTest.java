package dev.firstpass.registry.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.FakeModel;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.ModelVersion.State;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.RegistryException.DataUnusable;
import dev.firstpass.registry.RegistryException.Unavailable;
import dev.firstpass.registry.Sha256;
import dev.firstpass.registry.Storage;
import dev.firstpass.registry.Validator;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.S3Object;

/// What is said of buckets alone, on a real S3 server.
@ExtendWith(SharedServers.Given.class)
final class S3ArtifactsTest {
    private static final ModelName COCO = new ModelName("coco");
    private static final long PART_BYTES = 5 << 20;

    @TempDir
    private Path temp;

    private ModelVersion register(ModelRegistry registry) {
        Path model = FakeModel.write(temp.resolve("offer/model.onnx"), 1);
        return registry.register(COCO, model, Validator.NONE, ProgressListener.NONE)
                .version();
    }

    @Test
    void version_ofAnotherServer_isFetchedWhenItIsCheckedAndNotBefore(SharedServers servers) throws IOException {
        Storage storage = servers.fresh();
        try (ModelRegistry first = Place.open(temp.resolve("a"), storage, Instant::now)) {
            ModelVersion version = register(first);
            try (ModelRegistry second = Place.open(temp.resolve("b"), storage, Instant::now)) {
                ModelVersion seen = second.resolve(version.ref());
                assertTrue(Files.notExists(seen.directory()));
                assertEquals(Optional.empty(), second.check(seen));
                assertEquals(Sha256.of(version.file("main")), Sha256.of(seen.file("main")));
                assertEquals(version.digest(), register(second).digest());
                assertEquals(1, second.model(COCO).versions().size());
            }
        }
    }

    @Test
    void version_whoseObjectIsAnother_isCorruptUntilItIsRegisteredAgain(SharedServers servers) {
        Storage.Shared storage = servers.fresh();
        ModelVersion version;
        try (ModelRegistry first = Place.open(temp.resolve("a"), storage, Instant::now)) {
            version = register(first);
        }
        String key = keys(servers, storage.bucket()).stream()
                .filter(name -> name.endsWith("model.onnx"))
                .findFirst()
                .orElseThrow();
        var _ = servers.s3Client()
                .putObject(
                        request -> request.bucket(storage.bucket().name()).key(key),
                        RequestBody.fromBytes(new byte[] {1}));

        try (ModelRegistry second = Place.open(temp.resolve("b"), storage, Instant::now)) {
            assertEquals(
                    Optional.of("model.onnx is not what was registered, in the bucket"),
                    second.check(second.resolve(version.ref())));
            assertEquals(State.CORRUPT, second.resolve(version.ref()).state());
            assertEquals(State.AVAILABLE, register(second).state());
            assertEquals(Optional.empty(), second.check(second.resolve(version.ref())));
        }
        try (ModelRegistry third = Place.open(temp.resolve("c"), storage, Instant::now)) {
            assertEquals(Optional.empty(), third.check(third.resolve(ModelRef.parse("coco"))));
        }
    }

    private static List<String> keys(SharedServers servers, Storage.Bucket bucket) {
        return servers.s3Client().listObjectsV2Paginator(request -> request.bucket(bucket.name())).contents().stream()
                .map(S3Object::key)
                .toList();
    }

    @Test
    void open_removesWhatARegistrationThatWasCutOffHasLeft(SharedServers servers) {
        Storage.Shared storage = servers.fresh();
        try (ModelRegistry registry = Place.open(temp.resolve("a"), storage, Instant::now)) {
            var _ = register(registry);
        }
        List<String> before = keys(servers, storage.bucket());
        var _ = servers.s3Client()
                .putObject(
                        request -> request.bucket(storage.bucket().name())
                                .key("some/prefix/artifacts/" + "0".repeat(64) + "/files/model.onnx"),
                        RequestBody.fromBytes(new byte[] {1}));
        Place.open(temp.resolve("a"), storage, Instant::now).close();

        assertEquals(before, keys(servers, storage.bucket()));
        assertTrue(before.stream().allMatch(key -> key.startsWith("some/prefix/artifacts/")), before::toString);
    }

    @Test
    void put_ofALargeFile_goesInParts(SharedServers servers) throws IOException {
        byte[] bytes = new byte[(int) (2 * PART_BYTES + 12_345)];
        new Random(7).nextBytes(bytes);
        Path file = Files.write(temp.resolve("large"), bytes);
        try (Bucket bucket = Bucket.open(servers.freshBucket(), PART_BYTES)) {
            bucket.put("a/large", file);

            assertEquals(Optional.of(Sha256.of(bytes)), bucket.get("a/large", temp.resolve("back"), bytes.length));
            assertEquals(List.of("a"), bucket.folders(""));
            bucket.deleteAll("a/");
            assertEquals(Optional.empty(), bucket.get("a/large", temp.resolve("none"), 1));
        }
    }

    @Test
    void require_ofABucketThatIsNotThere_isRefused(SharedServers servers) {
        Storage.Bucket address = servers.freshBucket();
        try (Bucket bucket =
                Bucket.open(new Storage.Bucket("no-such-bucket", "", address.endpoint(), Optional.empty()))) {
            assertEquals(
                    "the registry's bucket does not exist",
                    assertThrows(DataUnusable.class, bucket::require).getMessage());
        }
    }

    @Test
    void bucket_thatDoesNotAnswer_isUnavailable() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        Storage.Bucket address =
                new Storage.Bucket("models", "", Optional.of(URI.create("http://127.0.0.1:" + port)), Optional.empty());
        try (Bucket bucket = Bucket.open(address)) {
            assertThrows(Unavailable.class, () -> bucket.has("a"));
            assertThrows(Unavailable.class, bucket::require);
            assertThrows(Unavailable.class, () -> bucket.get("a", temp.resolve("a"), 1));
        }
    }
}
