package dev.firstpass.registry.store;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// Runs a process under strace, whose log [TracedCall] reads.
///
/// Pure but for asking whether it is there.
final class Strace {
    /// All by which a process changes files, or says something on its standard output.
    private static final String CALLS =
            "trace=open,openat,creat,close,dup,dup2,dup3,lseek,write,pwrite64,writev,pwritev,"
                    + "pwritev2,ftruncate,truncate,fallocate,copy_file_range,sendfile,splice,rename,renameat,renameat2,link,linkat,"
                    + "symlink,symlinkat,unlink,unlinkat,mkdir,mkdirat,rmdir,fsync,fdatasync,sync_file_range,syncfs,msync,mmap,"
                    + "io_uring_setup";

    private static final int LONGEST_STRING = 16 << 20;

    private Strace() {}

    /// @param options more of strace's own, for instance to make calls fail
    static List<String> command(Path log, List<String> options, List<String> command) {
        return Stream.of(
                        List.of("strace", "-f", "--seccomp-bpf", "-xx", "-s", Integer.toString(LONGEST_STRING)),
                        List.of("-e", CALLS, "-o", log.toString()),
                        options,
                        command)
                .flatMap(List::stream)
                .toList();
    }

    /// Skips the test where there is no strace, or it may not trace.
    static void assumeThere() throws InterruptedException {
        boolean there;
        try {
            Process strace = new ProcessBuilder("strace", "-f", "-o", "/dev/null", "true").start();
            there = strace.waitFor(20, TimeUnit.SECONDS) && strace.exitValue() == 0;
        } catch (IOException _) {
            there = false;
        }
        if (!there) {
            System.out.println(
                    "skipped: strace (a Debian package, which .ci/run installs) is missing or may not trace here");
        }
        assumeTrue(there, "strace (a Debian package, which .ci/run installs) is missing or may not trace here");
    }
}
