package dev.firstpass.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CliTest {
    private final FakeParts parts = new FakeParts();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "prelabel coco a.jpg --formt coco     | firstpass prelabel: unknown option: --formt (did you mean --format?)",
                "serve --admn-port=1                  | firstpass serve: unknown option: --admn-port (did you mean --admin-port?)",
                "modles list                          | firstpass: unknown command: modles (did you mean models?)",
                "models regster x y                   | firstpass models: unknown command: regster (did you mean register?)",
                "formats --qqqqqqqqqq                 | firstpass formats: unknown option: --qqqqqqqqqq (--help lists what is known)",
                "formats extra                        | firstpass formats: unexpected argument: extra (--help lists what is known)",
                "serve --port x                       | firstpass serve: Invalid value for option '--port': 'x' is not an int",
                "serve --port 70000                   | firstpass serve: --port: '70000' (expected: a whole number from 0 to 65535)",
                "serve --isolation none               | firstpass serve: --isolation: 'none' (expected: in-process or worker)",
                "serve --devices gpu                  | firstpass serve: --devices: 'gpu' (expected: auto, or devices, each once, as a list or with commas: cuda:0, cuda:1, cpu)",
                "models                               | firstpass models: a command is missing (expected: one of list, show, register, validate, evaluate, alias, rollback, rollout, retire, prune, hold, release, audit)",
                "models show COCO                     | firstpass models show: model name (expected: a-z, 0-9, '-', '_', '.', 1 to 63 characters)",
                "models register coco /no/such.onnx   | firstpass models register: no such file: /no/such.onnx",
                "prelabel coco /no/such.jpg           | firstpass prelabel: no such file: /no/such.jpg",
                "prelabel coco . --threshold 2        | firstpass prelabel: --threshold: 2.0 (expected: 0..1)",
                "prelabel coco . --geometry cube      | firstpass prelabel: --geometry: cube (expected: native, box, rotated-box, polygon or mask)",
                "convert . out                        | firstpass convert: Missing required option: '--to=FORMAT'",
                "convert --to coco /no/such out       | firstpass convert: no such file: /no/such",
                "convert --to cocoo . out             | firstpass convert: --to: cocoo (did you mean coco?)",
                "convert --to coco . .                | firstpass convert: .: holds the labels that are read (expected: another folder or file)",
                "tune coco --seconds 0                | firstpass tune: --seconds: 0 (expected: 1..3600)",
                "prelabel coco . --jobs 0             | firstpass prelabel: --jobs: 0 (expected: >= 1)",
                "projects                             | firstpass projects: a command is missing (expected: one of list, show, set, validate)",
                "projects show Fields                 | firstpass projects show: project name (expected: a-z, 0-9, '-', '_', '.', 1 to 63 characters)",
                "projects set fields /no/such.yaml    | firstpass projects set: no such file: /no/such.yaml",
                "projects validate fields             | firstpass projects validate: Missing required option: '--model=REF'",
                "prelabel coco . --project fields@x   | firstpass prelabel: project version (expected: a number, as in name@3)",
                "predictions                          | firstpass predictions: a command is missing (expected: one of list, show)",
                "predictions show x                   | firstpass predictions show: 'x' (expected: an id such as 019ac0de-7d1f-7a02-8f5e-3b1c2d4e5f60)",
                "predictions list --limit 0           | firstpass predictions list: --limit: 0 (expected: >= 1)",
                "predictions list --model weeds@next  | firstpass predictions list: --model: weeds@next (expected: a model or a version: weeds or weeds@3; an alias has meant several)",
                "models list --server nowhere         | firstpass models list: --server: nowhere (expected: http://HOST:PORT or https://HOST:PORT)",
            })
    void wrongUsage_always_isOneLineAndCode2(String arguments, String message) {
        CommandRun run = CommandRun.of(parts, arguments.split(" "));

        assertEquals(ExitCode.USAGE, run.exitCode());
        assertEquals(message, run.err().lines().findFirst().orElseThrow());
        assertEquals("", run.out());
    }

    @Test
    void firstpass_withoutCommand_isUsageError() {
        CommandRun run = CommandRun.of(parts);

        assertEquals(ExitCode.USAGE, run.exitCode());
        assertTrue(run.err().contains("a command is missing"), run.err());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "demo",
                "serve",
                "prelabel",
                "models",
                "models list",
                "models show",
                "models register",
                "models validate",
                "models evaluate",
                "models alias",
                "models prune",
                "models hold",
                "models release",
                "projects",
                "projects list",
                "projects show",
                "projects set",
                "projects validate",
                "predictions",
                "predictions list",
                "predictions show",
                "token",
                "token create",
                "token list",
                "token revoke",
                "convert",
                "upload",
                "upload labelbox",
                "tune",
                "backup",
                "restore",
                "formats",
                "families",
                "ready",
                "doctor",
                "generate-completion"
            })
    void help_ofEveryCommand_showsExamplesOnStdout(String command) {
        CommandRun run = CommandRun.of(parts, (command + " --help").split(" "));

        assertEquals(ExitCode.OK, run.exitCode());
        assertTrue(run.out().contains("Examples:"), run.out());
        assertTrue(run.out().contains("firstpass " + command), run.out());
        assertEquals(
                List.of(), run.out().lines().filter(line -> line.length() > 80).toList());
    }

    @Test
    void hiddenOption_inHelp_isNotShown() {
        assertFalse(CommandRun.of(parts, "serve", "--help").out().contains("--exit-when-ready"));
    }

    @Test
    void json_beforeOrAfterTheCommand_isTheSame() throws IOException {
        CommandRun before = CommandRun.of(parts, "--json", "families");
        CommandRun after = CommandRun.of(parts, "families", "--json");

        assertTrue(before.json().path("families").isArray());
        assertEquals(before.out(), after.out());
    }

    @Test
    void families_always_listTheirParametersWithDefaults() throws IOException {
        List<String> lines = CommandRun.of(parts, "families").out().lines().toList();
        int family = IntStream.range(0, lines.size())
                .filter(i -> lines.get(i).startsWith("text-regions  "))
                .findFirst()
                .orElseThrow();
        List<JsonNode> ratios = CommandRun.of(parts, "families", "--json").json().findParents("byDefault").stream()
                .filter(parameter -> parameter.path("name").asText().equals("unclipRatio"))
                .toList();

        assertTrue(lines.get(family + 1).matches(" {2}mapThreshold +0\\.3 +probability .*"), lines::toString);
        assertTrue(lines.get(family + 2).matches(" {2}unclipRatio +1\\.6 +how far .*"), lines::toString);
        assertEquals("1.6", ratios.getFirst().path("byDefault").asText());
    }

    @Test
    void formats_always_sayWhatEachCanSay() throws IOException {
        List<String> lines = CommandRun.of(parts, "formats").out().lines().toList();
        JsonNode formats = CommandRun.of(parts, "formats", "--json").json().path("formats");

        assertTrue(
                lines.stream()
                        .anyMatch(line -> line.matches("coco +written, read +box polygon mask keypoints +COCO .*")),
                lines::toString);
        assertTrue(
                lines.stream().anyMatch(line -> line.matches("folders +read +classified images .*")), lines::toString);
        JsonNode coco = formats.path(2);
        assertEquals("coco", coco.path("id").asText());
        assertTrue(coco.path("written").asBoolean() && coco.path("read").asBoolean(), coco::toString);
        assertEquals("as it is", coco.at("/shapes/box").asText());
        assertEquals("rotated-box-to-polygon", coco.at("/shapes/rotated box").asText());
        assertEquals("left out: polyline", coco.at("/shapes/polyline").asText());
        assertEquals("file-name", coco.at("/options/0/name").asText());
    }

    @Test
    void failure_withoutDebug_hasNoStackTrace() {
        CommandRun plain = CommandRun.of(parts, "models", "show", "absent");
        CommandRun debug = CommandRun.of(parts, "models", "show", "absent", "--debug");

        assertEquals(ExitCode.FAILED, plain.exitCode());
        assertEquals("firstpass models show: absent: no such model\n", plain.err());
        assertTrue(debug.err().contains("\tat "), debug.err());
    }

    @Test
    void unforeseenException_always_saysHowToLearnMore() {
        CommandRun run = CommandRun.of(parts, "demo", "--port", "0", "--admin-port", "0");

        assertEquals(ExitCode.FAILED, run.exitCode());
        assertEquals(
                "firstpass demo: internal error: java.lang.UnsupportedOperationException (--debug shows where)\n",
                run.err());
    }

    @Test
    void completion_always_namesEveryCommand() {
        String script = CommandRun.of(parts, "generate-completion").out();

        for (String command : List.of(
                "demo",
                "serve",
                "prelabel",
                "models",
                "projects",
                "predictions",
                "token",
                "convert",
                "upload",
                "tune",
                "backup",
                "restore",
                "formats",
                "families",
                "doctor")) {
            assertTrue(script.contains(command), command);
        }
    }
}
