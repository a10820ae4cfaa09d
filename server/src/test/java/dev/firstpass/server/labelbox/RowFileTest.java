package dev.firstpass.server.labelbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RowFileTest {
    @TempDir
    private Path folder = Path.of("");

    static String row(String uuid, String dataRow) {
        return "{\"uuid\": \"%s\", \"dataRow\": {\"globalKey\": \"%s\"}, \"name\": \"crop\", \"bbox\": {\"top\": 1, \"left\": 2,"
                        .formatted(uuid, dataRow)
                + " \"height\": 3, \"width\": 4}}";
    }

    private Path file(String text) throws IOException {
        return Files.writeString(folder.resolve("rows.ndjson"), text);
    }

    @Test
    void of_rowsOfSeveralDataRows_keepsThoseOfOneTogether() throws IOException {
        String text = String.join(
                "\n",
                row("1", "a"),
                row("2", "a"),
                row("3", "b"),
                "",
                row("4", "b"),
                row("5", "c") + "\r",
                row("6", "c"));
        RowFile file = RowFile.of(file(text), 3);

        assertEquals(List.of(), file.problems());
        assertEquals(List.of(2, 2, 2), file.chunks().stream().map(Chunk::rows).toList());
        assertEquals(
                List.of(1L, 3L, 6L),
                file.chunks().stream().map(Chunk::firstLine).toList());
        assertEquals(6, file.rows());
        assertEquals(3, file.dataRows());
        assertEquals(Map.of("3", 3L, "4", 5L), file.lines(file.chunks().get(1)));
        assertEquals(4, RowFile.of(file(text), 4).chunks().getFirst().rows());
    }

    @Test
    void of_dataRowWithMoreRowsThanAnImportTakes_isNotDivided() throws IOException {
        RowFile file = RowFile.of(file(row("0", "z") + "\n" + row("1", "a") + "\n" + row("2", "a") + "\n"), 1);
        assertEquals(List.of(1, 2), file.chunks().stream().map(Chunk::rows).toList());
    }

    @Test
    void of_sameRows_haveTheSameDigestWhereverTheyStand() throws IOException {
        Chunk alone = RowFile.of(file(row("1", "a") + "\n"), 1).chunks().getFirst();
        Chunk second = RowFile.of(file(row("0", "z") + "\n" + row("1", "a") + "\n"), 1)
                .chunks()
                .get(1);
        assertEquals(alone.digest(), second.digest());
    }

    @Test
    void of_emptyFile_hasNothing() throws IOException {
        assertEquals(List.of(), RowFile.of(file("\n \n"), 5).chunks());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            value = {
                "nonsense | it is no JSON",
                "[1] | it is no JSON object",
                "null | it is no JSON object",
                "{} {} | it is no JSON",
                "{\"uuid\": \"a\", \"uuid\": \"b\"} | it is no JSON",
                "{\"name\": \"x\"} | uuid: missing",
                "{\"uuid\": 7} | uuid: missing",
                "{\"uuid\": \"a\"} | name: missing, and schemaId too (expected: one of them)",
                "{\"uuid\": \"a\", \"name\": \"x\"} | no value, or several: [] (expected: one, for instance bbox)",
                "{\"uuid\": \"a\", \"name\": \"x\", \"bbox\": {}, \"point\": {}} | no value, or several: [bbox, point] (expected: one, for instance bbox)",
                "{\"uuid\": \"a\", \"name\": \"x\", \"bbox\": {}} | dataRow: neither id nor globalKey (expected: one of them)",
                "{\"uuid\": \"a\", \"name\": \"x\", \"bbox\": {}, \"dataRow\": \"d\"} | dataRow: neither id nor globalKey (expected: one of them)",
                "{\"uuid\": \"a\", \"name\": \"x\", \"bbox\": {}, \"dataRow\": {\"id\": \"d\", \"globalKey\": \"g\"}} | dataRow: both id and globalKey (expected: one of them)",
                "{\"uuid\": \"a\", \"name\": \"x\", \"bbox\": {}, \"dataRow\": {\"id\": \"\"}} | dataRow: neither id nor globalKey (expected: one of them)",
                "{\"uuid\": \"a\" | it is no JSON",
                "{\"uuid\": NaN} | it is no JSON",
            })
    void of_lineThatLabelboxWouldRefuse_isTold(String line, String message) throws IOException {
        RowFile file = RowFile.of(file(row("1", "a") + "\n" + line + "\n"), 5);
        assertEquals(List.of(new RowFile.Problem(2, message)), file.problems());
    }

    @Test
    void of_deepRowsAndTwins_areTold() throws IOException {
        String deep = "{\"uuid\": \"9\", \"name\": \"x\", \"answer\": " + "[".repeat(500) + "]".repeat(500) + "}";
        RowFile file = RowFile.of(file(row("1", "a") + "\n" + deep + "\n" + row("1", "a") + "\n" + row("1", "b")), 5);
        assertEquals(
                List.of(
                        new RowFile.Problem(2, "it is no JSON"),
                        new RowFile.Problem(3, "uuid: 1 is another row's of the same data row")),
                file.problems());
    }

    @Test
    void of_moreOfAFeatureThanADataRowMayHave_isTold() throws IOException {
        StringBuilder rows = new StringBuilder();
        for (int i = 0; i < RowFile.MOST_OF_A_FEATURE + 30; i++) {
            rows.append(row(Integer.toString(i), "a")).append('\n');
        }
        RowFile file = RowFile.of(file(rows.toString()), 25_000);
        assertEquals(30, file.problemCount());
        assertEquals(20, file.problems().size());
        assertEquals(5001, file.problems().getFirst().line());
    }

    /// Chunks lie side by side, and none divides a data row.
    @Property(tries = 60, edgeCases = EdgeCasesMode.NONE)
    void of_anyRows_areAllInChunks(@ForAll long seed) throws IOException {
        Random random = new Random(seed);
        StringBuilder text = new StringBuilder();
        List<String> dataRows = new ArrayList<>();
        for (int dataRow = random.nextInt(9); dataRow >= 0; dataRow--) {
            for (int i = random.nextInt(5); i >= 0; i--) {
                text.append(" ".repeat(random.nextInt(2))).append("\n".repeat(random.nextInt(2)));
                text.append(row(dataRows.size() + "-é", "d" + dataRow)).append(random.nextBoolean() ? "\n" : "\r\n");
                dataRows.add("d" + dataRow);
            }
        }
        Path path = Files.createTempFile("rows", ".ndjson");
        try {
            Files.writeString(path, text);
            int most = 1 + random.nextInt(6);
            RowFile file = RowFile.of(path, most);
            StringBuilder together = new StringBuilder();
            int at = 0;
            for (Chunk chunk : file.chunks()) {
                try (InputStream in = file.open(chunk)) {
                    together.append(new String(in.readAllBytes(), StandardCharsets.UTF_8));
                }
                assertTrue(chunk.rows() <= most || chunk.dataRows() == 1, chunk::toString);
                assertTrue(at == 0 || !dataRows.get(at).equals(dataRows.get(at - 1)), "divided");
                at += chunk.rows();
            }
            assertEquals(dataRows.size(), at);
            assertEquals(text.toString(), together.toString());
        } finally {
            Files.delete(path);
        }
    }
}
