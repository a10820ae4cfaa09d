package dev.firstpass.registry.store;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A disk of a few mebibytes, in memory and in a name space of its own, for one command. What is on it at the end is kept in a
/// directory beside, whose name ends in `.kept`.
///
/// Immutable.
record SmallDisk(Path directory, int mebibytes) {
    /// Skips the test, and says so, where nobody may mount a file system.
    ///
    /// @param directory to mount it at, which is made
    static SmallDisk require(Path directory, int mebibytes) throws IOException, InterruptedException {
        Files.createDirectories(directory);
        boolean can = canMount(directory);
        if (!can) {
            System.out.println("skipped: no right to mount a file system here (expected: root, or user namespaces)");
        }
        assumeTrue(can, "no right to mount a file system here (expected: root, or user namespaces)");
        return new SmallDisk(directory, mebibytes);
    }

    private static boolean canMount(Path directory) throws InterruptedException {
        List<String> command =
                List.of("unshare", "-rm", "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", directory.toString());
        try {
            return new ProcessBuilder(command).start().waitFor() == 0;
        } catch (IOException _) {
            return false;
        }
    }

    /// What has `command` run with the disk in place.
    List<String> around(List<String> command) {
        List<String> all = new ArrayList<>(prefix());
        all.addAll(command);
        return all;
    }

    /// The same, to be put in front of a command.
    List<String> prefix() {
        return List.of(
                "unshare",
                "-rm",
                "sh",
                "-c",
                "mount -t tmpfs -o size=" + mebibytes
                        + "m tmpfs \"$0\" && \"$@\"; status=$?; cp -r \"$0\" \"$0\".kept; exit $status",
                directory.toString());
    }

    /// Where `name` of the disk is once the command has ended.
    Path kept(String name) {
        return directory.resolveSibling(directory.getFileName() + ".kept").resolve(name);
    }
}
