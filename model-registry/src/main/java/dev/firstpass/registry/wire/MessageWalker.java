package dev.firstpass.registry.wire;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.ExtensionRegistryLite;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import com.google.protobuf.WireFormat;
import dev.firstpass.registry.RegistryException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/// Walks once over the bytes of a protobuf message that may be huge and hostile: into the messages that its caller
/// names, seeking over everything else.
///
/// What is kept is bounded: one value by [#MAX_KEPT_BYTES] of the file, all of them together by about
/// [#MAX_TOTAL_BYTES] of the heap, nesting by [#MAX_DEPTH].
///
/// For one thread, for one file.
public final class MessageWalker {
    public static final int MAX_KEPT_BYTES = 4 << 20;
    public static final int MAX_TOTAL_BYTES = 64 << 20;
    public static final int MAX_DEPTH = 32;

    /// What an entry costs beside its bytes.
    private static final int ENTRY_BYTES = 64;

    /// What a byte of a declaration costs as an object: an axis of two bytes becomes one of some fifty.
    private static final int DECLARATION_WEIGHT = 32;

    /// Reads the value of the field whose tag was read last, with one call of the walker.
    @FunctionalInterface
    public interface FieldReader {
        void read(int field) throws IOException;
    }

    private final CodedInputStream in;
    private long keptBytes;
    private int depth;
    private int tag;

    /// @param bytes not closed here; best one that can seek when it skips, as a file's stream can
    public MessageWalker(InputStream bytes) {
        this.in = CodedInputStream.newInstance(bytes, 1 << 16);
        in.setSizeLimit(Integer.MAX_VALUE);
    }

    /// The fields of the outermost message, to the end of the bytes.
    ///
    /// @throws InvalidProtocolBufferException if they are no protobuf message
    /// @throws RegistryException.ArtifactRejected if they go beyond a bound
    public void fields(FieldReader reader) throws IOException {
        for (tag = in.readTag(); tag != 0; tag = in.readTag()) {
            reader.read(WireFormat.getTagFieldNumber(tag));
        }
    }

    /// The fields of the message that this field is.
    public void message(FieldReader reader) throws IOException {
        requireLengthDelimited();
        if (++depth > MAX_DEPTH) {
            throw new RegistryException.ArtifactRejected("model graph: nested deeper than " + MAX_DEPTH + " levels");
        }
        int outer = in.pushLimit(in.readRawVarint32());
        fields(reader);
        in.checkLastTagWas(0);
        if (in.getBytesUntilLimit() != 0) {
            throw new InvalidProtocolBufferException("a message ends before its length");
        }
        in.popLimit(outer);
        depth--;
    }

    /// The message that this field is, parsed; one that is mostly text.
    public <M extends MessageLite> M keep(Parser<M> parser) throws IOException {
        return parser.parseFrom(keepBytes(1), ExtensionRegistryLite.getEmptyRegistry());
    }

    /// The message that this field is, parsed; one that may hold many small messages, as a shape does.
    public <M extends MessageLite> M keepDeclaration(Parser<M> parser) throws IOException {
        return parser.parseFrom(keepBytes(DECLARATION_WEIGHT), ExtensionRegistryLite.getEmptyRegistry());
    }

    public String keepString() throws IOException {
        return new String(keepBytes(1), StandardCharsets.UTF_8);
    }

    /// Counts an entry of which nothing was read that counts by itself.
    public void keepEntry() {
        requireRoom(0, ENTRY_BYTES);
    }

    public long keepInteger() throws IOException {
        if (WireFormat.getTagWireType(tag) != WireFormat.WIRETYPE_VARINT) {
            throw wrongWireType();
        }
        return in.readInt64();
    }

    /// How much is kept so far, as the bound counts it; for `release`.
    public long kept() {
        return keptBytes;
    }

    /// Says that nothing of what was kept since is held any longer.
    ///
    /// @param mark what `kept` gave then
    public void release(long mark) {
        keptBytes = Math.min(keptBytes, mark);
    }

    public void skip() throws IOException {
        if (!in.skipField(tag)) {
            throw new InvalidProtocolBufferException("a group ends that never began");
        }
    }

    /// A name from a file, short enough for a message and on one line.
    public static String quoted(String name) {
        String head = name.length() > 64 ? name.substring(0, 64) + "..." : name;
        return "\"" + head.replaceAll("[\\p{C}\\p{Zl}\\p{Zp}]", "?") + "\"";
    }

    private byte[] keepBytes(int weight) throws IOException {
        requireLengthDelimited();
        int length = in.readRawVarint32();
        requireRoom(length, ENTRY_BYTES + (long) weight * Math.max(length, 0));
        return in.readRawBytes(length);
    }

    private void requireRoom(int length, long kept) {
        keptBytes += kept;
        if (length > MAX_KEPT_BYTES || keptBytes > MAX_TOTAL_BYTES) {
            throw new RegistryException.ArtifactRejected(
                    "model file: declarations and metadata are too large (expected: <= " + MAX_KEPT_BYTES
                            + " bytes each, " + MAX_TOTAL_BYTES + " of memory in all)");
        }
    }

    private void requireLengthDelimited() throws IOException {
        if (WireFormat.getTagWireType(tag) != WireFormat.WIRETYPE_LENGTH_DELIMITED) {
            throw wrongWireType();
        }
    }

    private static InvalidProtocolBufferException wrongWireType() {
        return new InvalidProtocolBufferException("a field has the wrong wire type");
    }
}
