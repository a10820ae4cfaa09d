package dev.firstpass.server.asset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.server.asset.LabelStudioHost.AccessToken;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class AssetFetcherTest {
    private static final String STUDIO = "http://labels.example.org:8080/studio/";
    private static final String UPLOADED = STUDIO + "data/upload/2/a.jpg";

    @TempDir
    Path folder = Path.of("");

    private final FakeWeb web = new FakeWeb();

    /// Where names lead to; all others lead to 10.0.0.1.
    private Map<String, List<String>> names = Map.of();

    private AssetFetcher fetcher(String token, String... origins) {
        AssetConfig config = new AssetConfig(
                List.of(origins).stream()
                        .map(text -> Origin.parse(text).orElseThrow())
                        .toList(),
                List.of(),
                AssetBuckets.NONE,
                token.isEmpty()
                        ? Optional.empty()
                        : Optional.of(new LabelStudioHost(URI.create(STUDIO), Optional.of(new AccessToken(token)))),
                Optional.of(folder),
                64);
        return new AssetFetcher(config, web, this::resolve, HeldAssets.none());
    }

    private InetAddress[] resolve(String host) throws UnknownHostException {
        if (Origin.parse("http://" + (host.contains(":") ? "[" + host + "]" : host))
                .orElseThrow()
                .isLiteral()) {
            return InetAddress.getAllByName(host);
        }
        List<String> literals = names.getOrDefault(host, List.of("10.0.0.1"));
        InetAddress[] addresses = new InetAddress[literals.size()];
        for (int i = 0; i < addresses.length; i++) {
            addresses[i] = InetAddress.getByName(literals.get(i));
        }
        return addresses;
    }

    private static String fetch(AssetFetcher fetcher, AssetRef ref) {
        Deadline deadline = Deadline.after(Duration.ofSeconds(5), System::nanoTime);
        return new String(
                fetcher.fetch(ref, Optional.of("a"), "local", deadline).bytes(), StandardCharsets.UTF_8);
    }

    private static Failure refusal(AssetFetcher fetcher, AssetRef ref) {
        return assertThrows(FailureException.class, () -> fetch(fetcher, ref)).failure();
    }

    private static AssetRef task(String location) {
        return new AssetRef.OfTask(location, "7");
    }

    /// To whom it is not, there is none: whatever is there, and whether it is.
    @Test
    void labelStudiosFiles_areOfItsTenantAlone() throws IOException {
        web.body(UPLOADED, "photo");
        Files.writeString(folder.resolve("a.jpg"), "local photo");
        Deadline deadline = Deadline.after(Duration.ofSeconds(5), System::nanoTime);
        List<String> places = List.of(
                "/data/upload/2/a.jpg",
                "/data/upload/2/none.jpg",
                UPLOADED,
                "s3://photos/a.jpg",
                "/data/local-files/?d=a.jpg",
                "/data/local-files/?d=none.jpg");
        for (String place : places) {
            Failure failure = assertThrows(
                            FailureException.class,
                            () -> fetcher("hush").fetch(task(place), Optional.empty(), "acme", deadline))
                    .failure();
            assertEquals(Reason.ASSET_FORBIDDEN, failure.reason(), place);
        }
        assertTrue(web.calls.isEmpty());
        assertEquals("photo", fetch(fetcher("hush"), task(places.getFirst())));
        assertEquals("local photo", fetch(fetcher("hush"), task("/data/local-files/?d=a.jpg")));
    }

    @Test
    void uri_ofAnAllowedOrigin_isFetchedAtTheAddressThatWasLookedAt() {
        web.body("https://images.example.org/a.jpg?size=2", "photo");

        assertEquals(
                "photo",
                fetch(
                        fetcher("", "https://images.example.org"),
                        new AssetRef.Uri("https://images.example.org/a.jpg?size=2")));
        assertEquals("10.0.0.1", web.calls.getFirst().address().getHostAddress());
        assertFalse(web.calls.getFirst().headers().containsKey("authorization"));
    }

    /// A request's trace goes on, and nothing else of the request.
    @Test
    void uri_isAskedForWithWhatIsCarriedOn() {
        web.body("https://images.example.org/a.jpg", "photo");

        var _ = fetcher("", "https://images.example.org")
                .fetch(
                        new AssetRef.Uri("https://images.example.org/a.jpg"),
                        Optional.empty(),
                        "local",
                        Deadline.after(Duration.ofSeconds(5), System::nanoTime),
                        Map.of("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));

        assertEquals(
                Set.of("traceparent", "accept"), web.calls.getFirst().headers().keySet());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a.jpg",
                "file:///etc/passwd",
                "jar:http://images.example.org/a!/b",
                "ftp://images.example.org/a.jpg",
                "gopher://images.example.org/",
                "data:image/png;base64,AAAA",
                "http://images.example.org/a.jpg",
                "https://images.example.org:8443/a.jpg",
                "https://images.example.org.evil.example/a.jpg",
                "https://evil.example/https://images.example.org/",
                "https://images.example.org@evil.example/",
                "https://evil.example@images.example.org/",
                "https://evil.example\\@images.example.org/",
                "https://evil.example#@images.example.org/",
                "https://images.example.org\r\nHost: evil.example/",
                "https://\u24D8mages.example.org/",
                "https://images.example.org\uFF0E/",
                "https://images.example.org./a.jpg",
                "https:images.example.org/a.jpg",
                "https:///a.jpg",
                "http://127.0.0.1/",
                "http://127.1/",
                "http://2130706433/",
                "http://0177.0.0.1/",
                "http://0x7f000001/",
                "http://[::1]/",
                "http://[::ffff:127.0.0.1]/",
                "http://[::ffff:a9fe:a9fe]/",
                "http://169.254.169.254/latest/meta-data/",
                "http://[fd00:ec2::254]/",
                "http://metadata.google.internal/",
                "http://0.0.0.0/",
                "http://0/",
                "http://localhost/",
                "http://10.0.0.1/"
            })
    void uri_elsewhere_isForbiddenAndNeverCalled(String uri) {
        assertEquals(
                Reason.ASSET_FORBIDDEN,
                refusal(fetcher("", "https://images.example.org"), new AssetRef.Uri(uri))
                        .reason());
        assertEquals(List.of(), web.calls);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "127.8.8.8",
                "169.254.169.254",
                "0.0.0.0",
                "0.1.2.3",
                "100.100.100.200",
                "192.0.0.8",
                "198.18.0.1",
                "224.0.0.1",
                "240.0.0.1",
                "255.255.255.255",
                "::1",
                "::",
                "::ffff:127.0.0.1",
                "168.63.129.16",
                "::ffff:0:7f00:1",
                "fd20:ce::254",
                "fd00:42::42",
                "64:ff9b::7f00:1",
                "2002:7f00:1::",
                "fe80::1",
                "fec0::1",
                "ff02::1",
                "fd00:ec2::254",
                "2001:db8::1"
            })
    void name_thatLeadsToAForbiddenAddress_isForbidden_evenBesideOneThatIsNot(String address) {
        names = Map.of("images.example.org", List.of("10.0.0.1", address));
        web.body("https://images.example.org/a.jpg", "photo");

        assertEquals(
                Reason.ASSET_FORBIDDEN,
                refusal(fetcher("", "https://images.example.org"), new AssetRef.Uri("https://images.example.org/a.jpg"))
                        .reason());
        assertEquals(List.of(), web.calls);
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "fd12::1", "93.184.216.34"})
    void name_thatLeadsIntoAPrivateNetwork_isTheCustomersOwn(String address) {
        names = Map.of("images.example.org", List.of(address));
        web.body("https://images.example.org/a.jpg", "photo");

        assertEquals(
                "photo",
                fetch(fetcher("", "https://images.example.org"), new AssetRef.Uri("https://images.example.org/a.jpg")));
    }

    @Test
    void address_thatIsWrittenDown_isMeant() {
        web.body("http://127.0.0.1:9000/a.jpg", "photo").body("http://localhost:9000/a.jpg", "other");
        AssetFetcher fetcher = fetcher("", "http://127.0.0.1:9000", "http://localhost:9000");

        assertEquals("photo", fetch(fetcher, new AssetRef.Uri("http://127.0.0.1:9000/a.jpg")));
        assertEquals("other", fetch(fetcher, new AssetRef.Uri("http://localhost:9000/a.jpg")));
    }

    @Test
    void redirect_isHeldAgainstTheList_andEnds() {
        web.redirect("https://images.example.org/a", "/b")
                .redirect("https://images.example.org/b", "https://other.example.org/c")
                .body("https://other.example.org/c", "photo")
                .redirect("https://images.example.org/out", "http://169.254.169.254/")
                .redirect("https://images.example.org/loop", "/loop");
        AssetFetcher fetcher = fetcher("", "https://images.example.org", "https://other.example.org");

        assertEquals("photo", fetch(fetcher, new AssetRef.Uri("https://images.example.org/a")));
        assertEquals(
                Reason.ASSET_FORBIDDEN,
                refusal(fetcher, new AssetRef.Uri("https://images.example.org/out"))
                        .reason());
        assertEquals(
                Reason.ASSET_UNREACHABLE,
                refusal(fetcher, new AssetRef.Uri("https://images.example.org/loop"))
                        .reason());
        assertTrue(web.calls.stream().noneMatch(call -> call.uri().toString().contains("169.254")));
    }

    @Test
    void answer_thatIsNoImage_isToldByItsKind() {
        web.status("https://images.example.org/none", 404)
                .packed("https://images.example.org/packed")
                .body("https://images.example.org/large", "x".repeat(65));
        AssetFetcher fetcher = fetcher("", "https://images.example.org");

        Failure none = refusal(fetcher, new AssetRef.Uri("https://images.example.org/none"));
        assertEquals(Reason.ASSET_UNREACHABLE, none.reason());
        assertEquals("asset.uri: its place answered with status 404", none.detail());
        assertEquals(
                Reason.ASSET_UNREACHABLE,
                refusal(fetcher, new AssetRef.Uri("https://images.example.org/packed"))
                        .reason());
        assertEquals(
                Reason.REQUEST_TOO_LARGE,
                refusal(fetcher, new AssetRef.Uri("https://images.example.org/large"))
                        .reason());
        assertEquals(
                Reason.ASSET_UNREACHABLE,
                refusal(fetcher, new AssetRef.Uri("https://images.example.org/nobody"))
                        .reason());
    }

    @Test
    void deadline_thatHasPassed_callsNobody() {
        Deadline passed = Deadline.after(Duration.ofNanos(-1), System::nanoTime);
        AssetFetcher fetcher = fetcher("", "https://images.example.org");

        Failure failure = assertThrows(
                        FailureException.class,
                        () -> fetcher.fetch(
                                new AssetRef.Uri("https://images.example.org/a"), Optional.empty(), "local", passed))
                .failure();

        assertEquals(Reason.DEADLINE_EXCEEDED, failure.reason());
        assertEquals(List.of(), web.calls);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            /data/upload/2/a.jpg                              | data/upload/2/a.jpg
            upload/2/a.jpg                                    | data/upload/2/a.jpg
            /upload/2/a b.jpg                                 | data/upload/2/a%20b.jpg
            /studio/data/upload/2/a%20b.jpg                   | data/upload/2/a%20b.jpg
            http://labels.example.org:8080/studio/data/upload/2/a.jpg | data/upload/2/a.jpg
            s3://bucket/a.jpg                                 | tasks/7/presign/?fileuri=czM6Ly9idWNrZXQvYS5qcGc%3D
            gs://bucket/a.jpg                                 | tasks/7/presign/?fileuri=Z3M6Ly9idWNrZXQvYS5qcGc%3D
            """)
    void task_ofLabelStudiosOwnFiles_isFetchedThereWithTheToken(String location, String path) {
        web.body(STUDIO + path, "photo");

        assertEquals("photo", fetch(fetcher("secret"), task(location)));
        assertEquals("Token secret", web.calls.getFirst().headers().get("authorization"));
    }

    @Test
    void task_signedAddressOfABucket_getsNoToken() {
        web.redirect(STUDIO + "tasks/7/presign/?fileuri=czM6Ly9iL2E%3D", "https://bucket.example.org/a?signature=1")
                .body("https://bucket.example.org/a?signature=1", "photo");

        assertEquals("photo", fetch(fetcher("secret", "https://bucket.example.org"), task("s3://b/a")));
        assertTrue(web.calls.getFirst().headers().containsKey("authorization"));
        assertFalse(web.calls.getLast().headers().containsKey("authorization"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://evil.example/data/upload/2/a.jpg",
                "http://labels.example.org:8081/studio/data/upload/2/a.jpg",
                "http://labels.example.org:8080@evil.example/studio/data/upload/2/a.jpg",
                "http://labels.example.org:8080/other/a.jpg",
                "http://labels.example.org:8080/studio/../other/a.jpg"
            })
    void task_elsewhere_neverSeesTheToken(String location) {
        web.body(location, "photo");

        assertEquals(
                Reason.ASSET_FORBIDDEN,
                refusal(fetcher("secret"), task(location)).reason());
        assertEquals(List.of(), web.calls);
    }

    /// As releases for several organisations have it.
    @Test
    void task_uploadThatIsElsewhereOnLabelStudio_isLookedForThere() {
        web.status(UPLOADED, 404).body(STUDIO + "storage-data/uploaded/?filepath=upload/2/a.jpg", "photo");

        assertEquals("photo", fetch(fetcher("secret"), task("/data/upload/2/a.jpg")));
    }

    @Test
    void task_withAPersonalToken_changesItAndDoesSoAgainWhenItIsOver() {
        web.body(STUDIO + "api/token/refresh/", "{\"access\":\"short.lived\"}").body(UPLOADED, "photo");
        AssetFetcher fetcher = fetcher("eyA.eyB.c");

        assertEquals("photo", fetch(fetcher, task("/data/upload/2/a.jpg")));
        assertEquals("photo", fetch(fetcher, task("/data/upload/2/a.jpg")));
        assertEquals(
                List.of("api/token/refresh/", "data/upload/2/a.jpg", "data/upload/2/a.jpg"),
                web.calls.stream()
                        .map(call -> call.uri().toString().substring(STUDIO.length()))
                        .toList());
        assertEquals(
                Optional.of("{\"refresh\":\"eyA.eyB.c\"}"), web.calls.getFirst().post());
        assertEquals("Bearer short.lived", web.calls.getLast().headers().get("authorization"));

        web.status(UPLOADED, 401);
        Failure failure = refusal(fetcher, task("/data/upload/2/a.jpg"));
        assertEquals(Reason.ASSET_UNREACHABLE, failure.reason());
        assertFalse(failure.detail().contains("eyA"), failure.detail());
        assertEquals(
                2, web.calls.stream().filter(call -> call.post().isPresent()).count());
    }

    @Test
    void task_withoutAKnownLabelStudio_isForbiddenAndSaysWhichSetting() {
        for (String location : List.of("/data/upload/2/a.jpg", "s3://bucket/a.jpg")) {
            Failure failure = refusal(fetcher(""), task(location));
            assertEquals(Reason.ASSET_FORBIDDEN, failure.reason());
            assertTrue(failure.detail().contains("label-studio.url"), failure.detail());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a.jpg",
                "/etc/passwd",
                "../../etc/passwd",
                "/data/upload/../../etc/passwd",
                "data:image/png,abc",
                "data:image/png;base64,???",
                "file:///etc/passwd",
                "javascript:alert(1)"
            })
    void task_whatIsNoLocation_isRefused(String location) {
        assertEquals(
                Reason.ARGUMENT_INVALID,
                refusal(fetcher("secret"), task(location)).reason());
        assertEquals(List.of(), web.calls);
    }

    @Test
    void task_withItsImageInIt_needsNoAllowance() {
        assertEquals("photo", fetch(new AssetFetcher(), task("data:image/png;base64,cGhvdG8=")));
    }

    @Test
    void task_ofALocalFile_isReadFromTheFolder() throws IOException {
        Files.createDirectories(folder.resolve("dogs"));
        Files.writeString(folder.resolve("dogs/a b.jpg"), "photo");

        assertEquals("photo", fetch(fetcher(""), task("/data/local-files/?d=dogs/a%20b.jpg")));
        assertEquals("photo", fetch(fetcher(""), task("http://x/data/local-files/?d=dogs/a+b.jpg".substring(8))));
    }

    @Test
    void task_ofALocalFileThatIsNotBelowTheFolder_isRefused(@TempDir Path outside) throws IOException {
        Path secret = Files.writeString(outside.resolve("secret"), "secret");
        Files.createSymbolicLink(folder.resolve("link"), secret);
        Files.createSymbolicLink(folder.resolve("up"), outside);
        Files.createDirectories(folder.resolve("dogs"));
        Files.writeString(folder.resolve("large"), "x".repeat(65));

        for (String path : List.of("../secret", "dogs/../../x", "%00", "..%2F..%2Fetc%2Fpasswd", "")) {
            assertEquals(
                    Reason.ASSET_FORBIDDEN,
                    refusal(fetcher(""), task("/data/local-files/?d=" + path)).reason(),
                    path);
        }
        for (String path : List.of("link", "up/secret", "dogs", "none.jpg")) {
            assertEquals(
                    Reason.ASSET_UNREACHABLE,
                    refusal(fetcher(""), task("/data/local-files/?d=" + path)).reason(),
                    path);
        }
        assertEquals(
                Reason.REQUEST_TOO_LARGE,
                refusal(fetcher(""), task("/data/local-files/?d=large")).reason());
    }

    @Test
    void nothingConfigured_fetchesNothing() {
        assertEquals(
                Reason.ASSET_FORBIDDEN,
                refusal(new AssetFetcher(), new AssetRef.Uri("http://127.0.0.1/"))
                        .reason());
    }
}
