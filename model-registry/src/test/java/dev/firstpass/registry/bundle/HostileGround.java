package dev.firstpass.registry.bundle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.registry.EngineKind;
import dev.firstpass.registry.FakeFamily;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.Validator;
import dev.firstpass.registry.onnx.OnnxFile;
import dev.firstpass.registry.savedmodel.OperationPolicy;
import dev.firstpass.registry.savedmodel.SavedModelFile;
import dev.firstpass.registry.store.ModelRegistry;
import dev.firstpass.registry.store.Registration;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import java.util.stream.Stream;

/// A registry with files around it that nobody who offers a model may read or change, and the means to tell whether
/// somebody did. Models go the way that they go in a server, by [OfferedFile] and [ModelRegistry#register].
///
/// ```
/// ROOT/secret.bin            holds the marker; above the staging area by four folders
/// ROOT/data                  the registry's
/// ROOT/offers/secret.bin     holds the marker; beside what is offered
/// ROOT/offers/N              what is offered, one after the other
/// ROOT/scratch/secret.bin    holds the marker; beside the folder that archives are unpacked to
/// ```
///
/// For one thread. Closing ends the registry and the capture of the log.
final class HostileGround implements AutoCloseable {
    /// What its users lock, of which there is one in this process: it is heard at all levels, and set back afterwards.
    static final String LOG = "the log of this process";

    static final String MARKER = "MARKER-d41f7c02b96e";
    private static final ModelName NAME = new ModelName("hostile");

    private final Path root;
    private final Path data;
    private final Path offers;
    private final Path scratch;
    private final MarkedLog log = new MarkedLog();
    private final ModelRegistry registry;
    private int made;

    /// @param kind what has to be thrown
    /// @param reason what its message has to hold
    record Vector(String name, Offer offer, Class<? extends RegistryException> kind, String reason) {
        @Override
        public String toString() {
            return name;
        }
    }

    /// Makes something to offer.
    @FunctionalInterface
    interface Offer {
        /// @param folder fresh, for what is offered and nothing else
        /// @param secret that nobody may read
        /// @return what is offered
        Path make(Path folder, Path secret) throws IOException;
    }

    /// @param root an empty folder
    HostileGround(Path root) throws IOException {
        this.root = root.toRealPath();
        this.data = this.root.resolve("data");
        this.offers = Files.createDirectory(this.root.resolve("offers"));
        this.scratch = Files.createDirectory(this.root.resolve("scratch"));
        for (Path folder : List.of(this.root, offers, scratch)) {
            Files.writeString(folder.resolve("secret.bin"), (MARKER + "\n").repeat(64));
        }
        this.registry =
                ModelRegistry.open(data, List.of(FakeFamily.BOXES), HostileGround::signature, () -> Instant.EPOCH);
    }

    /// As a server reads them.
    private static ModelSignature signature(EngineKind engine, Path file) {
        return switch (engine) {
            case ONNX -> OnnxFile.read(file).signature();
            case TENSORFLOW ->
                SavedModelFile.read(file, OperationPolicy.HARMLESS).signature();
        };
    }

    /// A fresh folder for one offer.
    Path folder() throws IOException {
        return Files.createDirectory(offers.resolve(Integer.toString(++made)));
    }

    Path secret() {
        return root.resolve("secret.bin");
    }

    Registration register(Path offered, Validator validator) throws IOException {
        try (OfferedFile opened = OfferedFile.open(offered, scratch)) {
            return registry.register(NAME, opened.source(), validator, ProgressListener.NONE);
        }
    }

    /// Offers it, and looks for what it may have reached or left.
    void assertRefused(Vector vector) throws IOException {
        Path folder = folder();
        Path offered = vector.offer().make(folder, secret());
        Map<String, String> before = listing();

        RuntimeException thrown =
                assertThrows(RuntimeException.class, () -> register(offered, Validator.NONE), vector.name());

        assertSame(vector.kind(), thrown.getClass(), () -> text(thrown));
        String message = String.valueOf(thrown.getMessage());
        assertTrue(message.contains(vector.reason()), message);
        assertTrue(message.chars().noneMatch(Character::isISOControl), message);
        assertEquals(List.of(), registry.models());
        assertEquals(List.of(), names(data.resolve("staging")));
        assertEquals(before, listing());
        assertEquals(List.of(), placesOfMarker(thrown));
        delete(folder);
    }

    /// Where the marker is though it must not be: in what a caller is told, in the log, in the data directory.
    List<String> placesOfMarker(Throwable told) throws IOException {
        List<String> places = new ArrayList<>(log.marked());
        if (text(told).contains(MARKER)) {
            places.add("the answer: " + text(told));
        }
        try (Stream<Path> files = Files.walk(data)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(MARKER)) {
                    places.add(data.relativize(file).toString());
                }
            }
        }
        return places;
    }

    private static String text(Throwable thrown) {
        StringWriter trace = new StringWriter();
        thrown.printStackTrace(new PrintWriter(trace));
        return trace.toString();
    }

    /// Every file, folder and link but the staging area's and the database's, with all that a change would show in.
    Map<String, String> listing() throws IOException {
        Map<String, String> listing = new TreeMap<>();
        try (Stream<Path> paths = Files.walk(root)) {
            for (Path path : paths.toList()) {
                String name = root.relativize(path).toString();
                if (!name.startsWith("data/registry.db") && !name.startsWith("data/staging/")) {
                    listing.put(name, described(path));
                }
            }
        }
        return listing;
    }

    private String described(Path path) throws IOException {
        PosixFileAttributes is = Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        String access = is.owner() + " " + is.permissions().stream().sorted().toList();
        if (is.isSymbolicLink()) {
            return "link to " + Files.readSymbolicLink(path) + " " + is.lastModifiedTime();
        }
        if (is.isDirectory()) {
            // Something is made and deleted again in these.
            boolean changes = path.equals(scratch) || path.startsWith(data);
            return "folder " + access + (changes ? "" : " " + is.lastModifiedTime());
        }
        String content = is.isRegularFile() ? sha256(Files.readAllBytes(path)) : "special";
        return is.size() + " " + content + " " + access + " " + is.lastModifiedTime() + " "
                + Files.getAttribute(path, "unix:nlink", LinkOption.NOFOLLOW_LINKS);
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Of all that is where nothing may be left: at the top, among the offers, where archives are unpacked and versions are made.
    List<String> names() throws IOException {
        List<String> names = new ArrayList<>();
        for (Path folder : List.of(root, offers, scratch, data.resolve("staging"))) {
            names(folder).stream().sorted().forEach(name -> names.add(root.relativize(folder) + "/" + name));
        }
        return names;
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> children = Files.list(folder)) {
            return children.map(child -> child.getFileName().toString()).toList();
        }
    }

    static void delete(Path tree) throws IOException {
        try (Stream<Path> paths = Files.walk(tree)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    /// Writes an archive's bytes for an offer.
    static Offer archive(String name, byte[] bytes) {
        return (folder, _) -> Files.write(folder.resolve(name), bytes);
    }

    @Override
    public void close() {
        registry.close();
        log.close();
    }

    /// Hears all that is logged in this process, at any level.
    ///
    /// Thread-safe.
    private static final class MarkedLog extends Handler {
        private final Collection<String> marked = new ConcurrentLinkedQueue<>();
        private final Logger all = Logger.getLogger("");
        private final Level before = all.getLevel();

        MarkedLog() {
            setLevel(Level.ALL);
            setFormatter(new SimpleFormatter());
            all.addHandler(this);
            all.setLevel(Level.ALL);
        }

        List<String> marked() {
            return List.copyOf(marked);
        }

        @Override
        public void publish(LogRecord event) {
            String line = getFormatter().format(event);
            if (line.contains(MARKER)) {
                marked.add("the log: " + line);
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {
            all.removeHandler(this);
            all.setLevel(before);
        }
    }

    static Path write(Path file, byte[] bytes) {
        try {
            Files.createDirectories(file.getParent());
            return Files.write(file, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
