package dev.firstpass.registry.bundle;

import dev.firstpass.registry.RegistryException.ArtifactRejected;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipException;

/// Zip archives, by their directory as far as their entries' headers agree with it: see [ZipDirectory]. Links and
/// devices are refused.
final class ZipArchive {
    private static final int BUFFER_BYTES = 1 << 16;

    private ZipArchive() {}

    /// @throws ArtifactRejected if it is damaged, encrypted or not safe
    static void unpack(Path archive, Unpacking unpacking) throws IOException {
        try (FileChannel zip = FileChannel.open(archive, StandardOpenOption.READ)) {
            for (ZipDirectory.Entry entry : new ZipDirectory(zip).entries(unpacking.mostEntries())) {
                if (entry.isFolder()) {
                    unpacking.folder(entry.name());
                } else {
                    unpack(zip, entry, unpacking);
                }
            }
        } catch (ZipException | EOFException _) {
            throw new ArtifactRejected("archive: the zip is damaged or cut off");
        }
    }

    private static void unpack(FileChannel zip, ZipDirectory.Entry entry, Unpacking unpacking) throws IOException {
        try (Inflater inflater = new Inflater(true)) {
            InputStream packed = new Content(zip, entry);
            InputStream plain = entry.isDeflated() ? new InflaterInputStream(packed, inflater, BUFFER_BYTES) : packed;
            CheckedInputStream checked = new CheckedInputStream(plain, new CRC32());
            unpacking.write(entry.name(), checked);
            boolean isWhole = entry.isDeflated()
                    ? inflater.getBytesRead() == entry.packed() && inflater.getBytesWritten() == entry.bytes()
                    : entry.packed() == entry.bytes();
            if (!isWhole || checked.getChecksum().getValue() != entry.crc()) {
                throw new ArtifactRejected("archive: " + Unpacking.shown(entry.name()) + " is damaged");
            }
        }
    }

    /// The content of one entry as it stands in the archive.
    private static final class Content extends InputStream {
        private final FileChannel zip;
        private final long end;
        private long at;

        Content(FileChannel zip, ZipDirectory.Entry entry) {
            this.zip = zip;
            this.at = entry.contentAt();
            this.end = at + entry.packed();
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int from, int length) throws IOException {
            if (at == end) {
                return -1;
            }
            int read = zip.read(ByteBuffer.wrap(buffer, from, (int) Math.min(length, end - at)), at);
            if (read < 0) {
                throw new EOFException();
            }
            at += read;
            return read;
        }
    }
}
