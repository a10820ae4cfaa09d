package dev.firstpass.server.image;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.bytedeco.javacpp.Loader;

/// Where JavaCPP unpacks libraries to, OpenCV's and TensorFlow's, if nobody says otherwise: a folder among the temporary
/// files that later starts of the same user find again. Without it they would go to the user's home.
///
/// Libraries are code, so a folder that somebody else could have filled is not used.
///
/// Thread-safe.
public final class NativeFolder {
    /// JavaCPP's property for it.
    private static final String UNPACKED = "org.bytedeco.javacpp.cachedir";

    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rwx------");

    private NativeFolder() {}

    /// The one that this process uses, chosen when it is first asked for and then told to JavaCPP.
    public static synchronized Path chosen() {
        String said = System.getProperty(UNPACKED);
        if (said != null) {
            return Path.of(said);
        }
        Path folder = in(Path.of(System.getProperty("java.io.tmpdir")));
        System.setProperty(UNPACKED, folder.toString());
        return folder;
    }

    /// Has JavaCPP take what lies unpacked in the chosen folder even if nothing can be written there, as in a container
    /// whose root is read-only: of itself it passes such a folder over, and unpacks elsewhere. To be called before it
    /// loads a library.
    public static void adopt() {
        Path folder = chosen();
        if (!Files.isDirectory(folder) || Files.isWritable(folder)) {
            return;
        }
        try {
            Field found = Loader.class.getDeclaredField("cacheDir");
            found.setAccessible(true);
            found.set(null, folder.toFile());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("JavaCPP's folder cannot be set: another version of it?", e);
        }
    }

    /// A folder in `temp` that exists and that only this user can write to.
    static Path in(Path temp) {
        Path shared = temp.resolve("firstpass-natives-" + System.getProperty("user.name"));
        try {
            try {
                return Files.createDirectory(shared, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
            } catch (FileAlreadyExistsException _) {
                return isOurs(shared) ? shared : Files.createTempDirectory(temp, "firstpass-natives-");
            }
        } catch (IOException e) {
            throw new UncheckedIOException("no folder for native libraries", e);
        }
    }

    private static boolean isOurs(Path folder) throws IOException {
        return Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
                && owner(folder).equals(owner(Path.of("/proc/self")))
                && Files.getPosixFilePermissions(folder, LinkOption.NOFOLLOW_LINKS)
                        .equals(OWNER_ONLY);
    }

    private static Object owner(Path path) throws IOException {
        return Files.getAttribute(path, "unix:uid");
    }
}
