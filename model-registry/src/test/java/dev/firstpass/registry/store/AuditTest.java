package dev.firstpass.registry.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.firstpass.registry.Expected;
import dev.firstpass.registry.FakeFamily;
import dev.firstpass.registry.FakeModel;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.Validator;
import dev.firstpass.registry.audit.AuditCheck;
import dev.firstpass.registry.audit.AuditHead;
import dev.firstpass.registry.audit.AuditLine;
import dev.firstpass.registry.audit.AuditVerdict;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.List;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What was altered in the audit by who can write to the database is found.
final class AuditTest {
    private static final ModelName COCO = new ModelName("coco");
    private static final int LINES = 8;
    private static final String ALTERED = "it is not as it was written, or does not follow the one before";

    @TempDir
    private Path temp;

    private ModelRegistry registry;

    @BeforeEach
    void openRegistry() {
        registry = open();
        for (int seed = 1; seed <= 2; seed++) {
            Path model = FakeModel.write(temp.resolve("offer/model.onnx"), seed);
            var _ = registry.register(COCO, model, Validator.NONE, ProgressListener.NONE);
        }
        registry.moveAlias(COCO, "production", 2, new Expected.AtVersion(1));
    }

    private ModelRegistry open() {
        return ModelRegistry.open(
                temp.resolve("data"),
                List.of(FakeFamily.BOXES),
                FakeModel.reader(),
                () -> Instant.parse("2026-11-26T12:00:00.123Z"));
    }

    @AfterEach
    void closeRegistry() {
        registry.close();
    }

    @Test
    void check_ofAnAuditAsItWasWritten_isWhole() {
        List<AuditLine> lines = registry.audit(0, 1000).lines();

        assertEquals(LINES, lines.size());
        assertEquals(new AuditVerdict.Whole(new AuditHead(LINES, lines.getLast().hash())), check());
    }

    /// The formula that docs/registry.md gives, worked out by Python's hashlib.
    @Test
    void hash_ofALine_isThatOfThePublishedFormula() {
        AuditLine line = new AuditLine(
                1,
                "local",
                "local",
                Instant.ofEpochMilli(1_764_158_400_123L),
                "alias",
                "coco",
                "production",
                "",
                "1",
                "sha256:ab",
                "done",
                "");

        assertEquals(
                "30cbb1030e0452d3a59889ad357b3f0247438075d9638a1f5d95cbc221192ef8",
                line.after(AuditHead.START).hash());
    }

    @Test
    void check_ofAnEditedLine_namesIt() throws SQLException {
        for (String column : List.of("principal", "action", "name", "subject", "from_value", "to_value", "digest")) {
            String before = sql("SELECT " + column + " FROM audit WHERE id = 3");
            tamper("UPDATE audit SET " + column + " = 'x' WHERE id = 3");
            assertEquals(new AuditVerdict.Broken(3, ALTERED), check(), column);
            tamper("UPDATE audit SET " + column + " = '" + before + "' WHERE id = 3");
        }
        assertEquals(AuditVerdict.Whole.class, check().getClass());

        tamper("UPDATE audit SET at = at + 1 WHERE id = 4");
        assertEquals(new AuditVerdict.Broken(4, ALTERED), check());
    }

    /// Whoever edits a line may give it the hash that it would have.
    @Test
    void check_ofAnEditedLineWithAHashThatSuitsIt_namesTheNextOne() throws SQLException {
        AuditLine second = registry.audit(1, 1).lines().getFirst();
        AuditLine third = registry.audit(2, 1).lines().getFirst();
        String hash = new AuditLine(
                        3,
                        third.tenant(),
                        "mallory",
                        third.at(),
                        third.action(),
                        third.name(),
                        third.subject(),
                        third.from(),
                        third.to(),
                        third.digest(),
                        third.result(),
                        "")
                .after(second.head())
                .hash();
        tamper("UPDATE audit SET principal = 'mallory', hash = '" + hash + "' WHERE id = 3");

        assertEquals(new AuditVerdict.Broken(4, ALTERED), check());
    }

    @Test
    void check_ofADroppedLine_namesIt() throws SQLException {
        tamper("DELETE FROM audit WHERE id = 5");

        assertEquals(new AuditVerdict.Broken(5, "it is missing (found: line 6)"), check());
    }

    @Test
    void check_ofADroppedEnd_namesWhatIsMissing() throws SQLException {
        tamper("DELETE FROM audit WHERE id > 6");

        assertEquals(
                new AuditVerdict.Broken(7, "it and all after it are missing (expected: lines up to " + LINES + ")"),
                check());
    }

    @Test
    void check_ofAnAuditThatWasEmptied_namesTheFirstLine() throws SQLException {
        tamper("DELETE FROM audit");

        assertEquals(
                new AuditVerdict.Broken(1, "it and all after it are missing (expected: lines up to " + LINES + ")"),
                check());
    }

    @Test
    void check_ofLinesThatChangedPlaces_namesTheFirstOfThem() throws SQLException {
        tamper("UPDATE audit SET id = -1 WHERE id = 3");
        tamper("UPDATE audit SET id = 3 WHERE id = 4");
        tamper("UPDATE audit SET id = 4 WHERE id = -1");

        assertEquals(new AuditVerdict.Broken(3, ALTERED), check());
    }

    @Test
    void check_ofALineAddedBehindTheEnd_namesIt() throws SQLException {
        tamper("INSERT INTO audit SELECT 9, tenant, 'mallory', at, action, name, subject, from_value, to_value, digest,"
                + " result, hash FROM audit WHERE id = 8");

        assertEquals(new AuditVerdict.Broken(9, ALTERED), check());
    }

    /// It continues the chain, but the audit was not told.
    @Test
    void check_ofAGoodLineAddedBehindTheEnd_namesIt() throws SQLException {
        AuditLine last = registry.audit(LINES - 1, 1).lines().getFirst();
        AuditLine next = new AuditLine(
                9,
                last.tenant(),
                "mallory",
                last.at(),
                last.action(),
                last.name(),
                last.subject(),
                last.from(),
                last.to(),
                last.digest(),
                last.result(),
                "");
        tamper("INSERT INTO audit SELECT 9, tenant, 'mallory', at, action, name, subject, from_value, to_value, digest,"
                + " result, '" + next.after(last.head()).hash() + "' FROM audit WHERE id = 8");

        assertEquals(new AuditVerdict.Broken(9, "it is not where the audit ends (expected: lines up to 8)"), check());
    }

    /// A database of the first release, made by that release's migration.
    @Test
    void open_aDatabaseOfTheFirstSchema_chainsItsLines() throws SQLException {
        registry.close();
        String url = "jdbc:sqlite:" + temp.resolve("old.db");
        Flyway.configure()
                .dataSource(url, "", "")
                .locations("classpath:db/sqlite")
                .target("1")
                .loggers("slf4j")
                .load()
                .migrate();
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            statement.execute("ATTACH DATABASE '" + temp.resolve("data/registry.db") + "' AS present");
            for (String table : List.of("model", "version", "alias")) {
                statement.execute("INSERT INTO main." + table + " SELECT * FROM present." + table);
            }
            statement.execute("INSERT INTO main.audit SELECT 2 * id, tenant,"
                    + " iif(id = 8, 'supervision', principal), at, action, name, subject, from_value, to_value, digest"
                    + " FROM present.audit");
            statement.execute("DETACH DATABASE present");
        }
        moveInto("registry.db");

        registry = open();
        List<AuditLine> lines = registry.audit(0, 1000).lines();
        assertEquals(LINES, lines.size());
        assertEquals("rollback", lines.getLast().action());
        assertEquals("done", lines.getLast().result());
        assertEquals(AuditVerdict.Whole.class, check().getClass());
        assertEquals(2, registry.model(COCO).aliases().get("production"));
    }

    private void moveInto(String database) {
        Path data = temp.resolve("data");
        for (String suffix : List.of("-wal", "-shm")) {
            var _ = data.resolve(database + suffix).toFile().delete();
        }
        assertEquals(
                true,
                temp.resolve("old.db").toFile().renameTo(data.resolve(database).toFile()));
    }

    private AuditVerdict check() {
        return AuditCheck.of(after -> registry.audit(after, 3));
    }

    /// As somebody does who has the file.
    private void tamper(String change) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + temp.resolve("data/registry.db"));
                Statement statement = connection.createStatement()) {
            statement.execute("DROP TRIGGER IF EXISTS audit_is_not_edited");
            statement.execute("DROP TRIGGER IF EXISTS audit_is_not_cut");
            statement.execute(change);
        }
    }

    private String sql(String query) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + temp.resolve("data/registry.db"));
                Statement statement = connection.createStatement();
                var result = statement.executeQuery(query)) {
            return result.next() ? result.getString(1) : "";
        }
    }
}
