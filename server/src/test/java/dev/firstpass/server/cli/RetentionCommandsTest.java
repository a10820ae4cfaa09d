package dev.firstpass.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RetentionCommandsTest {
    private final FakeParts parts = new FakeParts();

    @Test
    void prune_withoutYes_showsAndRemovesNothing() {
        CommandRun run = CommandRun.of(parts, "models", "prune", "weeds", "--keep", "0");

        assertEquals(ExitCode.OK, run.exitCode(), run.err());
        assertTrue(run.out().contains("weeds@1  RETIRED  42     sha256:1"), run.out());
        assertEquals("Nothing was removed; --yes removes these for good.\n", run.err());
        assertEquals(List.of(), parts.pruned);
    }

    @Test
    void prune_ofAllWithYes_removesFromEachModel() throws IOException {
        parts.versions.put("coco", 2L);
        parts.versions.put("weeds", 2L);
        CommandRun run = CommandRun.of(parts, "models", "prune", "--all", "--keep", "0", "--yes", "--json");

        assertEquals(
                List.of("coco@1", "weeds@1"), parts.pruned.stream().sorted().toList());
        assertTrue(run.json().path("removed").asBoolean());
        assertEquals(42, run.json().at("/versions/0/bytes").asInt());
        assertEquals("", run.err());
    }

    @Test
    void prune_whereNothingIsOld_saysSo() {
        CommandRun run = CommandRun.of(parts, "models", "prune", "weeds", "--keep", "3");

        assertEquals("no version is to go\n", run.out());
        assertEquals("", run.err());
    }

    @Test
    void prune_withoutAModelOrWithTwoWords_isAUsageError() {
        assertEquals(
                ExitCode.USAGE,
                CommandRun.of(parts, "models", "prune", "--keep", "3").exitCode());
        assertEquals(
                ExitCode.USAGE,
                CommandRun.of(parts, "models", "prune", "weeds", "--all", "--keep", "3")
                        .exitCode());
        assertEquals(
                ExitCode.USAGE,
                CommandRun.of(parts, "models", "prune", "weeds", "--keep", "-1").exitCode());
        assertEquals(
                ExitCode.USAGE, CommandRun.of(parts, "models", "prune", "weeds").exitCode());
    }

    @Test
    void hold_andRelease_printHowItStands() throws IOException {
        CommandRun held = CommandRun.of(parts, "models", "hold", "weeds@3", "--reason", "trial of 2026");
        CommandRun released = CommandRun.of(parts, "models", "release", "weeds@3");

        assertEquals("weeds@3  held: trial of 2026\n", held.out());
        assertEquals("weeds@3  not held\n", released.out());
        assertEquals(
                ExitCode.USAGE,
                CommandRun.of(parts, "models", "hold", "weeds@3").exitCode());
        assertFalse(CommandRun.of(parts, "models", "release", "weeds@3", "--json")
                .json()
                .has("reason"));
    }
}
