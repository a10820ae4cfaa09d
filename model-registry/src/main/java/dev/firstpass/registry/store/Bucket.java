package dev.firstpass.registry.store;

import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.RegistryException.DataUnusable;
import dev.firstpass.registry.RegistryException.Unavailable;
import dev.firstpass.registry.Sha256;
import dev.firstpass.registry.Storage;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.model.CommonPrefix;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

/// A bucket of an S3 server. Keys are below the prefix of its address. What is sent carries its MD5, which the server
/// checks; a large file goes in parts. Every wait has an end, and what fails for want of an answer is tried three times.
///
/// Thread-safe. Methods throw [Unavailable] where the server does not answer, or answers that it cannot.
final class Bucket implements AutoCloseable {
    /// S3 takes 5 GiB in one piece; parts of this size keep what has to be sent again small.
    private static final long PART_BYTES = 64L << 20;

    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(3);

    /// Of silence.
    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(15);

    private static final int TRIES = 3;
    private static final int BUFFER_BYTES = 1 << 16;
    private static final int NOT_FOUND = 404;
    private static final int FORBIDDEN = 403;

    private final S3Client client;
    private final String name;
    private final String prefix;
    private final long partBytes;

    private Bucket(S3Client client, Storage.Bucket address, long partBytes) {
        this.client = client;
        this.name = address.name();
        this.prefix = address.prefix();
        this.partBytes = partBytes;
    }

    /// Connects with the credentials that the environment, the profile or the machine has. Nothing is sent.
    ///
    /// @throws DataUnusable if no region is known
    static Bucket open(Storage.Bucket address) {
        return open(address, PART_BYTES);
    }

    /// @param partBytes a file that is larger goes in parts of this size; at least 5 MiB
    static Bucket open(Storage.Bucket address, long partBytes) {
        S3ClientBuilder builder = S3Client.builder()
                .httpClient(UrlConnectionHttpClient.builder()
                        .connectionTimeout(CONNECT_LIMIT)
                        .socketTimeout(ANSWER_LIMIT)
                        .build())
                // S3 servers of others know Content-MD5, but not all of them the newer sums.
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                .overrideConfiguration(
                        override -> override.retryStrategy(AwsRetryStrategy.standardRetryStrategy().toBuilder()
                                .maxAttempts(TRIES)
                                .build()));
        region(address.endpoint(), address.region()).ifPresent(builder::region);
        address.endpoint()
                .ifPresent(endpoint -> builder.endpointOverride(endpoint).forcePathStyle(true));
        try {
            return new Bucket(builder.build(), address, partBytes);
        } catch (SdkException e) {
            throw new DataUnusable("the registry's bucket: its region is not known", e);
        }
    }

    /// @return empty to look for it as the SDK does
    static Optional<Region> region(Optional<URI> endpoint, Optional<String> region) {
        return region.map(Region::of).or(() -> endpoint.map(_ -> Region.US_EAST_1));
    }

    /// Looks whether the bucket is there.
    ///
    /// @throws DataUnusable if the server says that it is not, or that we may not
    void require() {
        try {
            client.headBucket(request -> request.bucket(name));
        } catch (S3Exception e) {
            throw switch (e.statusCode()) {
                case NOT_FOUND -> new DataUnusable("the registry's bucket does not exist", e);
                case FORBIDDEN -> new DataUnusable("the registry's bucket refuses the credentials", e);
                default -> failed(e);
            };
        } catch (SdkException e) {
            throw failed(e);
        }
    }

    boolean has(String key) {
        return called(() -> {
            try {
                client.headObject(request -> request.bucket(name).key(prefix + key));
                return true;
            } catch (NoSuchKeyException _) {
                return false;
            }
        });
    }

    /// Stores a file under a key, in place of what may be there.
    ///
    /// @throws IOException if the file cannot be read
    void put(String key, Path file) throws IOException {
        long bytes = Files.size(file);
        if (bytes > partBytes) {
            putInParts(key, file, bytes);
            return;
        }
        String md5 = md5(file, 0, bytes);
        var _ = called(() -> client.putObject(
                request -> request.bucket(name).key(prefix + key).contentMD5(md5), body(file, 0, bytes)));
    }

    private void putInParts(String key, Path file, long bytes) throws IOException {
        String upload = called(() -> client.createMultipartUpload(
                        request -> request.bucket(name).key(prefix + key)))
                .uploadId();
        try {
            List<CompletedPart> parts = new ArrayList<>();
            for (long at = 0; at < bytes; at += partBytes) {
                parts.add(putPart(key, upload, file, at, Math.min(partBytes, bytes - at), parts.size() + 1));
            }
            var _ = called(() -> client.completeMultipartUpload(request -> request.bucket(name)
                    .key(prefix + key)
                    .uploadId(upload)
                    .multipartUpload(completed -> completed.parts(parts))));
        } catch (IOException | RuntimeException e) {
            abort(key, upload, e);
            throw e;
        }
    }

    private CompletedPart putPart(String key, String upload, Path file, long at, long bytes, int number)
            throws IOException {
        String md5 = md5(file, at, bytes);
        String tag = called(() -> client.uploadPart(
                        request -> request.bucket(name)
                                .key(prefix + key)
                                .uploadId(upload)
                                .partNumber(number)
                                .contentMD5(md5),
                        body(file, at, bytes)))
                .eTag();
        return CompletedPart.builder().partNumber(number).eTag(tag).build();
    }

    /// Else the parts would be kept, and paid for.
    private void abort(String key, String upload, Exception failure) {
        try {
            var _ = client.abortMultipartUpload(
                    request -> request.bucket(name).key(prefix + key).uploadId(upload));
        } catch (SdkException e) {
            failure.addSuppressed(e);
        }
    }

    /// May be read several times.
    private static RequestBody body(Path file, long at, long bytes) {
        return RequestBody.fromContentProvider(
                () -> FileRange.open(file, at, bytes), bytes, "application/octet-stream");
    }

    private static String md5(Path file, long at, long bytes) throws IOException {
        try (InputStream in = FileRange.open(file, at, bytes)) {
            MessageDigest md5 = MessageDigest.getInstance("MD5");
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                md5.update(buffer, 0, n);
            }
            return Base64.getEncoder().encodeToString(md5.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has MD5", e);
        }
    }

    /// Fetches what is under a key into a new file, synced.
    ///
    /// @param most bytes that are taken; one more than that are read where there are more
    /// @return its SHA-256 in 64 hex digits; empty if there is nothing under the key
    /// @throws IOException if the file cannot be written
    Optional<String> get(String key, Path to, long most) throws IOException {
        for (int tried = 1; ; tried++) {
            try {
                return getOnce(key, to, most);
            } catch (CutOffException e) {
                Files.deleteIfExists(to);
                if (tried == TRIES) {
                    throw new Unavailable("the registry's bucket does not answer", e);
                }
            }
        }
    }

    private Optional<String> getOnce(String key, Path to, long most) throws IOException {
        Optional<ResponseInputStream<GetObjectResponse>> answer = called(() -> find(key));
        if (answer.isEmpty()) {
            return Optional.empty();
        }
        try (ResponseInputStream<GetObjectResponse> in = answer.get();
                FileChannel out = FileChannel.open(to, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            String sha256 = copy(in, out, most);
            // What is left of the answer is not waited for.
            in.abort();
            return Optional.of(sha256);
        }
    }

    private Optional<ResponseInputStream<GetObjectResponse>> find(String key) {
        try {
            return Optional.of(client.getObject(request -> request.bucket(name).key(prefix + key)));
        } catch (NoSuchKeyException _) {
            return Optional.empty();
        }
    }

    private static String copy(InputStream in, FileChannel out, long most) throws IOException {
        MessageDigest sha256 = Sha256.begin();
        byte[] buffer = new byte[BUFFER_BYTES];
        long copied = 0;
        for (int n = read(in, buffer); n >= 0 && copied <= most; n = read(in, buffer)) {
            copied += n;
            sha256.update(buffer, 0, n);
            ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, n);
            while (bytes.hasRemaining()) {
                var _ = out.write(bytes);
            }
        }
        out.force(true);
        return Sha256.end(sha256);
    }

    private static int read(InputStream in, byte[] buffer) {
        try {
            return in.read(buffer);
        } catch (IOException e) {
            throw new CutOffException(e);
        }
    }

    /// The names between this prefix, which ends with a slash, and the next slash.
    List<String> folders(String below) {
        String whole = prefix + below;
        return called(() ->
                client
                        .listObjectsV2Paginator(
                                request -> request.bucket(name).prefix(whole).delimiter("/"))
                        .stream()
                        .flatMap(page -> page.commonPrefixes().stream())
                        .map(CommonPrefix::prefix)
                        .map(found -> found.substring(whole.length(), found.length() - 1))
                        .toList());
    }

    /// Deletes whatever is under keys that begin so.
    void deleteAll(String below) {
        List<String> keys = called(() ->
                client
                        .listObjectsV2Paginator(request -> request.bucket(name).prefix(prefix + below))
                        .contents()
                        .stream()
                        .map(S3Object::key)
                        .toList());
        for (String key : keys) {
            var _ = called(
                    () -> client.deleteObject(request -> request.bucket(name).key(key)));
        }
    }

    private static <T> T called(Supplier<T> call) {
        try {
            return call.get();
        } catch (SdkException e) {
            throw failed(e);
        }
    }

    /// @return what to throw
    static RegistryException failed(SdkException e) {
        if (e instanceof S3Exception said && said.statusCode() == FORBIDDEN) {
            return new Unavailable("the registry's bucket refuses the credentials", e);
        }
        if (Causes.find(e, SSLException.class).isPresent()) {
            return new Unavailable(
                    "the registry's bucket does not prove who it is (expected: a certificate with its name, of the"
                            + " authorities that Java knows; -Djavax.net.ssl.trustStore names others)",
                    e);
        }
        return new Unavailable("the registry's bucket does not answer", e);
    }

    @Override
    public void close() {
        client.close();
    }

    /// The answer ended before its end.
    private static final class CutOffException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        CutOffException(IOException cause) {
            super(cause);
        }
    }
}
