package dev.firstpass.server.e2e;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Reads what strace wrote and finds the calls by which something would leave the machine, or the folders that a process
/// may write to. A call counts when it is tried, whether it succeeds or not.
///
/// Immutable.
///
/// @param folders under which files may be written
record SystemCalls(List<Path> folders) {
    private static final Set<String> CHANGING = Set.of(
            "creat",
            "mkdir",
            "mkdirat",
            "rmdir",
            "rename",
            "renameat",
            "renameat2",
            "unlink",
            "unlinkat",
            "link",
            "linkat",
            "symlink",
            "symlinkat",
            "mknod",
            "mknodat",
            "truncate");
    private static final Set<String> OPENING = Set.of("open", "openat", "openat2");

    /// Files that are no files: what is written there stays nowhere.
    private static final List<Path> DEVICES = List.of(Path.of("/dev"), Path.of("/proc/self"));

    /// Memory that a server shares with its workers, which has no name elsewhere.
    private static final Pattern SHARED_MEMORY =
            Pattern.compile("/proc/\\d+/fd/\\d+\", O_RDWR\\) += \\d+</memfd:firstpass-");

    private static final Pattern CALL = Pattern.compile("^\\d+ +(\\w+)\\((.*)$");
    private static final String UNFINISHED = " <unfinished ...>";
    private static final Pattern RESUMED = Pattern.compile("^(\\d+) +<\\.\\.\\. \\w+ resumed>(.*)$");
    private static final Pattern WRITING = Pattern.compile("O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND|O_TMPFILE");
    /// A path, after the folder that it is relative to where there is one: `5</tmp>, "file"`.
    private static final Pattern PATH = Pattern.compile("(?:(?:AT_FDCWD|\\d+)<([^>]*)>, )?\"((?:[^\"\\\\]|\\\\.)*)\"");

    private static final Pattern ADDRESS =
            Pattern.compile("sin6?_port=htons\\((\\d+)\\).*?(?:inet_addr\\(|inet_pton\\(AF_INET6, )\"([^\"]*)\"");
    private static final Pattern LOOPBACK = Pattern.compile("(?:::ffff:)?127\\.[0-9.]+|::1");
    private static final int DNS = 53;

    /// The command that runs another under strace, its children and threads as well, and writes to `log`.
    static List<String> traced(Path log, List<String> command) {
        String calls = "%network,io_uring_setup," + String.join(",", OPENING) + "," + String.join(",", CHANGING);
        return Stream.concat(
                        Stream.of("strace", "-f", "-y", "--seccomp-bpf", "-e", "trace=" + calls, "-o", log.toString()),
                        command.stream())
                .toList();
    }

    /// The lines that must not be there.
    List<String> violations(List<String> lines) {
        return whole(lines).stream().filter(this::isViolation).toList();
    }

    /// Calls in whose line another thread's came between, put together; one that never ended stays as it is.
    private static List<String> whole(List<String> lines) {
        List<String> whole = new ArrayList<>(lines.size());
        Map<String, Integer> unfinished = new HashMap<>();
        for (String line : lines) {
            Matcher resumed = RESUMED.matcher(line);
            if (resumed.matches() && unfinished.containsKey(resumed.group(1))) {
                int begun = Objects.requireNonNull(unfinished.remove(resumed.group(1)));
                whole.set(begun, whole.get(begun).replace(UNFINISHED, "") + resumed.group(2));
                continue;
            }
            if (line.endsWith(UNFINISHED)) {
                unfinished.put(line.substring(0, line.indexOf(' ')), whole.size());
            }
            whole.add(line);
        }
        return whole;
    }

    private boolean isViolation(String line) {
        Matcher call = CALL.matcher(line);
        if (!call.matches()) {
            return false;
        }
        String name = call.group(1);
        String arguments = call.group(2);
        if (OPENING.contains(name)) {
            return WRITING.matcher(arguments).find()
                    && !SHARED_MEMORY.matcher(arguments).find()
                    && writesElsewhere(arguments);
        }
        if (name.startsWith("symlink")) {
            // What a link says is no path that is written to; where it lies is.
            return writesElsewhere(arguments.substring(arguments.indexOf("\", ") + 3));
        }
        if (CHANGING.contains(name)) {
            return writesElsewhere(arguments);
        }
        return name.equals("io_uring_setup") || reachesOut(name, arguments);
    }

    private boolean writesElsewhere(String arguments) {
        Matcher paths = PATH.matcher(arguments);
        boolean any = false;
        while (paths.find()) {
            any = true;
            Path folder = Path.of(Optional.ofNullable(paths.group(1)).orElse("/"));
            Path path = folder.resolve(paths.group(2)).normalize();
            if (Stream.concat(folders.stream(), DEVICES.stream()).noneMatch(path::startsWith)) {
                return true;
            }
        }
        return !any;
    }

    /// Names are looked up at port 53, which may be this machine's own.
    private static boolean reachesOut(String name, String arguments) {
        Matcher address = ADDRESS.matcher(arguments);
        boolean sends = name.equals("connect") || name.startsWith("send") || name.equals("bind");
        while (sends && address.find()) {
            if (Integer.parseInt(address.group(1)) == DNS
                    || !LOOPBACK.matcher(address.group(2)).matches()) {
                return true;
            }
        }
        return false;
    }
}
