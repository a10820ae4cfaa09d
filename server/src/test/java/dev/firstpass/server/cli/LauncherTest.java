package dev.firstpass.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The launcher script, in a checkout of its own: the JDK and Maven are scripts that say what they were called with.
final class LauncherTest {
    private static final String MAIN = "dev.firstpass.server.cli.Main";

    @TempDir
    Path folder = Path.of("");

    private Path checkout = Path.of("");
    private Path jdk = Path.of("");
    private Path bin = Path.of("");

    @BeforeEach
    void makeCheckout() throws IOException {
        checkout = Files.createDirectories(folder.resolve("check out"));
        Files.copy(repository().resolve("firstpass"), checkout.resolve("firstpass"));
        executable(checkout.resolve("firstpass"));
        write(checkout.resolve("pom.xml"), "<project/>");
        write(checkout.resolve("server/src/main/java/A.java"), "class A {}");
        write(checkout.resolve("server/target/firstpass-server-1.jar"), "");
        write(checkout.resolve("server/target/lib/b.jar"), "");
        write(checkout.resolve("server/target/lib/a.jar"), "");
        jdk = jdk("a jdk", "25.0.1");
        bin = Files.createDirectories(folder.resolve("bin"));
        script(
                bin.resolve("mvn"),
                "echo \"maven $*\"; touch server/target/firstpass-server-1.jar; mkdir -p server/target/lib");
    }

    @Test
    void arguments_withSpacesThroughALink_arriveAsTyped() throws Exception {
        Path link = Files.createSymbolicLink(folder.resolve("link"), checkout.resolve("firstpass"));
        Path second = Files.createSymbolicLink(bin.resolve("fp"), Path.of("../link"));
        assertTrue(Files.isSymbolicLink(link));

        Run run = launch(second, Map.of("FIRSTPASS_NO_AOT", "1"), "prelabel", "two words", "*", "", "a\"b$c");

        assertEquals(0, run.code, run.err);
        assertEquals(
                List.of(MAIN, "prelabel", "two words", "*", "", "a\"b$c"),
                run.lines.subList(run.lines.indexOf(MAIN), run.lines.indexOf("java of a jdk")));
    }

    @Test
    void classPath_always_isTheJarThenTheLibrariesByName() throws Exception {
        Run run = launch(Map.of("FIRSTPASS_NO_AOT", "1"));

        Path target = checkout.toRealPath().resolve("server/target");
        assertEquals(
                target + "/firstpass-server-1.jar:" + target + "/lib/a.jar:" + target + "/lib/b.jar",
                run.lines.get(run.lines.indexOf("-cp") + 1));
    }

    @Test
    void environment_always_turnsTelemetryOff() throws Exception {
        assertTrue(launch(Map.of("FIRSTPASS_NO_AOT", "1")).lines.contains("ORT_DISABLE_TELEMETRY=1"));
    }

    @Test
    void environment_withoutAnOrderOfGpus_hasThatOfTheBus() throws Exception {
        assertTrue(launch(Map.of("FIRSTPASS_NO_AOT", "1")).lines.contains("CUDA_DEVICE_ORDER=PCI_BUS_ID"));
        assertTrue(launch(Map.of("FIRSTPASS_NO_AOT", "1", "CUDA_DEVICE_ORDER", "FASTEST_FIRST"))
                .lines
                .contains("CUDA_DEVICE_ORDER=FASTEST_FIRST"));
    }

    @Test
    void exitCode_ofJava_isTheLaunchers() throws Exception {
        assertEquals(3, launch(Map.of("FIRSTPASS_NO_AOT", "1", "EXIT_WITH", "3")).code);
    }

    @Test
    void oldJdk_inJavaHome_isNotTaken() throws Exception {
        Path old = jdk("old", "17.0.2");
        Path sdkman = folder.resolve("home/.sdkman/candidates/java/25.0.1-tem");
        Files.createDirectories(sdkman.getParent());
        Files.move(jdk, sdkman);
        jdk = old;

        Run run = launch(Map.of("FIRSTPASS_NO_AOT", "1"));

        // Which of this machine's JDKs is found first is the machine's matter; the old one never is.
        assertFalse(run.lines.contains("java of old"), run.err);
    }

    @Test
    void upToDate_doesNotBuild() throws Exception {
        Run run = launch(Map.of("FIRSTPASS_NO_AOT", "1"));

        assertFalse(Files.exists(checkout.resolve("target/build.log")), run.err);
    }

    @Test
    void sourceNewerThanTheJar_isBuiltOnce() throws Exception {
        Path source = checkout.resolve("server/src/main/java/A.java");
        Files.setLastModifiedTime(checkout.resolve("server/target/firstpass-server-1.jar"), hoursAgo(2));
        Files.setLastModifiedTime(source, hoursAgo(1));

        launch(Map.of("FIRSTPASS_NO_AOT", "1"));
        Path log = checkout.resolve("target/build.log");
        assertTrue(Files.readString(log).contains("maven -B"), Files.readString(log));
        Files.delete(log);
        launch(Map.of("FIRSTPASS_NO_AOT", "1"));

        assertFalse(Files.exists(log));
        assertFalse(Files.exists(checkout.resolve("target/build.lock")));
    }

    @Test
    void gpu_onABuildForTheCpu_isBuiltAndStartedForGpus() throws Exception {
        script(
                bin.resolve("mvn"),
                "echo \"maven $*\"; mkdir -p server/target/lib; : >server/target/lib/onnxruntime_gpu-1.jar");

        Run first = launch(Map.of("FIRSTPASS_NO_AOT", "1", "FIRSTPASS_GPU", "1"));
        Path log = checkout.resolve("target/build.log");
        assertTrue(Files.readString(log).contains(" -Pgpu "), Files.readString(log));
        Files.delete(log);
        Run second = launch(Map.of("FIRSTPASS_NO_AOT", "1", "FIRSTPASS_GPU", "1"));
        // What was built stays, also for who does not say it again.
        Run third = launch(Map.of("FIRSTPASS_NO_AOT", "1"));

        assertFalse(Files.exists(log), "built once");
        for (Run run : List.of(first, second, third)) {
            assertTrue(run.lines.contains("-Dorg.bytedeco.javacpp.platform.extension=-gpu"), run.lines.toString());
        }
    }

    @Test
    void failedBuild_showsTheErrorAndWhereTheLogIs() throws Exception {
        Files.delete(checkout.resolve("server/target/firstpass-server-1.jar"));
        script(bin.resolve("mvn"), "echo '[ERROR] A.java:1 no good'; exit 1");

        Run run = launch(Map.of("FIRSTPASS_NO_AOT", "1"));

        assertEquals(1, run.code);
        assertTrue(run.err.contains("[ERROR] A.java:1 no good"), run.err);
        assertTrue(run.err.contains("firstpass: the build failed; all of it is in "), run.err);
        assertFalse(Files.exists(checkout.resolve("target/build.lock")));
    }

    @Test
    void lockOfADeadProcess_isTakenOver() throws Exception {
        Files.delete(checkout.resolve("server/target/firstpass-server-1.jar"));
        Process dead = new ProcessBuilder("true").start();
        dead.waitFor();
        write(checkout.resolve("target/build.lock/pid"), dead.pid() + "\n");

        assertEquals(0, launch(Map.of("FIRSTPASS_NO_AOT", "1")).code);
    }

    @Test
    void twoAtOnce_buildOnce() throws Exception {
        Files.delete(checkout.resolve("server/target/firstpass-server-1.jar"));
        script(
                bin.resolve("mvn"),
                "echo once >>../builds; sleep 1; touch server/target/firstpass-server-1.jar; mkdir -p server/target/lib");

        Process first = start(checkout.resolve("firstpass"), Map.of("FIRSTPASS_NO_AOT", "1"));
        Process second = start(checkout.resolve("firstpass"), Map.of("FIRSTPASS_NO_AOT", "1"));

        assertEquals(0, first.waitFor());
        assertEquals(0, second.waitFor());
        assertEquals(List.of("once"), Files.readAllLines(folder.resolve("builds")));
    }

    @Test
    void aotCache_afterATrainingRun_isUsed() throws Exception {
        launch(Map.of());
        Run run = launch(Map.of());

        Path cache = checkout.toRealPath().resolve("server/target/firstpass.aot");
        assertTrue(run.lines.contains("-XX:AOTCache=" + cache), run.lines.toString());
    }

    @Test
    void aotCache_madeOnce_isKept() throws Exception {
        launch(Map.of());
        Run run = launch(Map.of());

        assertFalse(run.err.contains("Preparing quick starts"), run.err);
    }

    @Test
    void aotCache_ofAnEarlierJar_isMadeAnew() throws Exception {
        launch(Map.of());
        Files.setLastModifiedTime(checkout.resolve("server/target/firstpass.aot.jdk"), hoursAgo(2));
        Files.setLastModifiedTime(checkout.resolve("server/target/firstpass.aot"), hoursAgo(2));
        Files.setLastModifiedTime(checkout.resolve("server/target/firstpass-server-1.jar"), hoursAgo(1));

        Run run = launch(Map.of());

        assertTrue(run.err.contains("Preparing quick starts"), run.err);
        assertTrue(Files.getLastModifiedTime(checkout.resolve("server/target/firstpass.aot"))
                        .compareTo(hoursAgo(1))
                > 0);
    }

    @Test
    void aotCache_ofAnotherJdk_isMadeAnew() throws Exception {
        launch(Map.of());
        jdk = jdk("another jdk", "25.0.2");

        Run run = launch(Map.of());

        assertTrue(run.err.contains("Preparing quick starts"), run.err);
        assertEquals(
                jdk.toRealPath().toString(),
                Path.of(Files.readString(checkout.resolve("server/target/firstpass.aot.jdk"))
                                .strip())
                        .toRealPath()
                        .toString());
    }

    @Test
    void aotCache_thatCannotBeMade_isNotTriedAgain() throws Exception {
        script(jdk.resolve("bin/java"), "echo java");
        launch(Map.of());

        Run run = launch(Map.of());

        assertEquals(0, run.code, run.err);
        assertFalse(run.err.contains("Preparing quick starts"), run.err);
        assertFalse(Files.exists(checkout.resolve("server/target/firstpass.aot")));
    }

    private record Run(int code, List<String> lines, String err) {}

    private Run launch(Map<String, String> environment, String... arguments) throws Exception {
        return launch(checkout.resolve("firstpass"), environment, arguments);
    }

    private Run launch(Path launcher, Map<String, String> environment, String... arguments) throws Exception {
        Process process = start(launcher, environment, arguments);
        List<String> lines = new ArrayList<>(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .toList());
        String err = Files.readString(folder.resolve("err"));
        assertTrue(process.waitFor(1, TimeUnit.MINUTES), "the launcher hangs");
        return new Run(process.exitValue(), lines, err);
    }

    private Process start(Path launcher, Map<String, String> environment, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(launcher.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectError(folder.resolve("err").toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("FIRSTPASS_"));
        builder.environment().put("JAVA_HOME", jdk.toString());
        builder.environment().put("HOME", folder.resolve("home").toString());
        builder.environment().merge("PATH", bin.toString(), (path, first) -> first + ":" + path);
        builder.environment().putAll(environment);
        return builder.start();
    }

    /// A JDK whose java prints a line per argument, and leaves a cache where it is told to.
    private Path jdk(String name, String version) throws IOException {
        Path home = folder.resolve(name);
        write(home.resolve("release"), "IMPLEMENTOR=\"Nobody\"\nJAVA_VERSION=\"" + version + "\"\n");
        Files.createDirectories(home.resolve("bin"));
        script(home.resolve("bin/java"), """
                for argument; do
                    printf '%%s\\n' "$argument"
                    case $argument in -XX:AOTCacheOutput=*) : >"${argument#*=}" ;; esac
                done
                echo "java of %s"
                echo "ORT_DISABLE_TELEMETRY=${ORT_DISABLE_TELEMETRY:-}"
                echo "CUDA_DEVICE_ORDER=${CUDA_DEVICE_ORDER:-}"
                exit "${EXIT_WITH:-0}"
                """.formatted(name));
        return home;
    }

    private static void script(Path file, String body) throws IOException {
        Files.writeString(file, "#!/bin/sh\n" + body + "\n");
        executable(file);
    }

    private static void executable(Path file) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static void write(Path file, String content) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
    }

    private static FileTime hoursAgo(int hours) {
        return FileTime.from(Instant.now().minusSeconds(hours * 3600L));
    }

    /// The folder with the launcher, from the module that the test runs in.
    private static Path repository() {
        Path here = Path.of("").toAbsolutePath();
        return Files.exists(here.resolve("firstpass"))
                ? here
                : here.resolve("..").normalize();
    }
}
