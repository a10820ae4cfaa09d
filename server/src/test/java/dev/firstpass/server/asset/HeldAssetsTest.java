package dev.firstpass.server.asset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class HeldAssetsTest {
    private static final String DIGEST = "sha256:" + "0".repeat(63);

    private final AtomicLong now = new AtomicLong();
    private final HeldAssets held = new HeldAssets(11_000, Duration.ofMinutes(30), now::get);
    private final AssetFetcher fetcher = new AssetFetcher(AssetConfig.NONE, Optional.empty(), Optional.empty(), held);

    private static Asset asset(int number, int bytes) {
        return new Asset("photo.jpg", new byte[bytes], DIGEST + number);
    }

    private Asset fetch(String tenant, int number) {
        return fetcher.fetch(
                new AssetRef.Held(DIGEST + number),
                Optional.of("other name"),
                tenant,
                Deadline.after(Duration.ofHours(1), System::nanoTime));
    }

    private void assertNotHeld(String tenant, int number) {
        FailureException refused = assertThrows(FailureException.class, () -> fetch(tenant, number));
        assertEquals(Reason.ASSET_NOT_HELD, refused.failure().reason());
        assertEquals(Optional.of("asset.digest"), refused.failure().field());
    }

    @Test
    void held_isTheSameBytesUnderTheCallersName() {
        Asset asset = asset(1, 3000);
        assertTrue(fetcher.hold("anna", asset));
        Asset again = fetch("anna", 1);
        assertArrayEquals(asset.bytes(), again.bytes());
        assertEquals(asset.digest(), again.digest());
        assertEquals("other name", again.id());
    }

    @Test
    void otherTenant_isNotGivenIt() {
        fetcher.hold("anna", asset(1, 3000));
        assertNotHeld("bert", 1);
        fetcher.hold("bert", asset(1, 3000));
        fetch("bert", 1);
        assertEquals(new HeldAssets.Figures(1, 1, 0, 2, 6800), held.figures());
    }

    @Test
    void room_isForThoseThatWereAskedForLast() {
        for (int number = 1; number <= 3; number++) {
            fetcher.hold("anna", asset(number, 3000));
            fetch("anna", 1);
        }
        fetcher.hold("anna", asset(4, 3000));
        assertNotHeld("anna", 2);
        fetch("anna", 1);
        fetch("anna", 3);
        fetch("anna", 4);
        assertTrue(held.figures().bytes() <= 11_000);
        assertFalse(fetcher.hold("anna", asset(5, 11_000)), "more than all room");
        assertNotHeld("anna", 5);
    }

    @Test
    void unused_isForgotten() {
        fetcher.hold("anna", asset(1, 10));
        now.set(Duration.ofMinutes(30).toNanos());
        fetch("anna", 1);
        now.set(Duration.ofMinutes(61).toNanos());
        assertNotHeld("anna", 1);
    }

    @Test
    void roomForNone_holdsNone() {
        AssetFetcher none = new AssetFetcher();
        assertFalse(none.hold("anna", asset(1, 10)));
    }
}
