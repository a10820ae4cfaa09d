package dev.firstpass.server.asset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SeekableByteChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Files of folders that a setting lists, and nothing but them, whatever stands in an address and whatever links lie about.
final class FolderAssetsTest {
    private static final int MOST = 64;
    private static final String SECRET = "secret";

    @TempDir
    private Path temp;

    private Path photos = Path.of("");
    private Path theirs = Path.of("");
    private Path outside = Path.of("");

    @BeforeEach
    void fill() throws IOException {
        photos = Files.createDirectories(temp.resolve("photos"));
        theirs = Files.createDirectories(temp.resolve("acme"));
        outside = Files.createDirectories(temp.resolve("photos-of-others"));
        Files.createDirectories(photos.resolve("dogs"));
        Files.writeString(photos.resolve("dogs/a b.jpg"), "dog");
        Files.writeString(photos.resolve("large.jpg"), "x".repeat(MOST + 1));
        Files.writeString(photos.resolve("most.jpg"), "x".repeat(MOST));
        Files.writeString(theirs.resolve("a.jpg"), "acme's");
        Files.writeString(outside.resolve(SECRET), SECRET);
    }

    private String fetch(String uri, String tenant, Duration limit) {
        AssetConfig config = new AssetConfig(
                List.of(),
                List.of(new Listed<>(Optional.empty(), photos), new Listed<>(Optional.of("acme"), theirs)),
                AssetBuckets.NONE,
                Optional.empty(),
                Optional.empty(),
                MOST);
        byte[] bytes = new AssetFetcher(config, Optional.empty(), Optional.empty(), HeldAssets.none())
                .fetch(new AssetRef.Uri(uri), Optional.empty(), tenant, Deadline.after(limit, System::nanoTime))
                .bytes();
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private String fetch(String uri) {
        return fetch(uri, "local", Duration.ofSeconds(20));
    }

    private Failure refusal(String uri) {
        Failure failure =
                assertThrows(FailureException.class, () -> fetch(uri), uri).failure();
        assertFalse(failure.detail().contains(temp.toString()), failure.detail());
        return failure;
    }

    private String at(String path) {
        return photos.toUri() + path;
    }

    @Test
    void fileBelowAFolder_isRead_thoughALinkInsideLeadsToIt() throws IOException {
        Files.createSymbolicLink(photos.resolve("link"), photos.resolve("dogs"));
        Files.createSymbolicLink(photos.resolve("relative"), Path.of("dogs/a b.jpg"));

        assertEquals("dog", fetch(at("dogs/a%20b.jpg")));
        assertEquals("dog", fetch(at("link/a%20b.jpg")));
        assertEquals("dog", fetch(at("relative")));
        assertEquals("dog", fetch(at("dogs/../dogs//a%20b.jpg").replace("file:", "FILE:")));
        assertEquals(MOST, fetch(at("most.jpg")).length());
    }

    /// The folder itself may be a link, as where a volume is mounted by one.
    @Test
    void folderThatIsALink_isMeant() throws IOException {
        Path moved = Files.move(photos, temp.resolve("elsewhere"));
        Files.createSymbolicLink(photos, moved);

        assertEquals("dog", fetch(at("dogs/a%20b.jpg")));
        assertEquals(
                Reason.ASSET_FORBIDDEN,
                refusal(moved.toUri() + "dogs/a%20b.jpg").reason());
    }

    @Test
    void whatIsNotBelowAFolder_isForbidden() {
        String host = at("dogs/a%20b.jpg").replace("file:///", "");
        for (String uri : List.of(
                "file:///etc/passwd",
                "file:///",
                "file:",
                "file://",
                "file:" + photos,
                "file:/" + host,
                "file://localhost/" + host,
                "file://127.0.0.1/" + host,
                "file:////" + host + "/../../../../etc/passwd",
                at("").replaceFirst("/$", ""),
                at(""),
                at("."),
                at("..") + "/photos-of-others/secret",
                at("../photos-of-others/secret"),
                at("%2e%2e/photos-of-others/secret"),
                at("%2E%2E%2Fphotos-of-others%2Fsecret"),
                at("dogs/../../photos-of-others/secret"),
                at("").replaceFirst("/$", "-of-others/secret"),
                at("a%00.jpg"),
                at("dogs/a%20b.jpg?x"),
                at("dogs/a%20b.jpg#x"),
                at("dogs/a b.jpg"),
                at("..\\photos-of-others\\secret"))) {
            assertEquals(Reason.ASSET_FORBIDDEN, refusal(uri).reason(), uri);
        }
    }

    /// Escapes are undone once, and of UTF-8 no other forms are known.
    @Test
    void otherWaysToWriteTwoDots_areNames() {
        for (String path : List.of("%252e%252e/photos-of-others/secret", "%c0%ae%c0%ae/photos-of-others/secret")) {
            assertEquals(Reason.ASSET_UNREACHABLE, refusal(at(path)).reason(), path);
        }
    }

    @Test
    void whatIsNotThere_isNoFile_orIsOutsideByALink_isOneAndTheSame() throws Exception {
        Files.createSymbolicLink(photos.resolve("out"), outside.resolve(SECRET));
        Files.createSymbolicLink(photos.resolve("up"), outside);
        Files.createSymbolicLink(photos.resolve("dangling"), outside.resolve("none"));
        Files.createSymbolicLink(photos.resolve("loop"), photos.resolve("loop"));
        Files.createSymbolicLink(photos.resolve("zero"), Path.of("/dev/zero"));
        Files.createSymbolicLink(photos.resolve("environment"), Path.of("/proc/self/environ"));
        Files.createSymbolicLink(photos.resolve("self"), photos);
        assertEquals(
                0,
                new ProcessBuilder("mkfifo", photos.resolve("pipe").toString())
                        .start()
                        .waitFor());
        Path closed = Files.writeString(photos.resolve("closed"), SECRET);
        Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("---------"));
        try (ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            socket.bind(UnixDomainSocketAddress.of(photos.resolve("socket")));

            Failure none = refusal(at("none.jpg"));
            assertEquals(Reason.ASSET_UNREACHABLE, none.reason());
            for (String path : List.of(
                    "out",
                    "up/secret",
                    "up",
                    "dangling",
                    "loop",
                    "zero",
                    "environment",
                    "self",
                    "pipe",
                    "socket",
                    "dogs",
                    "dogs/none",
                    "dogs/a%20b.jpg/x",
                    "none/x",
                    "up/none")) {
                assertEquals(none, refusal(at(path)), path);
            }
            if (Files.isReadable(closed)) {
                System.out.println("not tried as root: a file that may not be read");
            } else {
                assertEquals(none, refusal(at("closed")));
            }
        }
    }

    @Test
    void largeFile_isNotRead() {
        assertEquals(Reason.REQUEST_TOO_LARGE, refusal(at("large.jpg")).reason());
    }

    @Test
    void folderOfATenant_isNobodyElses() {
        String uri = theirs.toUri() + "a.jpg";

        assertEquals("acme's", fetch(uri, "acme", Duration.ofSeconds(20)));
        assertEquals("dog", fetch(at("dogs/a%20b.jpg"), "acme", Duration.ofSeconds(20)));
        assertEquals(refusal("file:///nobodys/a.jpg"), refusal(uri));
        assertEquals(refusal(theirs.toUri() + "none.jpg"), refusal(uri));
    }

    @Test
    void deadlineAndCancellation_endIt() {
        assertEquals(
                Reason.DEADLINE_EXCEEDED,
                assertThrows(FailureException.class, () -> fetch(at("dogs/a%20b.jpg"), "local", Duration.ofNanos(-1)))
                        .failure()
                        .reason());
        Thread.currentThread().interrupt();
        assertEquals(Reason.CANCELLED, refusal(at("dogs/a%20b.jpg")).reason());
        assertTrue(Thread.interrupted());
    }

    /// Who can write below a folder exchanges a part of the way for a link, after it was looked at and before it is opened.
    @Test
    void wayThatIsExchangedMeanwhile_neverLeadsOut() throws IOException {
        Files.createDirectories(photos.resolve("way/on"));
        Files.writeString(photos.resolve("way/on/a.jpg"), "photo");
        Path looked = Path.of("way/on/a.jpg");
        try (DirectoryStream<Path> folder = Files.newDirectoryStream(photos);
                SeekableByteChannel channel = LocalFiles.open(folder, looked)) {
            assertEquals(5, channel.size());
        }

        Files.createDirectories(outside.resolve("on"));
        Files.writeString(outside.resolve("on/a.jpg"), SECRET);
        for (String exchanged : List.of("way/on/a.jpg", "way/on", "way")) {
            Path part = photos.resolve(exchanged);
            Path aside = Files.move(part, temp.resolve("aside"));
            Files.createSymbolicLink(part, outside.resolve(Path.of("way").relativize(Path.of(exchanged))));
            assertTrue(Files.exists(photos.resolve(looked)), exchanged);
            try (DirectoryStream<Path> folder = Files.newDirectoryStream(photos)) {
                assertThrows(IOException.class, () -> LocalFiles.open(folder, looked), exchanged);
            }
            Files.delete(part);
            Files.move(aside, part);
        }
    }
}
