package dev.firstpass.registry.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.Manifest.BundleFile;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.RegistryException.ArtifactRejected;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IntakeTest {
    private static final String EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    private static final String ABC_SHA256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    @TempDir
    private Path temp;

    private Path bundle;
    private Path target;

    @BeforeEach
    void makeFolders() throws IOException {
        bundle = Files.createDirectories(temp.resolve("bundle"));
        target = Files.createDirectories(temp.resolve("target"));
        Files.writeString(bundle.resolve("model.onnx"), "abc");
    }

    private List<BundleFile> copy(Path source) throws IOException {
        return new Intake(Intake.Limits.STANDARD).copy(source, target, ProgressListener.NONE);
    }

    private String refusal(Path source) {
        ArtifactRejected refused = assertThrows(ArtifactRejected.class, () -> copy(source));
        assertTrue(!refused.getMessage().contains(temp.toString()), refused.getMessage());
        return refused.getMessage();
    }

    @Test
    void copy_bundle_givesEachFileWithItsDigest() throws IOException {
        Files.createDirectories(bundle.resolve("golden/deep"));
        Files.writeString(bundle.resolve("golden/deep/empty"), "");

        assertEquals(
                List.of(
                        new BundleFile("golden/deep/empty", EMPTY_SHA256, 0),
                        new BundleFile("model.onnx", ABC_SHA256, 3)),
                copy(bundle));
        assertEquals("abc", Files.readString(target.resolve("model.onnx")));
    }

    @Test
    void copy_singleFile_isOneFileAndOwnsItsBytes() throws IOException {
        Path file = bundle.resolve("model.onnx");
        Files.createLink(temp.resolve("cache-entry"), file);

        assertEquals(List.of(new BundleFile("model.onnx", ABC_SHA256, 3)), copy(file));
        assertEquals(1, Files.getAttribute(target.resolve("model.onnx"), "unix:nlink"));
    }

    @Test
    void copy_bigFile_reportsProgressUpToTheWhole() throws IOException {
        byte[] bytes = new byte[1_000_003];
        new Random(7).nextBytes(bytes);
        Files.write(bundle.resolve("model.onnx"), bytes);
        List<Long> heard = new ArrayList<>();
        new Intake(Intake.Limits.STANDARD).copy(bundle, target, (step, done, total) -> {
            assertEquals(ProgressListener.Step.COPYING, step);
            assertEquals(bytes.length, total);
            heard.add(done);
        });

        assertEquals(heard.stream().sorted().toList(), heard);
        assertEquals(bytes.length, heard.getLast());
        assertArrayEquals(bytes, Files.readAllBytes(target.resolve("model.onnx")));
    }

    @Test
    void copy_dotFiles_areLeftOut() throws IOException {
        Files.writeString(bundle.resolve(".DS_Store"), "x");
        Files.createDirectories(bundle.resolve(".git/objects"));
        Files.writeString(bundle.resolve(".git/config"), "x");

        assertEquals(1, copy(bundle).size());
    }

    @Test
    void copy_linkInside_isRefused() throws IOException {
        Path secret = Files.writeString(temp.resolve("secret"), "s");
        Files.createSymbolicLink(bundle.resolve("weights.bin"), secret);

        assertEquals("weights.bin: a link (expected: the file itself)", refusal(bundle));
    }

    @Test
    void copy_linkToADirectoryInside_isRefused() throws IOException {
        Files.createSymbolicLink(bundle.resolve("data"), temp);

        assertEquals("data: a link (expected: the file itself)", refusal(bundle));
    }

    @Test
    void copy_danglingLinkInside_isRefused() throws IOException {
        Files.createSymbolicLink(bundle.resolve("data"), temp.resolve("nowhere"));

        assertEquals("data: a link (expected: the file itself)", refusal(bundle));
    }

    @Test
    void copy_hardLinkInside_isRefused() throws IOException {
        Files.createLink(bundle.resolve("weights.bin"), Files.writeString(temp.resolve("secret"), "s"));

        assertTrue(refusal(bundle).startsWith("weights.bin: a hard link"));
    }

    @Test
    void copy_pipeInside_isRefusedWithoutWaiting() throws IOException, InterruptedException {
        int made = new ProcessBuilder("mkfifo", bundle.resolve("weights.bin").toString())
                .start()
                .waitFor();
        assertEquals(0, made);

        assertEquals("weights.bin: not a regular file", refusal(bundle));
    }

    @Test
    void copy_device_isRefused() {
        assertEquals("zero: not a regular file", refusal(Path.of("/dev/zero")));
    }

    @Test
    void copy_namesThatDifferInCaseOnly_areRefused() throws IOException {
        Files.writeString(bundle.resolve("Model.onnx"), "x");

        assertTrue(refusal(bundle).contains("differs from another name only in case"));
    }

    @Test
    void copy_namesThatDifferInAccentsFormOnly_areRefused() throws IOException {
        Files.writeString(bundle.resolve("\u00e9.bin"), "x");
        Files.writeString(bundle.resolve("e\u0301.bin"), "x");

        assertTrue(refusal(bundle).contains("accents"));
    }

    @Test
    void copy_oddName_isRefused() throws IOException {
        Files.writeString(bundle.resolve("a\\b"), "x");
        assertTrue(refusal(bundle).startsWith("a\\b: name not taken"));
        Files.delete(bundle.resolve("a\\b"));
        Files.writeString(bundle.resolve("a\nb"), "x");

        assertTrue(refusal(bundle).startsWith("a?b: name not taken"));
    }

    @Test
    void copy_overTheLimits_isRefused() throws IOException {
        Intake small = new Intake(new Intake.Limits(2, 10, 1));
        Files.writeString(bundle.resolve("b"), "1234567");
        small.copy(bundle, target, ProgressListener.NONE);
        Files.writeString(bundle.resolve("b"), "12345678");
        assertEquals(
                "more than 10 bytes",
                assertThrows(ArtifactRejected.class, () -> small.copy(bundle, target, ProgressListener.NONE))
                        .getMessage());
        Files.writeString(bundle.resolve("b"), "");
        Files.writeString(bundle.resolve("c"), "");
        assertEquals(
                "more than 2 files",
                assertThrows(ArtifactRejected.class, () -> small.copy(bundle, target, ProgressListener.NONE))
                        .getMessage());
        Files.delete(bundle.resolve("c"));
        Files.createDirectories(bundle.resolve("x/y"));
        assertTrue(assertThrows(ArtifactRejected.class, () -> small.copy(bundle, target, ProgressListener.NONE))
                .getMessage()
                .startsWith("x/y: nested too deep"));
    }

    @Test
    void copy_linkInCircles_isRefused() throws IOException {
        Path round = Files.createSymbolicLink(temp.resolve("round"), temp.resolve("again"));
        Files.createSymbolicLink(temp.resolve("again"), round);

        assertEquals("the path offered cannot be read", refusal(round));
    }

    @Test
    void copy_nothingThere_isRefused() throws IOException {
        assertEquals("the path offered does not exist", refusal(temp.resolve("nowhere")));
        assertEquals(
                "the bundle has no files (expected: a model file)",
                refusal(Files.createDirectory(temp.resolve("hollow"))));
    }

    /// Weights may begin with anything: only what is a program is one.
    @Test
    void copy_filesThatBeginAlmostAsProgramsDo_areTaken() throws IOException {
        byte[] pointsBehindItsEnd = new byte[64];
        pointsBehindItsEnd[0] = 'M';
        pointsBehindItsEnd[1] = 'Z';
        pointsBehindItsEnd[0x3F] = (byte) 0xFF;
        Files.write(bundle.resolve("a.bin"), pointsBehindItsEnd);
        Files.writeString(bundle.resolve("b.bin"), "MZ");
        Files.writeString(bundle.resolve("c.bin"), "MZ" + "PE".repeat(64));
        Files.writeString(bundle.resolve("d.bin"), "ELF");
        Files.writeString(bundle.resolve("e.bin"), "");
        Files.writeString(bundle.resolve("so"), "a name that ends in so");
        Files.writeString(bundle.resolve("yes.son"), "another");

        assertEquals(8, copy(bundle).size());
    }
}
