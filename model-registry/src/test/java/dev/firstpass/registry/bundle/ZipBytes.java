package dev.firstpass.registry.bundle;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/// A zip archive written byte by byte, in which everything can be a lie.
///
/// For one thread.
final class ZipBytes {
    private final List<Entry> entries = new ArrayList<>();

    /// Bytes in front of the first entry, of which the offsets know.
    byte[] prefix = {};

    /// Bytes between the last entry and the directory, of which the directory's offset knows.
    byte[] gap = {};

    byte[] comment = {};

    /// How many entries the end tells, if not as many as there are.
    int count = -1;

    int disk;

    /// Whether the end leaves its numbers to a zip64 end, and how many entries that tells if not as many as there are.
    boolean isZip64;

    long zip64Count = -1;

    /// One entry. What begins with `local` stands in the header in front of the content, the rest in the directory.
    static final class Entry {
        String name;
        String localName;
        int flags = 1 << 11;
        int localFlags = flags;
        int method;
        int localMethod;
        long crc;
        long localCrc;
        long packed;
        long localPacked;
        long bytes;
        long localBytes;
        byte[] content;
        byte[] descriptor = {};
        byte[] extra = {};
        byte[] localExtra = {};

        /// Type and permissions as Unix has them.
        int mode = 0x81A4;

        /// Where the directory says that the entry begins, if not where it does.
        long at = -1;

        boolean isListed = true;
        boolean isWritten = true;

        private Entry(String name, int method, byte[] plain, byte[] content) {
            CRC32 sum = new CRC32();
            sum.update(plain);
            this.name = name;
            this.localName = name;
            this.method = method;
            this.localMethod = method;
            this.crc = sum.getValue();
            this.localCrc = crc;
            this.packed = content.length;
            this.localPacked = packed;
            this.bytes = plain.length;
            this.localBytes = bytes;
            this.content = content;
        }

        Entry with(Consumer<Entry> change) {
            change.accept(this);
            return this;
        }

        /// Leaves checksum and sizes to a descriptor behind the content, as writers do that cannot go back.
        Entry streamed() {
            flags |= 8;
            localFlags |= 8;
            localCrc = 0;
            localPacked = 0;
            localBytes = 0;
            descriptor = little(16)
                    .putInt(0x08074b50)
                    .putInt((int) crc)
                    .putInt((int) packed)
                    .putInt((int) bytes)
                    .array();
            return this;
        }
    }

    static Entry stored(String name, byte[] content) {
        return new Entry(name, 0, content, content);
    }

    static Entry deflated(String name, byte[] content) {
        return new Entry(name, 8, content, deflate(content));
    }

    static byte[] deflate(byte[] plain) {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true)) {
            deflater.setInput(plain);
            deflater.finish();
            byte[] buffer = new byte[1 << 16];
            while (!deflater.finished()) {
                packed.write(buffer, 0, deflater.deflate(buffer));
            }
        }
        return packed.toByteArray();
    }

    static byte[] of(Entry... entries) {
        return with(entries).bytes();
    }

    static ZipBytes with(Entry... entries) {
        ZipBytes zip = new ZipBytes();
        zip.entries.addAll(List.of(entries));
        return zip;
    }

    ZipBytes and(Consumer<ZipBytes> change) {
        change.accept(this);
        return this;
    }

    byte[] bytes() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(prefix);
        ByteArrayOutputStream directory = new ByteArrayOutputStream();
        int listed = 0;
        for (Entry entry : entries) {
            long at = entry.at >= 0 ? entry.at : out.size();
            if (entry.isWritten) {
                out.writeBytes(local(entry));
                out.writeBytes(entry.content);
                out.writeBytes(entry.descriptor);
            }
            if (entry.isListed) {
                directory.writeBytes(central(entry, at));
                listed++;
            }
        }
        out.writeBytes(gap);
        int directoryAt = out.size();
        out.writeBytes(directory.toByteArray());
        if (isZip64) {
            out.writeBytes(zip64End(zip64Count >= 0 ? zip64Count : listed, directory.size(), directoryAt, out.size()));
        }
        int told = isZip64 ? 0xFFFF : count >= 0 ? count : listed;
        out.writeBytes(little(22 + comment.length)
                .putInt(0x06054b50)
                .putShort((short) disk)
                .putShort((short) disk)
                .putShort((short) told)
                .putShort((short) told)
                .putInt(isZip64 ? -1 : directory.size())
                .putInt(isZip64 ? -1 : directoryAt)
                .putShort((short) comment.length)
                .put(comment)
                .array());
        return out.toByteArray();
    }

    private static byte[] zip64End(long count, long directoryBytes, long directoryAt, long at) {
        return little(56 + 20)
                .putInt(0x06064b50)
                .putLong(44)
                .putShort((short) 45)
                .putShort((short) 45)
                .putInt(0)
                .putInt(0)
                .putLong(count)
                .putLong(count)
                .putLong(directoryBytes)
                .putLong(directoryAt)
                .putInt(0x07064b50)
                .putInt(0)
                .putLong(at)
                .putInt(1)
                .array();
    }

    /// The header and content of one entry, without a directory.
    static byte[] alone(Entry entry) {
        return join(local(entry), entry.content, entry.descriptor);
    }

    private static byte[] local(Entry entry) {
        byte[] name = entry.localName.getBytes(StandardCharsets.UTF_8);
        return little(30 + name.length + entry.localExtra.length)
                .putInt(0x04034b50)
                .putShort((short) 20)
                .putShort((short) entry.localFlags)
                .putShort((short) entry.localMethod)
                .putInt(0)
                .putInt((int) entry.localCrc)
                .putInt((int) entry.localPacked)
                .putInt((int) entry.localBytes)
                .putShort((short) name.length)
                .putShort((short) entry.localExtra.length)
                .put(name)
                .put(entry.localExtra)
                .array();
    }

    private static byte[] central(Entry entry, long at) {
        byte[] name = entry.name.getBytes(StandardCharsets.UTF_8);
        return little(46 + name.length + entry.extra.length)
                .putInt(0x02014b50)
                .putShort((short) (3 << 8 | 20))
                .putShort((short) 20)
                .putShort((short) entry.flags)
                .putShort((short) entry.method)
                .putInt(0)
                .putInt((int) entry.crc)
                .putInt((int) entry.packed)
                .putInt((int) entry.bytes)
                .putShort((short) name.length)
                .putShort((short) entry.extra.length)
                .putShort((short) 0)
                .putShort((short) 0)
                .putShort((short) 0)
                .putInt(entry.mode << 16)
                .putInt((int) at)
                .put(name)
                .put(entry.extra)
                .array();
    }

    /// A zip64 extra field.
    static byte[] zip64(long... values) {
        byte[] field = new byte[4 + 8 * values.length];
        ByteBuffer out = ByteBuffer.wrap(field).order(ByteOrder.LITTLE_ENDIAN);
        out.putShort((short) 1).putShort((short) (8 * values.length));
        for (long value : values) {
            out.putLong(value);
        }
        return field;
    }

    static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    private static ByteBuffer little(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
