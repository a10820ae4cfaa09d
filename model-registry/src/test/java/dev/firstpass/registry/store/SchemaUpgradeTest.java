package dev.firstpass.registry.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.firstpass.registry.FakeFamily;
import dev.firstpass.registry.FakeModel;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.Storage;
import dev.firstpass.registry.Validator;
import dev.firstpass.registry.audit.AuditCheck;
import dev.firstpass.registry.audit.AuditVerdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Data directories of every schema that there was are brought to the present one with all that is in them.
class SchemaUpgradeTest {
    private static final ModelName COCO = new ModelName("coco");

    @TempDir
    private Path temp;

    private ModelRegistry open(Path directory) {
        return ModelRegistry.open(
                directory, List.of(FakeFamily.BOXES), FakeModel.reader(), () -> Instant.parse("2026-11-26T12:00:00Z"));
    }

    /// All but the last of the migrations that there are.
    static IntStream earlier() {
        int[] schemas = Stream.of(Flyway.configure()
                        .dataSource("jdbc:sqlite::memory:", "", "")
                        .locations("classpath:db/sqlite")
                        .javaMigrations(new AuditChainMigration())
                        .loggers("slf4j")
                        .load()
                        .info()
                        .all())
                .mapToInt(migration -> Integer.parseInt(migration.getVersion().getVersion()))
                .sorted()
                .toArray();
        assertEquals(Database.SCHEMA, schemas[schemas.length - 1]);
        return IntStream.of(schemas).limit(schemas.length - 1L);
    }

    @ParameterizedTest
    @MethodSource("earlier")
    void open_anEarlierSchema_keepsVersionsAliasesAndAudit(int schema) throws SQLException, IOException {
        Path data = dataOf(schema);

        requireWhole(data, 2);
        assertEquals(Integer.toString(Database.SCHEMA), first(data.resolve("registry.db"), "PRAGMA user_version"));
        requireWhole(data, 2);
    }

    @ParameterizedTest
    @MethodSource("earlier")
    void restore_aCopyOfAnEarlierSchema_opensLikeIt(int schema) throws SQLException, IOException {
        Path data = dataOf(schema);
        Backup.Report written =
                Backup.write(data, Storage.LOCAL, List.of(), temp.resolve("copy"), Instant::now, (_, _) -> {});
        Backup.Report read = Backup.restore(temp.resolve("copy"), temp.resolve("fresh"), Storage.LOCAL, (_, _) -> {});

        assertEquals(schema, written.schema());
        assertEquals(written, read);
        requireWhole(temp.resolve("fresh"), 2);
    }

    private void requireWhole(Path data, int versions) {
        try (ModelRegistry registry = open(data)) {
            assertEquals(versions, registry.model(COCO).versions().size());
            for (ModelVersion version : registry.model(COCO).versions()) {
                assertEquals(ModelVersion.State.AVAILABLE, version.state());
                assertEquals(Optional.empty(), registry.check(version));
            }
            assertEquals(1, registry.model(COCO).aliases().get("production"));
            assertEquals(
                    AuditVerdict.Whole.class,
                    AuditCheck.of(after -> registry.audit(after, 100)).getClass());
            assertEquals("register", registry.audit(0, 1).lines().getFirst().action());
        }
    }

    /// A data directory with two versions whose database was made by the migrations up to `schema`.
    private Path dataOf(int schema) throws SQLException, IOException {
        Path data = temp.resolve("data");
        try (ModelRegistry registry = open(data)) {
            for (int seed = 1; seed <= 2; seed++) {
                Path model = FakeModel.write(temp.resolve("offer/model.onnx"), seed);
                var _ = registry.register(COCO, model, Validator.NONE, ProgressListener.NONE);
            }
        }
        Path old = temp.resolve("old.db");
        Flyway.configure()
                .dataSource("jdbc:sqlite:" + old, "", "")
                .locations("classpath:db/sqlite")
                .javaMigrations(new AuditChainMigration())
                .target(Integer.toString(schema))
                .loggers("slf4j")
                .load()
                .migrate();
        Path database = data.resolve("registry.db");
        for (String table : List.of("model", "version", "alias", "audit", "audit_head")) {
            if (!columns(old, table).isEmpty()) {
                List<String> common = columns(old, table);
                common.retainAll(columns(database, table));
                String names = String.join(", ", common);
                DatabaseEdit.run(
                        old,
                        "ATTACH DATABASE '" + database + "' AS present",
                        "INSERT OR REPLACE INTO main." + table + " (" + names + ") SELECT " + names + " FROM present."
                                + table);
            }
        }
        assertEquals(Integer.toString(schema), first(old, "PRAGMA user_version"));
        Files.move(old, database, StandardCopyOption.REPLACE_EXISTING);
        for (String suffix : List.of("-wal", "-shm")) {
            Files.deleteIfExists(data.resolve("registry.db" + suffix));
        }
        return data;
    }

    private static List<String> columns(Path database, String table) throws SQLException {
        List<String> names = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("PRAGMA table_info(" + table + ")")) {
            while (row.next()) {
                names.add(row.getString("name"));
            }
        }
        return names;
    }

    private static String first(Path database, String query) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            return row.next() ? row.getString(1) : "";
        }
    }
}
