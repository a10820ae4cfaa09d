package dev.firstpass.registry.store;

import dev.firstpass.registry.RegistryException.ArtifactRejected;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// Finds programs and shared libraries among a model's files. A model needs none: libraries of custom operators are not
/// loaded, and one that lies beside a model waits for somebody who does load it.
///
/// Told by the name, as loaders of operators go by it, and by the first bytes, whatever the name: ELF, PE and Mach-O, the
/// latter also with several architectures in one file (whose first bytes Java's classes share).
///
/// Pure functions, but for reading a file's first bytes.
final class NativeCode {
    private static final Pattern NAME = Pattern.compile("(?i).*\\.(so(\\.[0-9]+)*|dll|dylib)");

    private static final int ELF = 0x7F454C46;

    /// In either order of bytes; the last two are of files with several architectures.
    private static final Set<Integer> MACH_O = Set.of(0xFEEDFACE, 0xFEEDFACF, 0xCAFEBABE, 0xCAFEBABF);

    private static final int MZ = 0x4D5A;

    /// "PE\0\0", where the number at [#PE_OFFSET_AT] of a file that begins with "MZ" points.
    private static final int PE = 0x50450000;

    private static final int PE_OFFSET_AT = 0x3C;

    private NativeCode() {}

    /// @param path in the bundle
    /// @throws ArtifactRejected naming the file, if it is called as a shared library is
    static void requireNoneByName(String path) {
        if (NAME.matcher(path.substring(path.lastIndexOf('/') + 1)).matches()) {
            throw refusal(path, "a shared library");
        }
    }

    /// @param path in the bundle
    /// @param file where it is
    /// @throws ArtifactRejected naming the file, if it is a program or a shared library
    static void requireNoneByContent(String path, Path file) throws IOException {
        Optional<String> kind = kind(file);
        if (kind.isPresent()) {
            throw refusal(path, "a program or a shared library (" + kind.get() + ")");
        }
    }

    private static ArtifactRejected refusal(String path, String what) {
        return new ArtifactRejected(path + ": " + what + " (expected: no code; custom operators are not loaded)");
    }

    private static Optional<String> kind(Path file) throws IOException {
        try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
            Optional<Integer> magic = number(in, 0, ByteOrder.BIG_ENDIAN);
            if (magic.isEmpty()) {
                return Optional.empty();
            }
            if (magic.get() == ELF) {
                return Optional.of("ELF");
            }
            if (MACH_O.contains(magic.get()) || MACH_O.contains(Integer.reverseBytes(magic.get()))) {
                return Optional.of("Mach-O");
            }
            return magic.get() >>> Short.SIZE == MZ && isPe(in) ? Optional.of("PE") : Optional.empty();
        }
    }

    private static boolean isPe(FileChannel in) throws IOException {
        Optional<Integer> at = number(in, PE_OFFSET_AT, ByteOrder.LITTLE_ENDIAN);
        return at.isPresent()
                && number(in, Integer.toUnsignedLong(at.get()), ByteOrder.BIG_ENDIAN)
                        .equals(Optional.of(PE));
    }

    /// Empty behind the file's end.
    private static Optional<Integer> number(FileChannel in, long at, ByteOrder order) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES).order(order);
        while (bytes.hasRemaining()) {
            if (in.read(bytes, at + bytes.position()) < 0) {
                return Optional.empty();
            }
        }
        return Optional.of(bytes.getInt(0));
    }
}
