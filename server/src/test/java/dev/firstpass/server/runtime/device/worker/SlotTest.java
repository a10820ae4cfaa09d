package dev.firstpass.server.runtime.device.worker;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.firstpass.server.runtime.linux.Descriptors;
import dev.firstpass.server.runtime.linux.SharedMemory;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class SlotTest {
    @Test
    void messages_inTurn_comeThrough() throws Exception {
        try (SharedMemory memory = SharedMemory.create("test", Slot.BYTES);
                SharedMemory same = SharedMemory.of(Descriptors.open(memory.path()), Slot.BYTES)) {
            Slot slot = new Slot(memory.segment());
            Slot other = new Slot(same.segment());
            CompletableFuture<Void> echo = CompletableFuture.runAsync(() -> {
                for (int i = 0; i < 1000; i++) {
                    other.send(other.receive(() -> false).orElseThrow());
                }
            });
            for (int i = 0; i < 1000; i++) {
                byte[] message = {(byte) i, (byte) (i >> 8)};
                slot.send(message);
                assertArrayEquals(message, slot.receive(() -> false).orElseThrow());
            }
            echo.get();
        }
    }

    @Test
    void length_thatIsNone_isRefused() {
        try (SharedMemory memory = SharedMemory.create("test", Slot.BYTES)) {
            Slot hostile = new Slot(memory.segment());
            Slot slot = new Slot(memory.segment());
            for (int length : new int[] {-1, Slot.CAPACITY + 1, Integer.MAX_VALUE}) {
                hostile.send(new byte[0]);
                memory.segment().set(ValueLayout.JAVA_INT, 64, length);

                assertThrows(ProtocolException.class, () -> slot.receive(() -> false));
            }
        }
    }

    @Test
    void receive_ofNobody_isEmpty() {
        try (SharedMemory memory = SharedMemory.create("test", Slot.BYTES)) {
            Slot slot = new Slot(memory.segment());
            slot.send(new byte[1]);
            slot.interrupt();

            assertEquals(Optional.empty(), slot.receive(() -> true));
        }
    }
}
