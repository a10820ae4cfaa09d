package dev.firstpass.registry.bundle;

import static dev.firstpass.registry.bundle.HostileGround.archive;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.ModelVersion.State;
import dev.firstpass.registry.RegistryException.ArtifactRejected;
import dev.firstpass.registry.RegistryException.ManifestInvalid;
import dev.firstpass.registry.Validator;
import dev.firstpass.registry.bundle.HostileGround.Offer;
import dev.firstpass.registry.bundle.HostileGround.Vector;
import dev.firstpass.registry.store.Registration;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Archives, folders and files that want more than to be a model. Each is a model that would be taken, but for one thing.
@TestInstance(Lifecycle.PER_CLASS)
@ResourceLock(HostileGround.LOG)
final class HostileArchivesTest {
    private static final byte[] MODEL = OnnxDetector.bytes();
    private static final byte[] TEXT = "0123456789".repeat(60).getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NONE = {};

    /// Where the second entry of a zip begins, behind the model.
    private static final long SECOND_AT = 30L + "model.onnx".length() + MODEL.length;

    private HostileGround ground;

    @BeforeAll
    void lay(@TempDir Path root) throws IOException {
        ground = new HostileGround(root);
    }

    @AfterAll
    void end() {
        ground.close();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource({"names", "zips", "tars", "compressed", "folders", "libraries", "manifests"})
    void register_hostileOffer_isRefusedAndLeavesNothing(Vector vector) throws IOException {
        ground.assertRefused(vector);
    }

    // ---- what shows that these tests can fail

    @Test
    void register_sameArchivesWithoutTheOneThing_areTaken(@TempDir Path root) throws IOException {
        byte[] manifest = "family: boxes".getBytes(StandardCharsets.UTF_8);
        byte[] tar = TarBytes.of(
                TarBytes.entry("./", '5', NONE),
                TarBytes.pax('g', TarBytes.record("comment", "of a commit")),
                TarBytes.pax('x', TarBytes.record("mtime", "1.5"), TarBytes.record("path", "./model.onnx")),
                TarBytes.file("./short", MODEL),
                TarBytes.entry("././@LongLink", 'L', "firstpass.yaml\0".getBytes(StandardCharsets.US_ASCII)),
                TarBytes.file("firstpass", manifest));
        List<byte[]> archives = List.of(
                ZipBytes.of(ZipBytes.stored("model.onnx", MODEL), ZipBytes.deflated("firstpass.yaml", manifest)),
                ZipBytes.of(
                        ZipBytes.stored("weeds/", NONE).with(e -> e.mode = 0x41ED),
                        ZipBytes.deflated("weeds/model.onnx", MODEL).streamed(),
                        ZipBytes.stored("weeds/firstpass.yaml", manifest).streamed()),
                ZipBytes.with(zip64("model.onnx", MODEL), ZipBytes.deflated("firstpass.yaml", manifest))
                        .and(zip -> {
                            zip.isZip64 = true;
                            zip.comment = "a comment".getBytes(StandardCharsets.US_ASCII);
                        })
                        .bytes(),
                tar,
                TarBytes.gzip(tar),
                ZipBytes.join(tar, new byte[9 * 512]));
        try (HostileGround other = new HostileGround(root)) {
            for (byte[] archive : archives) {
                Path offered = Files.write(other.folder().resolve("offered"), archive);

                Registration made = other.register(offered, Validator.NONE);

                assertEquals(State.AVAILABLE, made.version().state());
                assertEquals(1, made.version().number(), "the same content in another wrapping");
                assertEquals("firstpass.yaml", made.derivation().origins().get("family"));
            }
        }
    }

    /// In a bundle, and in what a validator says: where the marker may be, the search for it finds it.
    @Test
    void placesOfMarker_whereItIs_areFound(@TempDir Path root) throws IOException {
        try (HostileGround other = new HostileGround(root)) {
            Path bundle = other.folder();
            Files.write(bundle.resolve("model.onnx"), MODEL);
            Files.copy(other.secret(), bundle.resolve("extra.bin"));
            assertEquals(List.of(), other.placesOfMarker(new IllegalStateException("nothing")));

            Registration made = other.register(bundle, _ -> {
                throw new IllegalStateException("warm-up gave " + HostileGround.MARKER);
            });

            assertEquals(State.FAILED, made.version().state());
            List<String> places = other.placesOfMarker(
                    new IllegalStateException("outer", new IOException("inner: " + HostileGround.MARKER)));
            assertTrue(places.stream().anyMatch(place -> place.startsWith("the log: ")), places::toString);
            assertTrue(places.stream().anyMatch(place -> place.startsWith("the answer: ")), places::toString);
            assertTrue(places.stream().anyMatch(place -> place.endsWith("/files/extra.bin")), places::toString);
            assertTrue(places.stream().anyMatch(place -> place.startsWith("registry.db")), places::toString);
        }
    }

    @Test
    void listing_afterAnyChange_differs(@TempDir Path root) throws IOException {
        try (HostileGround other = new HostileGround(root)) {
            Path folder = other.folder();
            List<Consumer<Path>> changes = List.of(
                    file -> HostileGround.write(file, NONE),
                    file -> HostileGround.write(file, new byte[] {1}),
                    file -> HostileGround.write(file, new byte[] {2}),
                    file -> assertTrue(file.toFile().setWritable(false, true)),
                    file -> assertTrue(file.toFile().setLastModified(1_000_000)),
                    file -> assertTrue(file.toFile().delete()));
            for (Consumer<Path> change : changes) {
                var before = other.listing();
                change.accept(folder.resolve("beside"));
                assertNotEquals(before, other.listing());
            }
        }
    }

    // ---- names

    static Stream<Vector> names() {
        List<Vector> vectors = new ArrayList<>();
        BiFunction<String, byte[], byte[]> zip =
                (name, bytes) -> ZipBytes.of(ZipBytes.stored("model.onnx", MODEL), ZipBytes.deflated(name, bytes));
        BiFunction<String, byte[], byte[]> tar = (name, bytes) ->
                TarBytes.of(TarBytes.file("model.onnx", MODEL), pax("path", name), TarBytes.file("x", bytes));
        for (boolean isZip : new boolean[] {true, false}) {
            BiFunction<String, byte[], byte[]> archive = isZip ? zip : tar;
            String kind = isZip ? "zip: " : "tar: ";
            String below = "(expected: a path below the archive's root)";
            String relative = "(expected: a relative path)";
            vectors.add(refused(kind + "above", named("a.bin", archive.apply("../secret.bin", TEXT)), below));
            vectors.add(refused(kind + "above a folder", archive.apply("a/../../secret.bin", TEXT), below));
            vectors.add(refused(kind + "above, after the root", archive.apply("./../secret.bin", TEXT), below));
            vectors.add(refused(kind + "only above", archive.apply("..", TEXT), below));
            vectors.add(refused(
                    kind + "absolute",
                    (folder, secret) -> Files.write(folder.resolve("a.bin"), archive.apply(secret.toString(), TEXT)),
                    relative));
            vectors.add(refused(kind + "a drive", archive.apply("C:/secret.bin", TEXT), below));
            vectors.add(refused(kind + "another stream", archive.apply("model.onnx:x", TEXT), below));
            vectors.add(refused(kind + "backslash", archive.apply("..\\secret.bin", TEXT), relative));
            vectors.add(refused(kind + "NUL", archive.apply("model.onnx\0.txt", TEXT), relative));
            vectors.add(refused(kind + "line end", archive.apply("a\nb", TEXT), relative));
            vectors.add(refused(kind + "no name", archive.apply("", TEXT), relative));
            vectors.add(refused(kind + "long", archive.apply("n".repeat(256), TEXT), "(expected: a shorter name)"));
            vectors.add(refused(kind + "deep", archive.apply("d/".repeat(9) + "x", TEXT), "nested too deep"));
            vectors.add(refused(kind + "twice", archive.apply("model.onnx", MODEL), "'model.onnx' comes twice"));
            vectors.add(
                    refused(kind + "case", archive.apply("Model.ONNX", MODEL), "differs from another name only in"));
            vectors.add(refused(
                    kind + "a file under a file",
                    archive.apply("model.onnx/x", TEXT),
                    "'model.onnx/x': a name of both a file and a folder"));
        }
        vectors.add(refused(
                "zip: accents",
                ZipBytes.of(
                        ZipBytes.stored("model.onnx", MODEL),
                        ZipBytes.stored("\u00e9.bin", TEXT),
                        ZipBytes.stored("e\u0301.bin", TEXT)),
                "differs from another name only in case or accents' form"));
        vectors.add(refused(
                "tar: accents",
                TarBytes.of(
                        TarBytes.file("model.onnx", MODEL),
                        TarBytes.file("\u00e9.bin", TEXT),
                        TarBytes.file("e\u0301.bin", TEXT)),
                "differs from another name only in case or accents' form"));
        vectors.add(refused(
                "zip: a file where a folder is",
                ZipBytes.of(
                        ZipBytes.stored("model.onnx", MODEL), ZipBytes.stored("a/b", TEXT), ZipBytes.stored("a", TEXT)),
                "'a': a name of both a file and a folder"));
        vectors.add(refused(
                "zip: a folder above",
                ZipBytes.of(ZipBytes.stored("model.onnx", MODEL), ZipBytes.stored("../up/", NONE)),
                "'../up' (expected: a path below"));
        vectors.add(refused(
                "tar: a folder above",
                TarBytes.of(TarBytes.file("model.onnx", MODEL), TarBytes.entry("../up/", '5', NONE)),
                "'../up' (expected: a path below"));
        vectors.add(refused(
                "zip: a name in no characters",
                replaced(
                        ZipBytes.of(ZipBytes.stored("model.onnx", MODEL), ZipBytes.stored("QQ.bin", TEXT)),
                        "QQ",
                        0xC3,
                        0x28),
                "(expected: a name in UTF-8)"));
        return vectors.stream();
    }

    // ---- zip

    static Stream<Vector> zips() {
        byte[] good = ZipBytes.of(ZipBytes.stored("model.onnx", MODEL), ZipBytes.deflated("x", TEXT));
        return Stream.of(
                refused(
                        "zip: link",
                        (folder, secret) -> Files.write(
                                folder.resolve("a.zip"),
                                ZipBytes.of(
                                        ZipBytes.stored("model.onnx", MODEL),
                                        ZipBytes.stored("x", secret.toString().getBytes(StandardCharsets.UTF_8))
                                                .with(e -> e.mode = 0xA1FF))),
                        "'x' is a link (expected: files)"),
                tweaked("zip: device", e -> e.mode = 0x21B6, "'x' is a device (expected: files)"),
                tweaked("zip: block device", e -> e.mode = 0x61B6, "'x' is a device (expected: files)"),
                tweaked("zip: pipe", e -> e.mode = 0x11B6, "'x' is a pipe (expected: files)"),
                tweaked("zip: socket", e -> e.mode = 0xC1B6, "'x' is of another kind (expected: files)"),
                tweaked(
                        "zip: encrypted",
                        e -> {
                            e.flags |= 1;
                            e.localFlags |= 1;
                        },
                        "'x' is encrypted"),
                tweaked(
                        "zip: encrypted by its header alone",
                        e -> e.localFlags |= 1,
                        "'x': its header and the directory disagree"),
                tweaked("zip: encrypted by the directory alone", e -> e.flags |= 1, "'x' is encrypted"),
                tweaked(
                        "zip: another compression",
                        e -> {
                            e.method = 93;
                            e.localMethod = 93;
                        },
                        "'x' is compressed by method 93 (expected: stored or deflated)"),
                tweaked(
                        "zip: other name in the header",
                        e -> e.localName = "y",
                        "'x': its header and the directory disagree"),
                tweaked(
                        "zip: other method in the header",
                        e -> e.localMethod = 0,
                        "'x': its header and the directory disagree"),
                tweaked(
                        "zip: other checksum in the header",
                        e -> e.localCrc ^= 1,
                        "'x': its header and the directory disagree"),
                tweaked(
                        "zip: other size in the header",
                        e -> e.localBytes--,
                        "'x': its header and the directory disagree"),
                tweaked(
                        "zip: other packed size in the header",
                        e -> e.localPacked--,
                        "'x': its header and the directory disagree"),
                tweaked(
                        "zip: other encoding in the header",
                        e -> e.localFlags = 0,
                        "'x': its header and the directory disagree"),
                tweaked(
                        "zip: other checksum behind the content",
                        e -> e.streamed().with(s -> s.descriptor[4]++),
                        "'x': its header and the directory disagree"),
                tweaked(
                        "zip: other packed size behind the content",
                        e -> e.streamed().with(s -> s.descriptor[8]++),
                        "'x': its header and the directory disagree"),
                tweaked(
                        "zip: no sign of what is behind the content",
                        e -> e.streamed().with(s -> s.descriptor[0]++),
                        "'x': its header and the directory disagree"),
                tweaked(
                        "zip: other size behind the content",
                        e -> e.streamed().with(s -> s.descriptor[12]++),
                        "'x': its header and the directory disagree"),
                tweaked(
                        "zip: fewer bytes than told",
                        e -> {
                            e.bytes++;
                            e.localBytes++;
                        },
                        "'x' is damaged"),
                tweaked(
                        "zip: more bytes than told",
                        e -> {
                            e.bytes = 5;
                            e.localBytes = 5;
                        },
                        "'x' is damaged"),
                tweaked(
                        "zip: wrong checksum",
                        e -> {
                            e.crc ^= 1;
                            e.localCrc ^= 1;
                        },
                        "'x' is damaged"),
                tweaked(
                        "zip: a second content behind the first",
                        e -> {
                            e.content = ZipBytes.join(e.content, ZipBytes.deflate(TEXT));
                            e.packed = e.content.length;
                            e.localPacked = e.packed;
                        },
                        "'x' is damaged"),
                tweaked(
                        "zip: a folder with content",
                        e -> {
                            e.name = "x/";
                            e.localName = "x/";
                        },
                        "'x/' is a folder with content"),
                tweaked(
                        "zip64: a size that is a lie",
                        e -> {
                            e.bytes = 0xFFFFFFFFL;
                            e.localBytes = 0xFFFFFFFFL;
                            e.localPacked = 0xFFFFFFFFL;
                            e.extra = ZipBytes.zip64(1L << 40);
                            e.localExtra = ZipBytes.zip64(1L << 40, e.packed);
                        },
                        "'x' is damaged"),
                tweaked(
                        "zip64: a packed size over the archive's end",
                        e -> {
                            e.packed = 0xFFFFFFFFL;
                            e.localBytes = 0xFFFFFFFFL;
                            e.localPacked = 0xFFFFFFFFL;
                            e.extra = ZipBytes.zip64(1L << 40);
                            e.localExtra = ZipBytes.zip64(e.bytes, 1L << 40);
                        },
                        "'x' overlaps what stands behind it"),
                tweaked(
                        "zip64: a negative size",
                        e -> {
                            e.packed = 0xFFFFFFFFL;
                            e.localBytes = 0xFFFFFFFFL;
                            e.localPacked = 0xFFFFFFFFL;
                            e.extra = ZipBytes.zip64(-1);
                            e.localExtra = ZipBytes.zip64(e.bytes, -1);
                        },
                        "the zip is damaged"),
                tweaked("zip64: a size that is nowhere", e -> e.bytes = 0xFFFFFFFFL, "the zip is damaged"),
                tweaked(
                        "zip64: another size in the header",
                        e -> {
                            e.localBytes = 0xFFFFFFFFL;
                            e.localPacked = 0xFFFFFFFFL;
                            e.localExtra = ZipBytes.zip64(e.bytes + 1, e.packed);
                        },
                        "'x': its header and the directory disagree"),
                refused(
                        "zip64: more entries than there are",
                        ZipBytes.with(ZipBytes.stored("model.onnx", MODEL), ZipBytes.stored("x", TEXT))
                                .and(zip -> {
                                    zip.isZip64 = true;
                                    zip.zip64Count = 3;
                                })
                                .bytes(),
                        "the zip is damaged"),
                refused(
                        "zip: fewer entries than there are",
                        ZipBytes.with(ZipBytes.stored("model.onnx", MODEL), ZipBytes.stored("x", TEXT))
                                .and(zip -> zip.count = 1)
                                .bytes(),
                        "the zip is damaged"),
                refused(
                        "zip: in several pieces",
                        ZipBytes.with(ZipBytes.stored("model.onnx", MODEL), ZipBytes.stored("x", TEXT))
                                .and(zip -> zip.disk = 1)
                                .bytes(),
                        "the zip is one of several pieces"),
                refused(
                        "zip: two entries, one content",
                        ZipBytes.of(
                                ZipBytes.stored("model.onnx", MODEL),
                                ZipBytes.stored("x", TEXT).with(e -> e.localName = "y"),
                                ZipBytes.stored("y", TEXT).with(e -> {
                                    e.isWritten = false;
                                    e.at = SECOND_AT;
                                })),
                        "overlaps what stands behind it"),
                refused("zip: an entry within another", nested(), "'x' overlaps what stands behind it"),
                refused(
                        "zip: an entry that the directory leaves out",
                        ZipBytes.of(
                                ZipBytes.stored("model.onnx", MODEL),
                                ZipBytes.stored("hidden", TEXT).with(e -> e.isListed = false),
                                ZipBytes.stored("x", TEXT)),
                        "'model.onnx' is followed by bytes of no entry"),
                refused(
                        "zip: bytes before the first entry",
                        ZipBytes.with(ZipBytes.stored("model.onnx", MODEL))
                                .and(zip -> zip.prefix = ZipBytes.alone(ZipBytes.stored("model.onnx", TEXT)))
                                .bytes(),
                        "the zip begins with bytes of no entry"),
                refused(
                        "zip: bytes before the directory",
                        ZipBytes.with(ZipBytes.stored("model.onnx", MODEL))
                                .and(zip -> zip.gap = TEXT)
                                .bytes(),
                        "'model.onnx' is followed by bytes of no entry"),
                refused("zip: one after another", ZipBytes.join(good, good), "the zip is damaged"),
                refused("zip: bytes behind the end", ZipBytes.join(good, TEXT), "the zip is damaged"),
                refused("zip: cut off", Arrays.copyOf(good, good.length - 1), "the zip is damaged"),
                refused("zip: cut off in the directory", Arrays.copyOf(good, good.length - 60), "the zip is damaged"),
                refused("zip: only a beginning", Arrays.copyOf(good, 100), "the zip is damaged"),
                refused("zip: nothing in it", ZipBytes.of(), "the bundle has no files"),
                refused(
                        "zip: bomb",
                        ZipBytes.of(ZipBytes.stored("model.onnx", MODEL), ZipBytes.deflated("x", new byte[65 << 20])),
                        "unpacks to over 67108864 bytes"),
                refused("zip: a thousand files", ZipBytes.of(many("f%d", TEXT)), "over 1000 entries"),
                refused("zip: a thousand folders", ZipBytes.of(many("f%d/", NONE)), "over 1000 entries"));
    }

    private static Vector tweaked(String name, Consumer<ZipBytes.Entry> change, String reason) {
        byte[] bytes = ZipBytes.of(
                ZipBytes.stored("model.onnx", MODEL),
                ZipBytes.deflated("x", TEXT).with(change),
                ZipBytes.stored("z", TEXT));
        return refused(name, bytes, reason);
    }

    /// The second entry's header stands within the content of the first, as in bombs that do not nest.
    private static byte[] nested() {
        byte[] inner = ZipBytes.alone(ZipBytes.stored("y", TEXT));
        return ZipBytes.of(
                ZipBytes.stored("model.onnx", MODEL),
                ZipBytes.stored("x", inner),
                ZipBytes.stored("y", TEXT).with(e -> {
                    e.isWritten = false;
                    e.at = SECOND_AT + 30 + "x".length();
                }));
    }

    private static ZipBytes.Entry[] many(String name, byte[] content) {
        ZipBytes.Entry[] entries = new ZipBytes.Entry[1001];
        entries[0] = ZipBytes.stored("model.onnx", MODEL);
        for (int i = 1; i < entries.length; i++) {
            entries[i] = ZipBytes.stored(String.format(name, i), content);
        }
        return entries;
    }

    private static ZipBytes.Entry zip64(String name, byte[] content) {
        return ZipBytes.stored(name, content).with(e -> {
            e.extra = ZipBytes.zip64(e.bytes, e.packed);
            e.localExtra = ZipBytes.zip64(e.bytes, e.packed);
            e.bytes = 0xFFFFFFFFL;
            e.packed = 0xFFFFFFFFL;
            e.localBytes = 0xFFFFFFFFL;
            e.localPacked = 0xFFFFFFFFL;
        });
    }

    // ---- tar

    static Stream<Vector> tars() {
        byte[] model = TarBytes.file("model.onnx", MODEL);
        byte[] good = TarBytes.of(model, TarBytes.file("x", TEXT));
        return Stream.of(
                typed("tar: link", '2', "'x' is a link (expected: files)"),
                typed("tar: hard link", '1', "'x' is a link (expected: files)"),
                typed("tar: long name of a link", 'K', "'x' is a link (expected: files)"),
                typed("tar: device", '3', "'x' is a device (expected: files)"),
                typed("tar: block device", '4', "'x' is a device (expected: files)"),
                typed("tar: pipe", '6', "'x' is a pipe (expected: files)"),
                typed("tar: sparse", 'S', "'x' is a sparse file (expected: files)"),
                typed("tar: rest of another archive", 'M', "'x' is of another kind (expected: files)"),
                typed("tar: label", 'V', "'x' is of another kind (expected: files)"),
                sized("tar: negative size", "-0000000012", "an entry of -10 bytes (expected: >= 0)"),
                sized("tar: negative binary size", "\u007f".repeat(12), "an entry of -1 bytes", b -> fill(b, 0xff)),
                sized("tar: binary size beyond numbers", "", "the tar is damaged", b -> {
                    fill(b, 0);
                    b[TarBytes.SIZE_AT] = (byte) 0x80;
                    b[TarBytes.SIZE_AT + 3] = 1;
                    b[TarBytes.SIZE_AT + 10] = 2;
                    b[TarBytes.SIZE_AT + 11] = 88;
                }),
                sized("tar: binary size beyond the archive", "", "the tar is damaged or cut off", b -> {
                    fill(b, 0);
                    b[TarBytes.SIZE_AT] = (byte) 0x80;
                    b[TarBytes.SIZE_AT + 4] = 0x7f;
                }),
                sized("tar: size beyond the archive", "77777777777", "the tar is damaged or cut off"),
                sized("tar: size that is no number", "00000x01130", "the tar is damaged"),
                sized("tar: size with a sign", "+0000001130", "the tar is damaged"),
                sized("tar: size in other digits", "\u0661\u0661\u0663\u0660", "the tar is damaged"),
                sized("tar: size of two numbers", "0001130 100", "the tar is damaged"),
                refused(
                        "tar: checksum",
                        TarBytes.of(model, changed(TarBytes.file("x", TEXT), 0, 'y')),
                        "the tar is damaged"),
                refused(
                        "tar: cut off in a header",
                        Arrays.copyOf(good, model.length + 100),
                        "the tar is damaged or cut off"),
                refused(
                        "tar: cut off in a file",
                        Arrays.copyOf(good, model.length + 600),
                        "the tar is damaged or cut off"),
                refused(
                        "tar: cut off between files",
                        Arrays.copyOf(good, model.length),
                        "the tar is damaged or cut off"),
                refused("tar: one after another", ZipBytes.join(good, good), "bytes behind the end of the tar"),
                refused("tar: bytes behind the end", ZipBytes.join(good, TEXT), "bytes behind the end of the tar"),
                refused(
                        "tar: files behind an entry without a name",
                        TarBytes.of(model, TarBytes.file("", NONE), TarBytes.file("x", TEXT)),
                        "'' (expected: a relative path)"),
                refused(
                        "tar: a folder's name for a file",
                        TarBytes.of(model, pax("path", "x/"), TarBytes.file("x", TEXT)),
                        "'x/' is a folder with content"),
                refused(
                        "tar: GNU name above",
                        TarBytes.of(
                                model,
                                TarBytes.entry(
                                        "././@LongLink", 'L', "../secret.bin\0".getBytes(StandardCharsets.US_ASCII)),
                                TarBytes.file("x", TEXT)),
                        "'../secret.bin' (expected: a path below"),
                refused(
                        "tar: GNU name without end",
                        TarBytes.of(
                                model,
                                TarBytes.entry("././@LongLink", 'L', new byte[70_000]),
                                TarBytes.file("x", TEXT)),
                        "a header of 70000 bytes (expected: <= 65536)"),
                refused(
                        "tar: name above by its two parts",
                        TarBytes.of(model, TarBytes.entry("secret.bin", '0', TEXT, h -> TarBytes.put(h, 345, ".."))),
                        "'../secret.bin' (expected: a path below"),
                paxed(
                        "pax: another name last",
                        TarBytes.record("path", "x") + TarBytes.record("path", "../s"),
                        "'../s' (expected: a path below"),
                paxed("pax: negative size", TarBytes.record("size", "-1"), "an entry of -1 bytes (expected: >= 0)"),
                paxed("pax: size beyond numbers", TarBytes.record("size", "9".repeat(30)), "the tar is damaged"),
                paxed("pax: size that is no number", TarBytes.record("size", "0x10"), "the tar is damaged"),
                paxed("pax: size of another entry", TarBytes.record("size", "0"), "the tar is damaged"),
                paxed("pax: record of nothing", "2 ", "the tar is damaged"),
                paxed("pax: record without end", "99 path=y\n", "the tar is damaged"),
                paxed("pax: negative record", "-9 path=y\n", "the tar is damaged"),
                paxed("pax: record that ends elsewhere", "8 path=y\n", "the tar is damaged"),
                paxed(
                        "pax: sparse",
                        TarBytes.record("GNU.sparse.major", "1"),
                        "'x' is a sparse file (expected: files)"),
                refused(
                        "pax: name of all files",
                        TarBytes.of(
                                model, TarBytes.pax('g', TarBytes.record("path", "../s")), TarBytes.file("x", TEXT)),
                        "a header gives all files one path"),
                refused(
                        "pax: size of all files",
                        TarBytes.of(model, TarBytes.pax('g', TarBytes.record("size", "0")), TarBytes.file("x", TEXT)),
                        "a header gives all files one size"),
                refused(
                        "pax: two for one file",
                        TarBytes.of(model, pax("size", "0"), pax("path", "y"), TarBytes.file("x", TEXT)),
                        "two headers in front of one entry"),
                refused(
                        "pax: and GNU for one file",
                        TarBytes.of(
                                model,
                                pax("size", "0"),
                                TarBytes.entry("././@LongLink", 'L', "y\0".getBytes(StandardCharsets.US_ASCII)),
                                TarBytes.file("x", TEXT)),
                        "two headers in front of one entry"),
                refused("pax: for no file", TarBytes.of(model, pax("path", "y")), "the tar is damaged or cut off"),
                refused("tar: a thousand files", TarBytes.of(manyTarred('0')), "over 1000 entries"),
                refused("tar: a thousand folders", TarBytes.of(manyTarred('5')), "over 1000 entries"));
    }

    static Stream<Vector> compressed() {
        byte[] good = TarBytes.gzip(TarBytes.of(TarBytes.file("model.onnx", MODEL), TarBytes.file("x", TEXT)));
        byte[] zeros = new byte[65 << 20];
        return Stream.of(
                refused("gzip: cut off", Arrays.copyOf(good, good.length - 9), "damaged or cut off"),
                refused("gzip: without its checksum", Arrays.copyOf(good, good.length - 8), "damaged or cut off"),
                refused(
                        "gzip: wrong checksum",
                        changed(good, good.length - 8, good[good.length - 8] ^ 1),
                        "damaged or cut off"),
                refused("gzip: no header", new byte[] {0x1f, (byte) 0x8b, 8, 0}, "damaged or cut off"),
                refused("gzip: of no tar", TarBytes.gzip(MODEL), "the tar is damaged or cut off"),
                refused(
                        "gzip: bomb",
                        TarBytes.gzip(TarBytes.of(TarBytes.file("model.onnx", MODEL), TarBytes.file("x", zeros))),
                        "unpacks to over 67108864 bytes"),
                refused(
                        "gzip: bomb behind the end",
                        TarBytes.gzip(ZipBytes.join(TarBytes.of(TarBytes.file("model.onnx", MODEL)), zeros)),
                        "unpacks to over 67108864 bytes"),
                refused(
                        "gzip: another tar behind the first",
                        ZipBytes.join(good, TarBytes.gzip(TarBytes.of(TarBytes.file("y", TEXT)))),
                        "bytes behind the end of the tar"));
    }

    private static byte[] pax(String key, String value) {
        return TarBytes.pax('x', TarBytes.record(key, value));
    }

    private static Vector paxed(String name, String records, String reason) {
        return refused(
                name,
                TarBytes.of(TarBytes.file("model.onnx", MODEL), TarBytes.pax('x', records), TarBytes.file("x", TEXT)),
                reason);
    }

    private static Vector typed(String name, char type, String reason) {
        Offer offer = (folder, secret) -> Files.write(
                folder.resolve("a.tar"),
                TarBytes.of(
                        TarBytes.file("model.onnx", MODEL),
                        TarBytes.entry("x", type, NONE, header -> TarBytes.put(header, 157, "secret.bin"))));
        return refused(name, offer, reason);
    }

    private static Vector sized(String name, String size, String reason) {
        return sized(name, size, reason, _ -> {});
    }

    private static Vector sized(String name, String size, String reason, Consumer<byte[]> change) {
        byte[] entry = TarBytes.entry("x", '0', TEXT, header -> {
            fill(header, 0);
            TarBytes.put(header, TarBytes.SIZE_AT, size);
            change.accept(header);
        });
        return refused(name, TarBytes.of(TarBytes.file("model.onnx", MODEL), entry), reason);
    }

    private static void fill(byte[] header, int value) {
        Arrays.fill(header, TarBytes.SIZE_AT, TarBytes.SIZE_AT + 12, (byte) value);
    }

    private static byte[] manyTarred(char type) {
        byte[][] entries = new byte[1001][];
        entries[0] = TarBytes.file("model.onnx", MODEL);
        for (int i = 1; i < entries.length; i++) {
            entries[i] = TarBytes.entry("f" + i, type, NONE);
        }
        return ZipBytes.join(entries);
    }

    // ---- folders and files

    static Stream<Vector> folders() {
        return Stream.of(
                placed("folder: link", (path, secret) -> Files.createSymbolicLink(path, secret), "x: a link"),
                placed(
                        "folder: link to a folder",
                        (path, secret) -> Files.createSymbolicLink(path, secret.getParent()),
                        "x: a link"),
                placed("folder: hard link", (path, secret) -> Files.createLink(path, secret), "x: a hard link"),
                placed(
                        "folder: link to a device",
                        (path, _) -> Files.createSymbolicLink(path, Path.of("/dev/zero")),
                        "x: a link"),
                placed("folder: pipe", (path, _) -> pipe(path), "x: not a regular file"),
                placed(
                        "folder: names in two cases",
                        (path, _) -> Files.write(path.resolveSibling("Model.onnx"), MODEL),
                        "differs from another name only in case"),
                placed(
                        "folder: backslash",
                        (path, _) -> Files.write(path.resolveSibling("a\\x"), MODEL),
                        "name not taken"),
                placed(
                        "folder: deep",
                        (path, _) -> Files.createDirectories(path.resolve("d/d/d/d/d/d/d/d")),
                        "nested too deep"),
                placed(
                        "folder: a thousand files",
                        (path, _) -> {
                            for (int i = 0; i < 1000; i++) {
                                Files.createFile(path.resolveSibling("f" + i));
                            }
                            return path;
                        },
                        "more than 1000 files"),
                refused("file: device", (_, _) -> Path.of("/dev/zero"), "zero: not a regular file"),
                refused(
                        "file: pipe",
                        (folder, _) -> pipe(folder.resolve("model.onnx")),
                        "model.onnx: not a regular file"),
                refused("file: secret", (_, secret) -> secret, "not an ONNX model"),
                refused(
                        "file: nothing there",
                        (folder, _) -> folder.resolve("nowhere"),
                        "the path offered does not exist"));
    }

    private static Vector placed(String name, Offer placing, String reason) {
        return refused(
                name,
                (folder, secret) -> {
                    Files.write(folder.resolve("model.onnx"), MODEL);
                    placing.make(folder.resolve("x"), secret);
                    return folder;
                },
                reason);
    }

    private static Path pipe(Path path) throws IOException {
        try {
            assertEquals(
                    0, new ProcessBuilder("mkfifo", path.toString()).start().waitFor());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
        return path;
    }

    // ---- programs and shared libraries

    /// The least that is told as one: the number at 60 points at what makes it a PE.
    private static byte[] portableExecutable() {
        byte[] file = new byte[512];
        file[0] = 'M';
        file[1] = 'Z';
        file[0x3C] = (byte) 0x80;
        file[0x80] = 'P';
        file[0x81] = 'E';
        return file;
    }

    private static byte[] begin(int... magic) {
        byte[] file = TEXT.clone();
        for (int i = 0; i < magic.length; i++) {
            file[i] = (byte) magic[i];
        }
        return file;
    }

    static Stream<Vector> libraries() {
        byte[] elf = begin(0x7F, 'E', 'L', 'F');
        String byName = ": a shared library (expected: no code";
        String byContent = ": a program or a shared library (";
        return Stream.of(
                library("libmine.so", TEXT, "libmine.so" + byName),
                library("ops/libmine.so.1.2", TEXT, "ops/libmine.so.1.2" + byName),
                library("ops/Mine.DLL", TEXT, "ops/Mine.DLL" + byName),
                library("libmine.dylib", TEXT, "libmine.dylib" + byName),
                library("weights.bin", elf, "weights.bin" + byContent + "ELF)"),
                library("notes.txt", portableExecutable(), "notes.txt" + byContent + "PE)"),
                library("weights.bin", begin(0xCF, 0xFA, 0xED, 0xFE), "weights.bin" + byContent + "Mach-O)"),
                library("weights.bin", begin(0xFE, 0xED, 0xFA, 0xCE), "weights.bin" + byContent + "Mach-O)"),
                library("weights.bin", begin(0xCA, 0xFE, 0xBA, 0xBE), "weights.bin" + byContent + "Mach-O)"),
                library("assets/vocabulary.txt", elf, "assets/vocabulary.txt" + byContent + "ELF)"),
                refused(
                        "library: in a tar",
                        TarBytes.of(TarBytes.file("model.onnx", MODEL), TarBytes.file("names.txt", elf)),
                        "names.txt" + byContent + "ELF)"),
                refused(
                        "library: in a zip",
                        ZipBytes.of(ZipBytes.stored("model.onnx", MODEL), ZipBytes.deflated("libmine.so", TEXT)),
                        "libmine.so" + byName),
                refused(
                        "library: called a model",
                        (folder, _) -> Files.write(folder.resolve("model.onnx"), elf),
                        "model.onnx" + byContent + "ELF)"),
                refused(
                        "library: in a SavedModel's assets",
                        (folder, _) -> {
                            Files.write(folder.resolve("saved_model.pb"), new byte[] {8, 1});
                            Path assets = Files.createDirectories(folder.resolve("assets"));
                            Files.write(assets.resolve("vocabulary"), elf);
                            return folder;
                        },
                        "assets/vocabulary" + byContent + "ELF)"));
    }

    private static Vector library(String path, byte[] content, String reason) {
        return refused(
                "library: " + reason,
                (folder, _) -> {
                    Files.write(folder.resolve("model.onnx"), MODEL);
                    Files.createDirectories(folder.resolve(path).getParent());
                    Files.write(folder.resolve(path), content);
                    return folder;
                },
                reason);
    }

    // ---- manifests

    static Stream<Vector> manifests() {
        return Stream.of(
                said(
                        "manifest: a model above",
                        "file: ../../../../secret.bin",
                        "file: '../../../../secret.bin' (expected: the path of a file in the bundle, without '..')"),
                said(
                        "manifest: a model elsewhere",
                        "file: SECRET",
                        "(expected: the path of a file in the bundle, without '..')"),
                said(
                        "manifest: the manifest as the model",
                        "file: firstpass.yaml",
                        "file: firstpass.yaml (expected: a file of the bundle: model.onnx)"),
                said(
                        "manifest: classes above",
                        "classes: ../../../../secret.bin",
                        "classes: '../../../../secret.bin' (expected: "),
                said("manifest: classes elsewhere", "classes: SECRET", "classes: "),
                said(
                        "manifest: samples above",
                        "golden: [{image: ../../../../secret.bin, expect: model.onnx}]",
                        "golden[0].image: '../../../../secret.bin' (expected: the path of a file in the bundle, without '..')"));
    }

    private static Vector said(String name, String manifest, String reason) {
        Offer offer = (folder, secret) -> Files.write(
                folder.resolve("a.zip"),
                ZipBytes.of(
                        ZipBytes.stored("model.onnx", MODEL),
                        ZipBytes.stored(
                                "firstpass.yaml",
                                manifest.replace("SECRET", secret.toString()).getBytes(StandardCharsets.UTF_8))));
        return new Vector(name, offer, ManifestInvalid.class, reason);
    }

    // ---- vectors

    private static Vector refused(String name, byte[] archive, String reason) {
        return refused(name, archive("offered.part", archive), reason);
    }

    private static Vector refused(String name, Offer offer, String reason) {
        return new Vector(name, offer, ArtifactRejected.class, reason);
    }

    private static Offer named(String name, byte[] archive) {
        return archive(name, archive);
    }

    private static byte[] changed(byte[] bytes, int at, int value) {
        byte[] changed = bytes.clone();
        changed[at] = (byte) value;
        return changed;
    }

    /// @param two ASCII characters, each of which becomes another byte wherever the two stand
    private static byte[] replaced(byte[] bytes, String two, int first, int second) {
        byte[] replaced = bytes.clone();
        for (int i = 0; i + 1 < replaced.length; i++) {
            if (replaced[i] == two.charAt(0) && replaced[i + 1] == two.charAt(1)) {
                replaced[i] = (byte) first;
                replaced[i + 1] = (byte) second;
            }
        }
        return replaced;
    }
}
