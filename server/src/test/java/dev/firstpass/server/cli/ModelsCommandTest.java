package dev.firstpass.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.audit.AuditHead;
import dev.firstpass.registry.audit.AuditLine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ModelsCommandTest {
    private final FakeParts parts = new FakeParts();

    @TempDir
    Path folder = Path.of("");

    @Test
    void list_withoutModels_saysWhatToDoOnStderr() {
        CommandRun run = CommandRun.of(parts, "models", "list");

        assertEquals(ExitCode.OK, run.exitCode());
        assertEquals("", run.out());
        assertTrue(run.err().contains("models register"), run.err());
    }

    @Test
    void register_ofAFile_printsRefManifestAndOrigins() throws IOException {
        Path model = Files.writeString(folder.resolve("my model.onnx"), "x");

        CommandRun run = CommandRun.of(parts, "models", "register", "coco", model.toString());

        assertEquals(ExitCode.OK, run.exitCode(), run.err());
        assertTrue(run.out().startsWith("coco@1  AVAILABLE\n"), run.out());
        assertTrue(run.out().contains("family: ssd"), run.out());
        assertTrue(run.out().contains("family  file"), run.out());
        assertFalse(run.out().contains("model.onnx"), "the list of files is for machines");
    }

    @Test
    void registration_asJson_keepsTheFileList() throws IOException {
        Path model = Files.writeString(folder.resolve("m.onnx"), "x");

        var json = CommandRun.of(parts, "models", "register", "coco", model.toString(), "--json")
                .json();

        assertEquals("coco@1", json.path("ref").asText());
        assertEquals("model.onnx", json.at("/manifest/files/0/path").asText());
        assertFalse(json.has("failure"));
    }

    @Test
    void list_asJson_hasNamesVersionsAndAliases() throws IOException {
        parts.versions.put("coco", 2L);

        var model = CommandRun.of(parts, "models", "list", "--json").json().at("/models/0");

        assertEquals("coco", model.path("name").asText());
        assertEquals("[1,2]", model.path("versions").toString());
        assertEquals("ssd", model.path("family").asText());
    }

    @Test
    void show_byAlias_printsTheVersion() {
        parts.versions.put("coco", 1L);

        CommandRun run = CommandRun.of(parts, "models", "show", "coco@production");

        assertEquals(ExitCode.OK, run.exitCode());
        assertTrue(run.out().startsWith("version     coco@1\n"), run.out());
        assertTrue(run.out().contains("2: cat, dog"), run.out());
        assertTrue(
                run.out().contains("runs        main on cpu: 2 sessions x 1 thread, at most 8 rows in a run\n"),
                run.out());
        assertTrue(run.out().contains("signed by   sha256:" + "2".repeat(64) + " (sha256sums)\n"), run.out());
    }

    @Test
    void listAndShow_ofServers_sayWhatEachHasInMemory() throws IOException {
        parts.versions.put("coco", 1L);
        parts.replicas = List.of(
                new RegistryAccess.ReplicaState("gpu-1-3f2a", "FAILED"),
                new RegistryAccess.ReplicaState("gpu-2-77aa", "SERVING"),
                new RegistryAccess.ReplicaState("gpu-3-0b1c", "SERVING"));
        parts.failure = Optional.of("no memory came free");

        String list = CommandRun.of(parts, "models", "list").out();
        assertTrue(list.lines().toList().getLast().endsWith("AVAILABLE  1 FAILED, 2 SERVING"), list);
        String show = CommandRun.of(parts, "models", "show", "coco").out();
        assertTrue(show.contains("state          AVAILABLE\non gpu-1-3f2a  FAILED\non gpu-2-77aa  SERVING\n"), show);
        assertTrue(show.contains("failure        no memory came free\n"), show);
        assertEquals(
                "SERVING",
                CommandRun.of(parts, "models", "show", "coco", "--json")
                        .json()
                        .at("/replicas/1/residency")
                        .asText());
        parts.replicas = List.of();
        assertFalse(
                CommandRun.of(parts, "models", "show", "coco", "--json").json().has("replicas"));
    }

    @Test
    void alias_withAnotherVersionThanExpected_changesNothing() {
        CommandRun.of(parts, "models", "alias", "coco", "production", "1");

        CommandRun refused = CommandRun.of(parts, "models", "alias", "coco", "production", "3", "--expect", "2");
        CommandRun moved = CommandRun.of(parts, "models", "alias", "coco", "production", "3", "--expect", "1");

        assertEquals(ExitCode.FAILED, refused.exitCode());
        assertEquals("coco@production -> coco@3 (was 1)\n", moved.out());
    }

    @Test
    void rollback_printsWhereTheAliasWas() {
        CommandRun.of(parts, "models", "alias", "coco", "production", "3");

        assertEquals(
                "coco@production -> coco@1 (was 3)\n",
                CommandRun.of(parts, "models", "rollback", "coco", "production").out());
    }

    @Test
    void rollout_withACanary_printsTheSplit() {
        String[] models = {"models", "rollout", "coco", "production"};

        assertEquals(
                "coco@production -> version 1, and version 2 for 20 % of the assets\n",
                CommandRun.of(parts, "models", "rollout", "coco", "production", "--canary", "2", "--percent", "20")
                        .out());
        assertEquals(
                "coco@production -> version 1\n", CommandRun.of(parts, models).out());
        assertEquals(
                ExitCode.USAGE,
                CommandRun.of(parts, "models", "rollout", "coco", "production", "--canary", "2")
                        .exitCode());
        assertEquals(
                ExitCode.USAGE,
                CommandRun.of(parts, "models", "rollout", "coco", "production", "--canary", "2", "--percent", "101")
                        .exitCode());
        assertEquals(
                ExitCode.USAGE,
                CommandRun.of(
                                parts,
                                "models",
                                "rollout",
                                "coco",
                                "production",
                                "--end",
                                "--canary",
                                "2",
                                "--percent",
                                "20")
                        .exitCode());
    }

    @Test
    void rollout_withAShadow_printsWhatIsCopied() {
        String[] rollout = {"models", "rollout", "coco", "production", "--shadow", "3"};

        assertEquals(
                "coco@production -> version 1; version 3 gets copies for 100 % of the assets\n",
                CommandRun.of(parts, rollout).out());
        assertEquals(
                ExitCode.USAGE,
                CommandRun.of(parts, "models", "rollout", "coco", "production", "--shadow-percent", "10")
                        .exitCode());
        assertEquals(
                ExitCode.USAGE,
                CommandRun.of(parts, "models", "rollout", "coco", "production", "--end", "--shadow", "3")
                        .exitCode());
    }

    @Test
    void retire_ofWhatIsInUse_saysSo() {
        CommandRun run = CommandRun.of(parts, "models", "retire", "coco@3");

        assertEquals(ExitCode.FAILED, run.exitCode());
        assertEquals("firstpass models retire: coco@3 is in use\n", run.err());
    }

    @Test
    void audit_listsLinesWithTheirTimes() throws IOException {
        line("local");

        CommandRun table = CommandRun.of(parts, "models", "audit");
        var json = CommandRun.of(parts, "models", "audit", "--json").json();

        assertTrue(
                table.out().contains("2026-01-02T03:04:05.006Z  local  alias  coco@production  1     2"), table.out());
        assertEquals("2026-01-02T03:04:05.006Z", json.at("/lines/0/at").asText());
    }

    @Test
    void audit_verified_saysWhetherItIsWhole() {
        line("local");
        line("local");
        CommandRun whole = CommandRun.of(parts, "models", "audit", "--verify");
        parts.audit.removeFirst();
        CommandRun altered = CommandRun.of(parts, "models", "audit", "--verify");

        assertEquals(ExitCode.OK, whole.exitCode(), whole.err());
        assertTrue(whole.out().startsWith("whole: 2 lines"), whole.out());
        assertEquals(ExitCode.FAILED, altered.exitCode());
        assertEquals("altered: line 1: it is missing (found: line 2)\n", altered.out());
    }

    private void line(String principal) {
        AuditHead end =
                parts.audit.isEmpty() ? AuditHead.START : parts.audit.getLast().head();
        parts.audit.add(new AuditLine(
                        0,
                        "local",
                        principal,
                        Instant.ofEpochMilli(1_767_323_045_006L),
                        "alias",
                        "coco",
                        "production",
                        "1",
                        "2",
                        "",
                        "done",
                        "")
                .after(end));
    }

    @Test
    void alias_thatIsANumber_isUsageError() {
        assertEquals(
                ExitCode.USAGE,
                CommandRun.of(parts, "models", "alias", "coco", "7", "1").exitCode());
    }
}
