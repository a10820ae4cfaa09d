package dev.firstpass.registry.bundle;

import dev.firstpass.registry.RegistryException.ArtifactRejected;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.zip.ZipException;

/// Finds the entries of a zip archive. An archive tells of them twice, in the directory at its end and in a header in
/// front of each content. Here both have to say the same, and every byte has to belong to one entry or to the
/// directory: so there is no second way to read the archive, and no content that several entries unpack.
///
/// Layout after PKWARE's APPNOTE.TXT, 6.3.10.
///
/// For one thread, for one archive.
final class ZipDirectory {
    private static final int CENTRAL = 0x02014b50;
    private static final int CENTRAL_BYTES = 46;
    private static final int LOCAL = 0x04034b50;
    private static final int LOCAL_BYTES = 30;
    private static final int DESCRIPTOR = 0x08074b50;
    private static final int END = 0x06054b50;
    private static final int END_BYTES = 22;
    private static final int ZIP64_END = 0x06064b50;
    private static final int ZIP64_END_BYTES = 56;
    private static final int ZIP64_LOCATOR = 0x07064b50;
    private static final int ZIP64_LOCATOR_BYTES = 20;
    private static final int ZIP64_FIELD = 1;
    private static final int LONGEST_COMMENT = 0xFFFF;

    /// What stands in a field whose value is in the zip64 field.
    private static final long ELSEWHERE = 0xFFFFFFFFL;

    private static final int ENCRYPTED = 1 | 1 << 6 | 1 << 13;
    private static final int HAS_DESCRIPTOR = 1 << 3;
    private static final int IS_UTF8 = 1 << 11;
    private static final int STORED = 0;
    private static final int DEFLATED = 8;

    private static final int KIND = 0xF000;
    private static final int FILE = 0x8000;
    private static final int FOLDER = 0x4000;
    private static final int LINK = 0xA000;
    private static final int DEVICE = 0x2000;
    private static final int BLOCK_DEVICE = 0x6000;
    private static final int PIPE = 0x1000;

    private final FileChannel zip;

    /// @param zip not closed here
    ZipDirectory(FileChannel zip) {
        this.zip = zip;
    }

    /// An entry whose two tellings agree.
    ///
    /// @param contentAt where its content begins
    /// @param packed bytes of the content as it stands in the archive
    record Entry(String name, boolean isDeflated, long crc, long contentAt, long packed, long bytes) {
        boolean isFolder() {
            return name.endsWith("/");
        }
    }

    /// Where the directory is and how many entries it has.
    private record End(long directoryAt, long directoryBytes, long entries) {}

    /// An entry as the directory tells of it.
    private record Listed(
            byte[] rawName, String name, int flags, int method, long crc, long packed, long bytes, long at) {}

    /// In the order in which they stand in the archive.
    ///
    /// @param most entries
    /// @throws ArtifactRejected naming the entry, if one is not of a kind that is taken or not told the same twice
    /// @throws ZipException if it is no whole zip archive
    /// @throws EOFException if it ends too early
    List<Entry> entries(int most) throws IOException {
        End end = end();
        List<Listed> listed = listed(end, most);
        listed.sort(Comparator.comparingLong(Listed::at));
        if (!listed.isEmpty() && listed.getFirst().at() != 0) {
            throw new ArtifactRejected("archive: the zip begins with bytes of no entry");
        }
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < listed.size(); i++) {
            long next = i + 1 < listed.size() ? listed.get(i + 1).at() : end.directoryAt();
            entries.add(entry(listed.get(i), next));
        }
        return entries;
    }

    // ---- the end

    private End end() throws IOException {
        long size = zip.size();
        int tail = (int) Math.min(size, END_BYTES + LONGEST_COMMENT);
        ByteBuffer bytes = read(size - tail, tail);
        for (int at = tail - END_BYTES; at >= 0; at--) {
            if (bytes.getInt(at) == END && at + END_BYTES + unsignedShort(bytes, at + 20) == tail) {
                return end(bytes.slice(at, END_BYTES).order(ByteOrder.LITTLE_ENDIAN), size - tail + at);
            }
        }
        throw new ZipException("no end");
    }

    /// @param at where the end begins
    private End end(ByteBuffer end, long at) throws IOException {
        long disks = unsignedShort(end, 4) | unsignedShort(end, 6);
        End told = new End(unsignedInt(end, 16), unsignedInt(end, 12), unsignedShort(end, 10));
        if (told.directoryAt() + told.directoryBytes() == at) {
            requireOnePiece(disks, unsignedShort(end, 8), told.entries());
            return told;
        }
        ByteBuffer locator = read(at - ZIP64_LOCATOR_BYTES, ZIP64_LOCATOR_BYTES);
        long zip64At = locator.getLong(8);
        require(locator.getInt(0) == ZIP64_LOCATOR && zip64At == at - ZIP64_LOCATOR_BYTES - ZIP64_END_BYTES);
        ByteBuffer zip64 = read(zip64At, ZIP64_END_BYTES);
        End whole = new End(zip64.getLong(48), zip64.getLong(40), zip64.getLong(32));
        require(zip64.getInt(0) == ZIP64_END && whole.directoryAt() >= 0 && whole.directoryBytes() >= 0);
        require(whole.directoryBytes() == zip64At - whole.directoryAt());
        require(isSame(told.directoryAt(), whole.directoryAt(), ELSEWHERE)
                && isSame(told.directoryBytes(), whole.directoryBytes(), ELSEWHERE)
                && isSame(told.entries(), whole.entries(), 0xFFFF));
        requireOnePiece(disks == 0xFFFF ? 0 : disks, zip64.getLong(24), whole.entries());
        requireOnePiece(unsignedInt(zip64, 16) | unsignedInt(zip64, 20), whole.entries(), whole.entries());
        return whole;
    }

    private static boolean isSame(long told, long whole, long elsewhere) {
        return told == whole || told == elsewhere;
    }

    private static void requireOnePiece(long disks, long entriesHere, long entries) {
        if (disks != 0 || entriesHere != entries) {
            throw new ArtifactRejected("archive: the zip is one of several pieces (expected: a whole)");
        }
    }

    // ---- the directory

    private List<Listed> listed(End end, int most) throws IOException {
        List<Listed> listed = new ArrayList<>();
        long directoryEnd = end.directoryAt() + end.directoryBytes();
        for (long at = end.directoryAt(); at < directoryEnd; ) {
            if (listed.size() == most) {
                throw new ArtifactRejected("archive: over " + most + " entries (expected: a model)");
            }
            ByteBuffer header = read(at, CENTRAL_BYTES);
            require(header.getInt(0) == CENTRAL);
            int nameBytes = unsignedShort(header, 28);
            int extraBytes = unsignedShort(header, 30);
            ByteBuffer extra = read(at + CENTRAL_BYTES + nameBytes, extraBytes);
            listed.add(listed(header, read(at + CENTRAL_BYTES, nameBytes).array(), extra));
            at += CENTRAL_BYTES + nameBytes + extraBytes + unsignedShort(header, 32);
            require(at <= directoryEnd);
        }
        require(listed.size() == end.entries());
        return listed;
    }

    private static Listed listed(ByteBuffer header, byte[] rawName, ByteBuffer extra) throws IOException {
        String name = name(rawName);
        int flags = unsignedShort(header, 8);
        int method = unsignedShort(header, 10);
        if ((flags & ENCRYPTED) != 0) {
            throw rejected(name, "is encrypted (expected: no password)");
        }
        if (method != STORED && method != DEFLATED) {
            throw rejected(name, "is compressed by method " + method + " (expected: stored or deflated)");
        }
        requireKind(name, (int) (unsignedInt(header, 38) >>> 16) & KIND);
        ByteBuffer large = zip64(extra);
        long bytes = value(unsignedInt(header, 24), large);
        long packed = value(unsignedInt(header, 20), large);
        long at = value(unsignedInt(header, 42), large);
        require(unsignedShort(header, 34) == 0);
        if (name.endsWith("/") && bytes > 0) {
            throw rejected(name, "is a folder with content");
        }
        return new Listed(rawName, name, flags, method, unsignedInt(header, 16), packed, bytes, at);
    }

    private static String name(byte[] raw) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(raw))
                    .toString();
        } catch (CharacterCodingException _) {
            throw rejected(new String(raw, StandardCharsets.UTF_8), "(expected: a name in UTF-8)");
        }
    }

    /// @param kind as Unix writes it; 0 where the archive was made elsewhere
    private static void requireKind(String name, int kind) {
        switch (kind) {
            case 0, FILE, FOLDER -> {}
            case LINK -> throw Unpacking.refusal(name, "a link");
            case DEVICE, BLOCK_DEVICE -> throw Unpacking.refusal(name, "a device");
            case PIPE -> throw Unpacking.refusal(name, "a pipe");
            default -> throw Unpacking.refusal(name, "of another kind");
        }
    }

    // ---- the headers

    /// @param next where what stands behind the entry begins
    private Entry entry(Listed listed, long next) throws IOException {
        ByteBuffer header = read(listed.at(), LOCAL_BYTES);
        require(header.getInt(0) == LOCAL);
        int nameBytes = unsignedShort(header, 26);
        int extraBytes = unsignedShort(header, 28);
        long contentAt = listed.at() + LOCAL_BYTES + nameBytes + extraBytes;
        if (listed.packed() > next - contentAt) {
            throw overlap(listed);
        }
        byte[] name = read(listed.at() + LOCAL_BYTES, nameBytes).array();
        ByteBuffer extra = read(contentAt - extraBytes, extraBytes);
        if (!Arrays.equals(name, listed.rawName()) || !agrees(listed, header, extra)) {
            throw disagreement(listed);
        }
        checkBehind(listed, contentAt + listed.packed(), next);
        return new Entry(
                listed.name(), listed.method() == DEFLATED, listed.crc(), contentAt, listed.packed(), listed.bytes());
    }

    private static boolean agrees(Listed listed, ByteBuffer header, ByteBuffer extra) throws IOException {
        int flags = ENCRYPTED | HAS_DESCRIPTOR | IS_UTF8;
        ByteBuffer large = zip64(extra);
        long bytes = value(unsignedInt(header, 22), large);
        long packed = value(unsignedInt(header, 18), large);
        return (unsignedShort(header, 6) & flags) == (listed.flags() & flags)
                && unsignedShort(header, 8) == listed.method()
                && agrees(unsignedInt(header, 14), listed.crc(), listed)
                && agrees(packed, listed.packed(), listed)
                && agrees(bytes, listed.bytes(), listed);
    }

    /// A header may leave a value to the descriptor behind the content.
    private static boolean agrees(long inHeader, long inDirectory, Listed listed) {
        return inHeader == inDirectory || (inHeader == 0 && (listed.flags() & HAS_DESCRIPTOR) != 0);
    }

    /// @param end of the content
    private void checkBehind(Listed listed, long end, long next) throws IOException {
        boolean hasDescriptor = (listed.flags() & HAS_DESCRIPTOR) != 0;
        long left = next - end;
        if (hasDescriptor && (left == 12 || left == 16 || left == 20 || left == 24)) {
            checkDescriptor(listed, read(end, (int) left));
        } else if (hasDescriptor && left < 12) {
            throw overlap(listed);
        } else if (hasDescriptor || left > 0) {
            throw rejected(listed.name(), "is followed by bytes of no entry");
        }
    }

    /// Checksum and sizes, of four or eight bytes, with or without a signature in front.
    private static void checkDescriptor(Listed listed, ByteBuffer descriptor) {
        boolean isLarge = descriptor.limit() >= 20;
        int at = descriptor.limit() - (isLarge ? 20 : 12);
        boolean isSigned = at == 0 || descriptor.getInt(0) == DESCRIPTOR;
        long packed = isLarge ? descriptor.getLong(at + 4) : unsignedInt(descriptor, at + 4);
        long bytes = isLarge ? descriptor.getLong(at + 12) : unsignedInt(descriptor, at + 8);
        if (!isSigned
                || unsignedInt(descriptor, at) != listed.crc()
                || packed != listed.packed()
                || bytes != listed.bytes()) {
            throw disagreement(listed);
        }
    }

    // ---- fields

    /// The values that were too large for their own fields, in their order; empty where there are none.
    private static ByteBuffer zip64(ByteBuffer extra) throws ZipException {
        while (extra.remaining() >= 4) {
            int id = Short.toUnsignedInt(extra.getShort());
            int length = Short.toUnsignedInt(extra.getShort());
            require(length <= extra.remaining());
            if (id == ZIP64_FIELD) {
                return extra.slice(extra.position(), length).order(ByteOrder.LITTLE_ENDIAN);
            }
            extra.position(extra.position() + length);
        }
        return ByteBuffer.allocate(0);
    }

    private static long value(long field, ByteBuffer large) throws ZipException {
        if (field != ELSEWHERE) {
            return field;
        }
        require(large.remaining() >= Long.BYTES);
        long value = large.getLong();
        require(value >= 0);
        return value;
    }

    private ByteBuffer read(long at, int length) throws IOException {
        if (at < 0 || at > zip.size() - length) {
            throw new EOFException();
        }
        ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            if (zip.read(bytes, at + bytes.position()) < 0) {
                throw new EOFException();
            }
        }
        return bytes.flip();
    }

    private static int unsignedShort(ByteBuffer bytes, int at) {
        return Short.toUnsignedInt(bytes.getShort(at));
    }

    private static long unsignedInt(ByteBuffer bytes, int at) {
        return Integer.toUnsignedLong(bytes.getInt(at));
    }

    private static void require(boolean isSo) throws ZipException {
        if (!isSo) {
            throw new ZipException();
        }
    }

    private static ArtifactRejected overlap(Listed listed) {
        return rejected(listed.name(), "overlaps what stands behind it");
    }

    private static ArtifactRejected disagreement(Listed listed) {
        return new ArtifactRejected(
                "archive: " + Unpacking.shown(listed.name()) + ": its header and the directory disagree");
    }

    private static ArtifactRejected rejected(String name, String what) {
        return new ArtifactRejected("archive: " + Unpacking.shown(name) + " " + what);
    }
}
