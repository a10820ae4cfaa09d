package dev.firstpass.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.ProjectRef;
import dev.firstpass.registry.Tenant;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ProjectsCommandTest {
    private final FakeParts parts = new FakeParts();

    @TempDir
    private Path temp;

    private CommandRun set(String name, String document) throws IOException {
        Path file = Files.writeString(temp.resolve("project.yaml"), document);
        return CommandRun.of(parts, "projects", "set", name, file.toString());
    }

    @Test
    void project_thatIsSet_isListedAndShownAsItIsSet() throws IOException {
        CommandRun set = set("fields", "max: 7\nformat: labelbox\nmapping: {dog: Hund}");
        assertEquals(ExitCode.OK, set.exitCode(), set.err());
        assertEquals("fields@1\n", set.out());
        set("meadows", "");

        assertEquals(
                "fields@1  2026-01-02T03:04:05Z  labelbox\nmeadows@1  2026-01-02T03:04:05Z  any format\n",
                CommandRun.of(parts, "projects", "list").out());
        CommandRun shown = CommandRun.of(parts, "projects", "show", "fields@1");
        assertEquals(
                "# fields@1, set 2026-01-02T03:04:05Z; versions: 1\nmapping:\n  dog: Hund\nmax: 7\nformat: labelbox\n",
                shown.out());
        assertEquals("fields@2\n", set("fields", shown.out()).out());
        assertEquals(
                parts.projects.projects(Tenant.LOCAL).getFirst().spec(),
                parts.projects.project(ProjectRef.parse("fields@1")).spec());
        assertEquals(
                7,
                CommandRun.of(parts, "projects", "show", "fields", "--json")
                        .json()
                        .at("/spec/max")
                        .asInt());
    }

    @Test
    void document_thatIsWrong_isAUsageErrorOfOneLine() throws IOException {
        CommandRun run = set("fields", "max: 0");
        assertEquals(ExitCode.USAGE, run.exitCode());
        assertEquals("firstpass projects set: max: 0 (expected: a whole number from 1 to 10000)\n", run.err());
        assertEquals("", run.out());
    }

    @Test
    void project_thatIsNotThere_fails() {
        CommandRun run = CommandRun.of(parts, "projects", "show", "fields");
        assertEquals(ExitCode.FAILED, run.exitCode());
        assertEquals("firstpass projects show: fields: no such project\n", run.err());
    }

    @Test
    void validation_saysWhatDoesNotFit_andFails() throws IOException {
        set("fields", "mapping: {dog: Hund, cow: Kuh}");
        CommandRun run =
                CommandRun.of(parts, "projects", "validate", "fields", "--model", "coco", "--labels", "Katze,Kuh");

        assertEquals(ExitCode.FAILED, run.exitCode());
        assertEquals("""
                fields@1 does not fit coco@production
                no class of the model: cow
                no label of the tool:  Hund
                left out, not mapped:  cat
                labels never given:    Katze, Kuh
                """, run.out());

        set("fields", "mapping: {dog: Hund}");
        CommandRun fits = CommandRun.of(parts, "projects", "validate", "fields", "--model", "coco@2");
        assertEquals(ExitCode.OK, fits.exitCode());
        assertTrue(fits.out().startsWith("fields@2 fits coco@2\n"), fits.out());
    }
}
