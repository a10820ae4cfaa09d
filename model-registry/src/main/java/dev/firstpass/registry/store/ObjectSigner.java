package dev.firstpass.registry.store;

import dev.firstpass.registry.RegistryException.DataUnusable;
import dev.firstpass.registry.RegistryException.Unavailable;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;

/// Signs web addresses by which an object of a bucket can be read, and nothing else, for some minutes. Buckets need not be the registry's.
///
/// Thread-safe. Sends nothing, but for what it takes to get credentials where they are not at hand.
public final class ObjectSigner implements AutoCloseable {
    /// Clocks differ.
    private static final Duration VALID = Duration.ofMinutes(5);

    private final S3Presigner presigner;

    private ObjectSigner(S3Presigner presigner) {
        this.presigner = presigner;
    }

    /// With the credentials that the environment, the profile or the machine has, which are looked for when the first address is signed.
    ///
    /// @param endpoint of a server that is not AWS's own
    /// @param region empty takes the one that the environment or the profile names, and with an endpoint any
    /// @throws DataUnusable if no region is known
    public static ObjectSigner open(Optional<URI> endpoint, Optional<String> region) {
        S3Presigner.Builder builder = S3Presigner.builder();
        Bucket.region(endpoint, region).ifPresent(builder::region);
        endpoint.ifPresent(server -> builder.endpointOverride(server)
                .serviceConfiguration(
                        S3Configuration.builder().pathStyleAccessEnabled(true).build()));
        try {
            return new ObjectSigner(builder.build());
        } catch (SdkException e) {
            throw new DataUnusable(
                    "the buckets of images: their region is not known (expected: assets.bucket-region)", e);
        }
    }

    /// @return a secret: whoever has it can read the object
    /// @throws Unavailable if there are no credentials
    public URI sign(String bucket, String key) {
        try {
            return presigner
                    .presignGetObject(request -> request.signatureDuration(VALID)
                            .getObjectRequest(object -> object.bucket(bucket).key(key)))
                    .httpRequest()
                    .getUri();
        } catch (SdkException e) {
            throw new Unavailable("no credentials for the buckets of images", e);
        }
    }

    @Override
    public void close() {
        presigner.close();
    }
}
