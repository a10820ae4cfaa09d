package dev.firstpass.server.asset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What holds of every kind of place that `asset.uri` may name. A new one needs a sample here.
final class AssetSourceContractTest {
    private static final int MOST = 64;
    private static final Origin IMAGES =
            Origin.parse("https://images.example.org").orElseThrow();

    @TempDir
    private Path folder;

    private final FakeWeb web = new FakeWeb();

    /// One kind of place.
    ///
    /// @param base of all of it; below it are `a.jpg`, which has `photo`, and `large.jpg`, which is too large
    private record Sample(String base, Set<String> schemes) {}

    @BeforeEach
    void fill() throws IOException {
        Files.writeString(folder.resolve("a.jpg"), "photo");
        Files.writeString(folder.resolve("large.jpg"), "x".repeat(MOST + 1));
        for (String base : List.of("https://images.example.org/", "https://photos.s3.example.org/")) {
            web.body(base + "a.jpg", "photo")
                    .body(base + "large.jpg", "x".repeat(MOST + 1))
                    .status(base + "none.jpg", 404);
        }
        web.body("HTTPS://images.example.org/a.jpg", "photo");
    }

    private List<Sample> samples() {
        return List.of(
                new Sample("https://images.example.org/", Set.of("http", "https")),
                new Sample(folder.toUri().toString(), Set.of("file")),
                new Sample("s3://photos/", Set.of("s3")));
    }

    private AssetFetcher fetcher(boolean isListed) {
        AssetConfig config = new AssetConfig(
                Stream.of(IMAGES).filter(_ -> isListed).toList(),
                Stream.of(folder)
                        .filter(_ -> isListed)
                        .map(place -> new Listed<>(Optional.<String>empty(), place))
                        .toList(),
                new AssetBuckets(
                        Stream.of(new AssetBuckets.Part("photos", ""))
                                .filter(_ -> isListed)
                                .map(place -> new Listed<>(Optional.<String>empty(), place))
                                .toList(),
                        Optional.empty(),
                        Optional.empty()),
                Optional.empty(),
                Optional.empty(),
                MOST);
        return new AssetFetcher(
                config,
                web,
                (bucket, key) -> URI.create("https://" + bucket + ".s3.example.org/" + key),
                _ -> new InetAddress[] {InetAddress.getByName("10.0.0.1")},
                HeldAssets.none());
    }

    private static String fetch(AssetFetcher fetcher, String uri, Duration limit) {
        Deadline deadline = Deadline.after(limit, System::nanoTime);
        return new String(
                fetcher.fetch(new AssetRef.Uri(uri), Optional.empty(), "local", deadline)
                        .bytes(),
                StandardCharsets.UTF_8);
    }

    private static Failure refusal(AssetFetcher fetcher, String uri, Duration limit) {
        return assertThrows(FailureException.class, () -> fetch(fetcher, uri, limit), uri)
                .failure();
    }

    @Test
    void everySource_hasASample() {
        assertEquals(
                samples().stream().flatMap(sample -> sample.schemes().stream()).collect(Collectors.toSet()),
                fetcher(true).sources().stream()
                        .flatMap(source -> source.schemes().stream())
                        .collect(Collectors.toSet()));
    }

    @Test
    void source_keepsTheContract() {
        Duration limit = Duration.ofSeconds(20);
        for (Sample sample : samples()) {
            String scheme = sample.base().substring(0, sample.base().indexOf(':'));
            String photo = sample.base() + "a.jpg";

            Failure unlisted = refusal(fetcher(false), photo, limit);
            assertEquals(Reason.ASSET_FORBIDDEN, unlisted.reason());
            assertEquals(Optional.of("asset.uri"), unlisted.field());
            assertTrue(unlisted.detail().contains("the setting assets."), unlisted.detail());
            assertEquals(List.of(), web.calls, "nobody is asked for what is not listed");

            assertEquals("photo", fetch(fetcher(true), photo, limit));
            assertEquals(
                    "photo",
                    fetch(fetcher(true), scheme.toUpperCase(Locale.ROOT) + photo.substring(scheme.length()), limit));
            Failure none = refusal(fetcher(true), sample.base() + "none.jpg", limit);
            assertEquals(Reason.ASSET_UNREACHABLE, none.reason(), none.detail());
            assertEquals(
                    Reason.REQUEST_TOO_LARGE,
                    refusal(fetcher(true), sample.base() + "large.jpg", limit).reason());
            assertEquals(
                    Reason.DEADLINE_EXCEEDED,
                    refusal(fetcher(true), photo, Duration.ofNanos(-1)).reason());
            for (String noPlace : List.of(scheme + ":", scheme + "://", scheme + ":///", scheme + ":a.jpg")) {
                assertEquals(
                        Reason.ASSET_FORBIDDEN,
                        refusal(fetcher(true), noPlace, limit).reason(),
                        noPlace);
            }
            web.calls.clear();
        }
    }
}
