package dev.firstpass.registry.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// A model of a file system to which calls are made that were traced elsewhere, and which says what its disk may hold if the
/// power goes now.
///
/// It promises no more than POSIX does. Bytes that were written are on the disk once their file was synced; before that any
/// sector of them may be there or not, in any order. A name is there once its folder was synced; before that any of the changes
/// to a folder may be there or not, whatever became of the file's bytes, and a file that is there may be as long as it was to
/// be and hold nothing of what was written. A move within a folder is there or not; one between folders may have given the new name without
/// having taken the old one. What a sync that failed was to write is never written by a later one of that file, though
/// it is read until then, as Linux does it; for folders a later sync may succeed.
///
/// For one thread.
final class CrashDisk {
    private sealed interface Node {}

    private static final class FileNode implements Node {
        private byte[] disk = {};
        private byte[] seen = {};
        private final List<Write> pending = new ArrayList<>();
    }

    private static final class Folder implements Node {
        private final Map<String, Node> disk = new TreeMap<>();
        private final Map<String, Node> seen = new TreeMap<>();
    }

    /// @param bytes empty, and `size` counts, where the file was cut or made longer
    private record Write(int call, long at, byte[] bytes, long size) {}

    /// A name of a folder: what it is for, or nothing where it was taken away.
    private record Naming(Folder folder, String name, Optional<Node> node) {}

    /// Namings that are one change. The first of them comes no later than the others.
    private record Change(int call, List<Naming> namings) {}

    private static final class OpenFile {
        private final Node node;
        private final boolean appends;
        private long position;

        OpenFile(Node node, boolean appends) {
            this.node = node;
            this.appends = appends;
        }
    }

    private static final Set<String> UNKNOWN = Set.of(
            "copy_file_range",
            "sendfile",
            "splice",
            "link",
            "linkat",
            "symlink",
            "symlinkat",
            "truncate",
            "creat",
            "mkdirat",
            "pwritev2",
            "syncfs",
            "io_uring_setup");

    private final Path root;
    private final Predicate<Path> ignoresSyncs;
    private final Folder top = new Folder();
    private final Map<Integer, OpenFile> open = new HashMap<>();
    private final Map<Node, Path> names = new HashMap<>();
    private final StringBuilder said = new StringBuilder();
    private List<Change> changes = new ArrayList<>();
    private int calls;

    /// @param root the folder that is looked at: empty at first, and its own name on the disk
    /// @param ignoresSyncs files and folders, below `root`, whose syncs do nothing although they succeed
    CrashDisk(Path root, Predicate<Path> ignoresSyncs) {
        this.root = root;
        this.ignoresSyncs = ignoresSyncs;
    }

    /// The lines that the process has written to its standard output so far.
    List<String> said() {
        return said.substring(0, said.lastIndexOf("\n") + 1).lines().toList();
    }

    /// @return whether what the disk may hold, or what was said, is not what it was
    boolean apply(TracedCall call) {
        calls++;
        if (UNKNOWN.contains(call.name()) && !call.failed() && concerns(call)) {
            throw new IllegalStateException("not modelled: " + call.name() + call.arguments());
        }
        return switch (call.name()) {
            case "open" -> !call.failed() && open(call, -1, 0);
            case "openat" -> !call.failed() && open(call, call.descriptor(0), 1);
            case "close" -> {
                // Even one that fails.
                open.remove(call.descriptor(0));
                yield false;
            }
            case "dup", "dup2", "dup3" -> !call.failed() && duplicate(call);
            case "lseek" -> !call.failed() && seek(call);
            case "write", "writev" -> !call.failed() && write(call, Optional.empty());
            case "pwrite64", "pwritev" -> !call.failed() && write(call, Optional.of(call.number(3)));
            case "ftruncate" -> !call.failed() && resize(call.descriptor(0), call.number(1));
            case "fallocate" -> !call.failed() && allocate(call);
            case "rename" -> !call.failed() && rename(path(-1, call.text(0)), path(-1, call.text(1)));
            case "renameat", "renameat2" ->
                !call.failed()
                        && rename(path(call.descriptor(0), call.text(1)), path(call.descriptor(2), call.text(3)));
            case "unlink", "rmdir" -> !call.failed() && remove(path(-1, call.text(0)));
            case "unlinkat" -> !call.failed() && remove(path(call.descriptor(0), call.text(1)));
            case "mkdir" -> !call.failed() && make(path(-1, call.text(0)));
            case "fsync", "fdatasync" -> sync(call);
            case "mmap" -> !call.failed() && map(call);
            default -> false;
        };
    }

    private boolean concerns(TracedCall call) {
        boolean isOfAFile = call.arguments().stream()
                .anyMatch(argument -> argument.matches("\\d+") && open.containsKey(Integer.valueOf(argument)));
        boolean isOfAName = pathsOf(call).stream().anyMatch(path -> path.startsWith(root));
        return isOfAFile || isOfAName || call.name().equals("io_uring_setup");
    }

    private static List<Path> pathsOf(TracedCall call) {
        List<Path> paths = new ArrayList<>();
        for (int i = 0; i < call.arguments().size(); i++) {
            if (call.argument(i).startsWith("\"")) {
                paths.add(Path.of(call.text(i)));
            }
        }
        return paths;
    }

    private Path path(int folder, String name) {
        OpenFile opened = open.get(folder);
        Path base = opened == null ? Path.of("/") : Objects.requireNonNull(names.get(opened.node));
        return base.resolve(name).normalize();
    }

    private Folder folderOf(Path path) {
        return (Folder) node(Objects.requireNonNull(path.getParent())).orElseThrow();
    }

    private Optional<Node> node(Path path) {
        if (!path.startsWith(root)) {
            return Optional.empty();
        }
        Node at = top;
        for (Path name : root.relativize(path)) {
            if (!name.toString().isEmpty()) {
                at = at instanceof Folder folder ? folder.seen.get(name.toString()) : null;
                if (at == null) {
                    return Optional.empty();
                }
            }
        }
        return Optional.of(at);
    }

    private void change(Naming... namings) {
        for (Naming naming : namings) {
            if (naming.node().isPresent()) {
                naming.folder().seen.put(naming.name(), naming.node().get());
            } else {
                naming.folder().seen.remove(naming.name());
            }
        }
        changes.add(new Change(calls, List.of(namings)));
    }

    private boolean open(TracedCall call, int folder, int first) {
        Path path = path(folder, call.text(first));
        String flags = call.argument(first + 1);
        int descriptor = (int) call.result();
        open.remove(descriptor);
        if (!path.startsWith(root)) {
            return false;
        }
        Optional<Node> found = node(path);
        boolean isNew = found.isEmpty();
        if (isNew) {
            if (!flags.contains("O_CREAT")) {
                throw new IllegalStateException("opened, and never made: " + path);
            }
            FileNode made = new FileNode();
            found = Optional.of(made);
            change(new Naming(folderOf(path), path.getFileName().toString(), found));
        }
        Node node = found.get();
        names.put(node, path);
        open.put(descriptor, new OpenFile(node, flags.contains("O_APPEND")));
        boolean isCut = !isNew && flags.contains("O_TRUNC") && resize(descriptor, 0);
        return isNew || isCut;
    }

    private boolean duplicate(TracedCall call) {
        OpenFile opened = open.get(call.descriptor(0));
        if (opened == null) {
            open.remove((int) call.result());
        } else {
            open.put((int) call.result(), opened);
        }
        return false;
    }

    private boolean seek(TracedCall call) {
        OpenFile opened = open.get(call.descriptor(0));
        if (opened != null) {
            opened.position = call.result();
        }
        return false;
    }

    private boolean write(TracedCall call, Optional<Long> at) {
        OpenFile opened = open.get(call.descriptor(0));
        boolean isSaid = opened == null && call.descriptor(0) == 1;
        if (!isSaid && (opened == null || call.result() == 0)) {
            return false;
        }
        byte[] bytes = Arrays.copyOf(call.bytes(1), (int) call.result());
        if (isSaid) {
            said.append(new String(bytes, StandardCharsets.UTF_8));
            return true;
        }
        FileNode file = (FileNode) Objects.requireNonNull(opened).node;
        long offset = opened.appends ? file.seen.length : at.orElse(opened.position);
        if (at.isEmpty()) {
            opened.position = offset + bytes.length;
        }
        Write write = new Write(calls, offset, bytes, -1);
        file.seen = applied(file.seen, write);
        file.pending.add(write);
        return true;
    }

    private boolean resize(int descriptor, long size) {
        OpenFile opened = open.get(descriptor);
        if (opened == null || ((FileNode) opened.node).seen.length == size) {
            return false;
        }
        FileNode file = (FileNode) opened.node;
        Write write = new Write(calls, 0, new byte[0], size);
        file.seen = applied(file.seen, write);
        file.pending.add(write);
        return true;
    }

    private boolean allocate(TracedCall call) {
        OpenFile opened = open.get(call.descriptor(0));
        if (opened == null) {
            return false;
        }
        if (!call.argument(1).equals("0")) {
            throw new IllegalStateException("not modelled: fallocate " + call.arguments());
        }
        long end = call.number(2) + call.number(3);
        return end > ((FileNode) opened.node).seen.length && resize(call.descriptor(0), end);
    }

    private boolean rename(Path from, Path to) {
        if (!from.startsWith(root) && !to.startsWith(root)) {
            return false;
        }
        Node node = node(from).orElseThrow();
        change(
                new Naming(folderOf(to), to.getFileName().toString(), Optional.of(node)),
                new Naming(folderOf(from), from.getFileName().toString(), Optional.empty()));
        names.put(node, to);
        return true;
    }

    private boolean remove(Path path) {
        if (!path.startsWith(root)) {
            return false;
        }
        change(new Naming(folderOf(path), path.getFileName().toString(), Optional.empty()));
        return true;
    }

    private boolean make(Path path) {
        if (!path.startsWith(root) || path.equals(root)) {
            return false;
        }
        Folder made = new Folder();
        names.put(made, path);
        change(new Naming(folderOf(path), path.getFileName().toString(), Optional.of(made)));
        return true;
    }

    /// The index of SQLite's log is made anew by whoever opens it first.
    private boolean map(TracedCall call) {
        boolean isWritable =
                call.argument(2).contains("PROT_WRITE") && call.argument(3).contains("MAP_SHARED");
        if (isWritable && call.argument(4).matches("\\d+")) {
            OpenFile opened = open.get(call.descriptor(4));
            if (opened != null
                    && !Objects.requireNonNull(names.get(opened.node))
                            .toString()
                            .endsWith("-shm")) {
                throw new IllegalStateException("not modelled: mmap of " + names.get(opened.node));
            }
        }
        return false;
    }

    private boolean sync(TracedCall call) {
        OpenFile opened = open.get(call.descriptor(0));
        if (opened == null || ignoresSyncs.test(root.relativize(Objects.requireNonNull(names.get(opened.node))))) {
            return false;
        }
        return switch (opened.node) {
            case FileNode file -> sync(file, call);
            case Folder folder -> !call.failed() && sync(folder, call.begun());
        };
    }

    private static boolean sync(FileNode file, TracedCall call) {
        List<Write> reached = file.pending.stream()
                .filter(write -> write.call() <= call.begun())
                .toList();
        if (!call.failed()) {
            for (Write write : reached) {
                file.disk = applied(file.disk, write);
            }
        }
        file.pending.removeAll(reached);
        return !reached.isEmpty();
    }

    private boolean sync(Folder folder, int begun) {
        List<Change> left = new ArrayList<>();
        for (Change change : changes) {
            List<Naming> rest = change.call() <= begun ? synced(change, folder) : change.namings();
            if (!rest.isEmpty()) {
                left.add(new Change(change.call(), rest));
            }
        }
        boolean isNew = !left.equals(changes);
        changes = left;
        return isNew;
    }

    /// Puts on the disk what a sync of the folder does, and says what is still not there.
    private static List<Naming> synced(Change change, Folder folder) {
        List<Naming> rest = new ArrayList<>(change.namings());
        int last = -1;
        for (int i = 0; i < rest.size(); i++) {
            last = rest.get(i).folder() == folder ? i : last;
        }
        for (int i = 0; i <= last; i++) {
            put(rest.removeFirst(), Map.of());
        }
        return rest;
    }

    private static void put(Naming naming, Map<Folder, Map<String, Node>> instead) {
        Map<String, Node> names = instead.getOrDefault(naming.folder(), naming.folder().disk);
        if (naming.node().isPresent()) {
            names.put(naming.name(), naming.node().get());
        } else {
            names.remove(naming.name());
        }
    }

    private static byte[] applied(byte[] before, Write write) {
        if (write.size() >= 0) {
            return Arrays.copyOf(before, (int) write.size());
        }
        int end = (int) write.at() + write.bytes().length;
        byte[] after = end > before.length ? Arrays.copyOf(before, end) : before.clone();
        System.arraycopy(write.bytes(), 0, after, (int) write.at(), write.bytes().length);
        return after;
    }

    // --- What may be left

    /// What a disk holds: path below the root -> bytes of a file, or null of a folder.
    record Image(SortedMap<String, byte @Nullable []> entries) {
        void write(Path target) throws IOException {
            Files.createDirectories(target);
            for (Map.Entry<String, byte @Nullable []> entry : entries.entrySet()) {
                Path path = target.resolve(entry.getKey());
                if (entry.getValue() == null) {
                    Files.createDirectory(path);
                } else {
                    Files.write(path, entry.getValue());
                }
            }
        }

        /// The same for the same image.
        int fingerprint() {
            int hash = 0;
            for (Map.Entry<String, byte @Nullable []> entry : entries.entrySet()) {
                hash = 31 * (31 * hash + entry.getKey().hashCode()) + Arrays.hashCode(entry.getValue());
            }
            return hash;
        }
    }

    /// Nothing but what was synced.
    Image synced() {
        return image(Map.of(), file -> file.disk);
    }

    /// All that was written: what a process that was killed leaves.
    Image all() {
        return image(namesAfter(changes), file -> file.seen);
    }

    /// What was synced and some of the rest.
    Image some(Random random) {
        int kind = random.nextInt(4);
        List<Change> kept = switch (kind) {
            case 0 -> changes;
            // As a journal that keeps the order has them.
            case 1 -> changes.subList(0, random.nextInt(changes.size() + 1));
            default -> subset(random);
        };
        int sector = random.nextBoolean() ? 512 : 4096;
        int percent = random.nextInt(4) * 33 + random.nextInt(2);
        return image(namesAfter(kept), file -> torn(file, sector, percent, random));
    }

    private List<Change> subset(Random random) {
        List<Change> kept = new ArrayList<>();
        for (Change change : changes) {
            List<Naming> namings = change.namings();
            if (random.nextBoolean()) {
                boolean isHalf =
                        namings.getFirst().folder() != namings.getLast().folder() && random.nextInt(4) == 0;
                kept.add(
                        isHalf
                                ? new Change(
                                        change.call(), List.of(change.namings().getFirst()))
                                : change);
            }
        }
        return kept;
    }

    private static Map<Folder, Map<String, Node>> namesAfter(List<Change> kept) {
        Map<Folder, Map<String, Node>> names = new HashMap<>();
        for (Change change : kept) {
            for (Naming naming : change.namings()) {
                names.computeIfAbsent(naming.folder(), folder -> new TreeMap<>(folder.disk));
                put(naming, names);
            }
        }
        return names;
    }

    private static byte[] torn(FileNode file, int sector, int percent, Random random) {
        byte[] bytes = file.disk;
        for (Write write : file.pending) {
            if (write.size() >= 0) {
                bytes = random.nextInt(100) < percent ? applied(bytes, write) : bytes;
                continue;
            }
            int end = (int) write.at() + write.bytes().length;
            int longest = bytes.length;
            for (int from = (int) write.at(); from < end; from = (from / sector + 1) * sector) {
                int to = Math.min(end, (from / sector + 1) * sector);
                if (random.nextInt(100) < percent) {
                    int start = from - (int) write.at();
                    byte[] part = Arrays.copyOfRange(write.bytes(), start, start + to - from);
                    bytes = applied(bytes, new Write(0, from, part, -1));
                }
            }
            if (bytes.length < end && random.nextInt(3) == 0) {
                bytes = longer(bytes, end, random);
            } else if (bytes.length > longest && random.nextBoolean()) {
                // What lies between is what the sectors held before they were this file's.
                fill(bytes, longest, write, sector, random);
            }
        }
        return bytes;
    }

    private static byte[] longer(byte[] bytes, int end, Random random) {
        byte[] longer = Arrays.copyOf(bytes, end);
        if (random.nextBoolean()) {
            byte[] other = new byte[end - bytes.length];
            random.nextBytes(other);
            System.arraycopy(other, 0, longer, bytes.length, other.length);
        }
        return longer;
    }

    private static void fill(byte[] bytes, int from, Write write, int sector, Random random) {
        byte[] other = new byte[sector];
        for (int at = Math.max(from, (int) write.at()); at < bytes.length; at = (at / sector + 1) * sector) {
            int to = Math.min(bytes.length, (at / sector + 1) * sector);
            boolean isEmpty = true;
            for (int i = at; i < to; i++) {
                isEmpty &= bytes[i] == 0;
            }
            if (isEmpty) {
                random.nextBytes(other);
                System.arraycopy(other, 0, bytes, at, to - at);
            }
        }
    }

    private Image image(Map<Folder, Map<String, Node>> instead, Function<FileNode, byte[]> contents) {
        SortedMap<String, byte @Nullable []> entries = new TreeMap<>();
        collect("", top, instead, contents, entries, new HashSet<>());
        return new Image(entries);
    }

    private static void collect(
            String prefix,
            Folder folder,
            Map<Folder, Map<String, Node>> instead,
            Function<FileNode, byte[]> contents,
            SortedMap<String, byte @Nullable []> entries,
            Set<Folder> above) {
        if (!above.add(folder)) {
            return;
        }
        instead.getOrDefault(folder, folder.disk).forEach((name, node) -> {
            switch (node) {
                case FileNode file -> entries.put(prefix + name, contents.apply(file));
                case Folder child -> {
                    entries.put(prefix + name, null);
                    collect(prefix + name + "/", child, instead, contents, entries, above);
                }
            }
        });
        above.remove(folder);
    }
}
