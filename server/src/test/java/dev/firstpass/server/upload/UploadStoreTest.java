package dev.firstpass.server.upload;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.Sha256;
import dev.firstpass.registry.Tenant;
import dev.firstpass.server.config.UploadLimits;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/// What pieces become, and what is refused.
final class UploadStoreTest {
    private static final long MOST = 100;
    private static final UploadLimits LIMITS = new UploadLimits(3, 250, Duration.ofHours(1));
    private static final Instant START = Instant.parse("2026-01-02T03:04:05Z");

    @TempDir
    Path folder = Path.of("");

    private final AtomicReference<Instant> now = new AtomicReference<>(START);
    private Path area = Path.of("");
    private UploadStore store = UploadStore.open(Path.of("nowhere"), LIMITS, MOST, now::get);

    @BeforeEach
    void open() {
        area = folder.resolve("uploads");
        store = UploadStore.open(area, LIMITS, MOST, now::get);
    }

    private String create() {
        return store.create(Tenant.LOCAL, OptionalLong.empty(), Optional.empty())
                .id();
    }

    private String create(long length, String sha256) {
        return store.create(Tenant.LOCAL, OptionalLong.of(length), Optional.of(sha256))
                .id();
    }

    private void append(String id, long offset, byte[] bytes) {
        try (UploadWriter writer = store.append(Tenant.LOCAL, id, offset)) {
            writer.write(bytes, 0, bytes.length);
        }
    }

    private static Reason refusal(Executable work) {
        return assertThrows(FailureException.class, work).failure().reason();
    }

    private long files() throws IOException {
        if (!Files.exists(area)) {
            return 0;
        }
        try (Stream<Path> files = Files.walk(area)) {
            return files.filter(Files::isRegularFile).count();
        }
    }

    /// As many pieces of as many lengths, and breaks, as a seed gives: what was acknowledged is what is read.
    @Test
    void pieces_ofAnyLengths_becomeTheBytes() throws IOException {
        Random random = new Random(7);
        for (int round = 0; round < 50; round++) {
            byte[] bytes = new byte[1 + random.nextInt((int) MOST)];
            random.nextBytes(bytes);
            String id = create(bytes.length, Sha256.of(bytes));
            int offset = 0;
            while (offset < bytes.length) {
                int count = 1 + random.nextInt(bytes.length - offset);
                UploadWriter writer = store.append(Tenant.LOCAL, id, offset);
                writer.write(bytes, offset, count);
                if (random.nextBoolean()) {
                    writer.close();
                }
                // Else the connection broke, and nobody has noticed.
                offset = (int) store.settle(Tenant.LOCAL, id).offset();
            }
            try (TakenUpload taken = store.take(Tenant.LOCAL, id)) {
                assertArrayEquals(bytes, Files.readAllBytes(taken.file()));
                assertEquals(Sha256.of(bytes), taken.sha256());
                taken.consume();
            }
            assertEquals(Reason.UPLOAD_NOT_FOUND, refusal(() -> store.status(Tenant.LOCAL, id)));
        }
        assertEquals(0, files());
        assertEquals(0, store.bytes());
    }

    @Test
    void append_elsewhere_tellsTheRightOffset() {
        String id = create();
        append(id, 0, new byte[10]);

        for (long wrong : new long[] {0, 9, 11, Long.MAX_VALUE, -1, Long.MIN_VALUE}) {
            OffsetException refused = assertThrows(OffsetException.class, () -> store.append(Tenant.LOCAL, id, wrong));
            assertEquals(10, refused.right());
            assertEquals(Reason.PRECONDITION_FAILED, refused.failure().reason());
        }
        assertEquals(10, store.status(Tenant.LOCAL, id).offset());
    }

    @Test
    void offset_isToldOnlyOfWhatWasSynced() {
        String id = create();
        UploadWriter writer = store.append(Tenant.LOCAL, id, 0);
        writer.write(new byte[5], 0, 5);

        assertEquals(0, store.status(Tenant.LOCAL, id).offset());
        writer.close();
        assertEquals(5, store.status(Tenant.LOCAL, id).offset());
    }

    /// The connection of the first is broken, but the server has not noticed.
    @Test
    void secondWriter_endsTheFirst() throws IOException {
        String id = create();
        UploadWriter first = store.append(Tenant.LOCAL, id, 0);
        first.write(new byte[] {1, 2}, 0, 2);
        UploadWriter second = store.append(Tenant.LOCAL, id, 2);

        assertEquals(Reason.IN_USE, refusal(() -> first.write(new byte[] {9}, 0, 1)));
        second.write(new byte[] {3}, 0, 1);
        first.close();
        second.write(new byte[] {4}, 0, 1);
        second.close();

        try (TakenUpload taken = store.take(Tenant.LOCAL, id)) {
            assertArrayEquals(new byte[] {1, 2, 3, 4}, Files.readAllBytes(taken.file()));
        }
    }

    /// Each writes the number of its own; of each byte exactly one of them was in force.
    @Test
    void manyWritersAtOnce_neverMix() throws Exception {
        String id = create();
        ByteArrayOutputStream acknowledged = new ByteArrayOutputStream();
        CountDownLatch go = new CountDownLatch(1);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> writers = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                byte[] own = {(byte) i};
                writers.add(threads.submit(() -> {
                    go.await();
                    for (int n = 0; n < 10; n++) {
                        try {
                            UploadWriter writer = store.append(
                                    Tenant.LOCAL,
                                    id,
                                    store.status(Tenant.LOCAL, id).offset());
                            synchronized (acknowledged) {
                                writer.write(own, 0, 1);
                                acknowledged.write(own[0]);
                            }
                            writer.close();
                        } catch (OffsetException | FailureException _) {
                            // Another one was faster.
                        }
                    }
                    return own[0];
                }));
            }
            go.countDown();
            for (Future<?> writer : writers) {
                writer.get();
            }
        }
        assertTrue(acknowledged.size() > 0);
        try (TakenUpload taken = store.take(Tenant.LOCAL, id)) {
            assertArrayEquals(acknowledged.toByteArray(), Files.readAllBytes(taken.file()));
        }
    }

    @Test
    void wrongHash_isToldAtTheLastPiece_andNothingIsKept() throws IOException {
        String id = create(3, Sha256.of(new byte[] {1, 2, 3}));
        append(id, 0, new byte[] {1, 2});

        assertEquals(Reason.ARTIFACT_REJECTED, refusal(() -> append(id, 2, new byte[] {4})));
        assertEquals(Reason.UPLOAD_NOT_FOUND, refusal(() -> store.status(Tenant.LOCAL, id)));
        assertEquals(0, files());
        assertEquals(0, store.bytes());
    }

    @Test
    void take_beforeTheEnd_isRefused() {
        String id = create(3, Sha256.of(new byte[3]));
        assertEquals(Reason.PRECONDITION_FAILED, refusal(() -> store.take(Tenant.LOCAL, id)));
        append(id, 0, new byte[2]);
        assertEquals(Reason.PRECONDITION_FAILED, refusal(() -> store.take(Tenant.LOCAL, id)));
        append(id, 2, new byte[1]);

        try (TakenUpload taken = store.take(Tenant.LOCAL, id)) {
            assertTrue(Files.exists(taken.file()));
            assertEquals(Reason.IN_USE, refusal(() -> store.take(Tenant.LOCAL, id)));
            assertEquals(Reason.IN_USE, refusal(() -> store.append(Tenant.LOCAL, id, 3)));
            assertEquals(Reason.IN_USE, refusal(() -> store.delete(Tenant.LOCAL, id)));
            now.set(START.plus(Duration.ofDays(9)));
            store.sweep();
            assertTrue(Files.exists(taken.file()));
        }
        // It was not consumed, so it can be taken again.
        store.take(Tenant.LOCAL, id).close();
    }

    @Test
    void more_thanAnnouncedOrAllowed_isRefused() {
        String announced = create(3, Sha256.of(new byte[3]));
        assertEquals(Reason.REQUEST_TOO_LARGE, refusal(() -> append(announced, 0, new byte[4])));
        assertEquals(0, store.status(Tenant.LOCAL, announced).offset());

        String open = create();
        append(open, 0, new byte[(int) MOST]);
        assertEquals(Reason.REQUEST_TOO_LARGE, refusal(() -> append(open, MOST, new byte[1])));
        assertEquals(
                Reason.REQUEST_TOO_LARGE,
                refusal(() -> store.create(Tenant.LOCAL, OptionalLong.of(MOST + 1), Optional.empty())));
        for (long wrong : new long[] {0, -1, Long.MIN_VALUE}) {
            assertEquals(
                    Reason.ARGUMENT_INVALID,
                    refusal(() -> store.create(Tenant.LOCAL, OptionalLong.of(wrong), Optional.empty())));
        }
        assertEquals(
                Reason.ARGUMENT_INVALID,
                refusal(() -> store.create(Tenant.LOCAL, OptionalLong.empty(), Optional.of("../../etc/passwd"))));
    }

    @Test
    void number_isBounded_untilOneIsGone() {
        String first = create();
        create();
        create();
        assertEquals(Reason.QUOTA_EXCEEDED, refusal(this::create));
        store.delete(Tenant.LOCAL, first);
        create();
    }

    @Test
    void bytes_ofAllTogether_areBounded() {
        String first = create();
        append(first, 0, new byte[100]);
        append(create(), 0, new byte[100]);
        String third = create();

        assertEquals(Reason.QUOTA_EXCEEDED, refusal(() -> append(third, 0, new byte[51])));
        append(third, 0, new byte[50]);
        store.delete(Tenant.LOCAL, first);
        append(third, 50, new byte[50]);
        assertEquals(200, store.bytes());
    }

    @Test
    void age_isBounded_andCountsFromTheLastByte() throws IOException {
        String touched = create();
        String idle = create();
        append(touched, 0, new byte[1]);
        append(idle, 0, new byte[1]);
        now.set(START.plus(Duration.ofMinutes(59)));
        append(touched, 1, new byte[1]);
        now.set(START.plus(Duration.ofMinutes(60)));
        store.sweep();

        assertEquals(Reason.UPLOAD_NOT_FOUND, refusal(() -> store.append(Tenant.LOCAL, idle, 1)));
        assertEquals(2, store.status(Tenant.LOCAL, touched).offset());
        assertEquals(
                START.plus(Duration.ofMinutes(119)),
                store.status(Tenant.LOCAL, touched).expiresAt());
        assertEquals(1, files());
    }

    @Test
    void ids_areNoPaths() throws IOException {
        Path secret = Files.writeString(folder.resolve("secret"), "x");
        for (String id : List.of("../secret", "", ".", "..", "/etc/passwd", "a".repeat(100_000), "\0", "%2e%2e")) {
            assertEquals(Reason.UPLOAD_NOT_FOUND, refusal(() -> store.status(Tenant.LOCAL, id)));
            assertEquals(Reason.UPLOAD_NOT_FOUND, refusal(() -> store.append(Tenant.LOCAL, id, 0)));
            assertEquals(Reason.UPLOAD_NOT_FOUND, refusal(() -> store.take(Tenant.LOCAL, id)));
            assertEquals(Reason.UPLOAD_NOT_FOUND, refusal(() -> store.delete(Tenant.LOCAL, id)));
            store.discard(Tenant.LOCAL, id);
        }
        assertEquals("x", Files.readString(secret));
    }

    @Test
    void whatAKilledServerLeft_isGoneAtTheNextStart() throws IOException {
        append(create(), 0, new byte[5]);
        assertEquals(1, files());

        UploadStore next = UploadStore.open(area, LIMITS, MOST, now::get);
        assertEquals(0, files());
        assertEquals(0, next.bytes());
    }

    @Test
    void discard_leavesWhatIsTaken() {
        String id = create();
        append(id, 0, new byte[1]);
        try (TakenUpload taken = store.take(Tenant.LOCAL, id)) {
            store.discard(Tenant.LOCAL, id);
            assertTrue(Files.exists(taken.file()));
        }
        store.discard(Tenant.LOCAL, id);
        assertEquals(Reason.UPLOAD_NOT_FOUND, refusal(() -> store.status(Tenant.LOCAL, id)));
        assertFalse(Files.exists(area.resolve(id)));
    }
}
