package dev.firstpass.server.runtime.device.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.TensorInfo;
import dev.firstpass.registry.EngineKind;
import dev.firstpass.server.runtime.engine.GraphFiles;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

final class MessagesTest {
    private static final Place PLACE = new Place(Place.Memory.CHANNEL, 4096, 24);

    static final List<Order> ORDERS = List.of(
            new Order.Open(7, EngineKind.TENSORFLOW, Path.of("/data/größe"), GraphFiles.NONE),
            new Order.Open(
                    8,
                    EngineKind.ONNX,
                    Path.of("/data/m.onnx"),
                    new GraphFiles(Optional.of(Path.of("/data/g")), Optional.of(Path.of("/tmp/g")))),
            new Order.Run(
                    List.of(new Order.Input("x", ElementType.UINT8, Shape.of(1, 2, 3), PLACE)), List.of(PLACE), true),
            new Order.Memory(PLACE),
            new Order.NoMemory(),
            new Order.Measure(),
            new Order.Close());

    private static final TensorInfo INFO = new TensorInfo("y", ElementType.INT64, Shape.of(Shape.DYNAMIC, 4));

    static final List<Reply> REPLIES = List.of(
            new Reply.Ready(new WallState(List.of("connecting"), List.of("seccomp: none", "é"))),
            new Reply.Opened(new ModelSignature(List.of(INFO), List.of(INFO, INFO), Map.of("classes", "a,b"))),
            new Reply.NeedMemory(1L << 40),
            new Reply.Done(List.of(new Reply.Output(0, Shape.of()), new Reply.Output(1, Shape.of(0, 4)))),
            new Reply.Holds(1L << 40),
            new Reply.Failed("no such operator"));

    @ParameterizedTest
    @FieldSource("ORDERS")
    void order_writtenAndRead_isTheSame(Order order) {
        assertEquals(order, Messages.order(Messages.bytes(order)));
    }

    @ParameterizedTest
    @FieldSource("REPLIES")
    void reply_writtenAndRead_isTheSame(Reply reply) {
        assertEquals(reply, Messages.reply(Messages.bytes(reply)));
    }

    @ParameterizedTest
    @FieldSource("REPLIES")
    void reply_cutShort_isNone(Reply reply) {
        byte[] whole = Messages.bytes(reply);
        for (int length = 0; length < whole.length; length++) {
            byte[] part = java.util.Arrays.copyOf(whole, length);
            assertThrows(ProtocolException.class, () -> Messages.reply(part));
        }
    }

    /// Whatever a worker writes is a reply or is refused as none; nothing large is made of it either.
    @Property(tries = 2000)
    void reply_ofAnyBytes_isAReplyOrRefused(@ForAll @IntRange(max = 6) int kind, @ForAll @Size(max = 200) byte[] rest) {
        byte[] message = new byte[rest.length + 1];
        message[0] = (byte) kind;
        System.arraycopy(rest, 0, message, 1, rest.length);
        try {
            Reply read = Messages.reply(message);
            assertEquals(read, Messages.reply(Messages.bytes(read)));
        } catch (ProtocolException e) {
            assertEquals(ProtocolException.class, e.getClass());
        }
    }

    /// Announces two billion entries in a message of a few bytes.
    @ParameterizedTest
    @FieldSource("REPLIES")
    void reply_withALargerCountThanItHolds_isNone(Reply reply) {
        byte[] message = Messages.bytes(reply);
        if (message.length > 5 && !(reply instanceof Reply.NeedMemory || reply instanceof Reply.Holds)) {
            message[1] = 0x7f;
            assertThrows(ProtocolException.class, () -> Messages.reply(message));
        }
    }
}
