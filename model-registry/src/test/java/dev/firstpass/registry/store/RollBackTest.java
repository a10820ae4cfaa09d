package dev.firstpass.registry.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.firstpass.registry.AliasChange;
import dev.firstpass.registry.Expected;
import dev.firstpass.registry.FakeFamily;
import dev.firstpass.registry.FakeModel;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.RegistryEvent;
import dev.firstpass.registry.RegistryException.PreconditionFailed;
import dev.firstpass.registry.RegistryException.VersionNotFound;
import dev.firstpass.registry.Validator;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Aliases that go back to a version that they named before.
final class RollBackTest {
    private static final ModelName COCO = new ModelName("coco");
    private static final Duration GUARD = Duration.ofMinutes(15);

    @TempDir
    private Path temp;

    private Instant now = Instant.parse("2026-11-24T12:00:00Z");
    private ModelRegistry registry;

    @BeforeEach
    void openRegistry() {
        registry = ModelRegistry.open(temp.resolve("data"), List.of(FakeFamily.BOXES), FakeModel.reader(), () -> now);
        for (int seed = 1; seed <= 3; seed++) {
            Path model = FakeModel.write(temp.resolve("offer/model.onnx"), seed);
            var _ = registry.register(COCO, model, Validator.NONE, ProgressListener.NONE);
        }
    }

    @AfterEach
    void closeRegistry() {
        registry.close();
    }

    @Test
    void rollBack_withinTheGuardPeriod_namesTheVersionBefore() {
        move("production", 2);
        now = now.plus(GUARD);
        List<RegistryEvent> events = new ArrayList<>();
        var _ = registry.subscribe(events::add);

        assertEquals(Map.of("production", 1L), registry.rollBack(COCO, 2, GUARD, _ -> true));
        assertEquals(1, registry.resolve(ModelRef.parse("coco@production")).number());
        assertEquals(List.of(new RegistryEvent.AliasMoved(COCO, "production", 1)), events);
    }

    @Test
    void rollBack_isAuditedUnderItsOwnPrincipal() throws SQLException {
        move("production", 2);
        var _ = registry.rollBack(COCO, 2, GUARD, _ -> true);

        assertEquals(
                "supervision rollback production 2>1",
                sql("SELECT principal || ' ' || action || ' ' || subject || ' ' || from_value || '>' || to_value"
                        + " FROM audit ORDER BY id DESC LIMIT 1"));
    }

    @Test
    void rollBack_afterTheGuardPeriod_changesNothing() {
        move("production", 2);
        now = now.plus(GUARD).plusMillis(1);

        assertEquals(Map.of(), registry.rollBack(COCO, 2, GUARD, _ -> true));
        assertEquals(2, registry.resolve(ModelRef.parse("coco@production")).number());
    }

    @Test
    void rollBack_ofAVersionWithoutAPredecessor_changesNothing() {
        assertEquals(Map.of(), registry.rollBack(COCO, 1, GUARD, _ -> true));
        assertEquals(1, registry.resolve(ModelRef.parse("coco@production")).number());
    }

    @Test
    void rollBack_whereTheVersionBeforeHasFailedToo_namesTheOneBeforeThat() {
        move("production", 2);
        move("production", 3);

        assertEquals(Map.of("production", 1L), registry.rollBack(COCO, 3, GUARD, ref -> ref.number() != 2));
    }

    @Test
    void rollBack_ofSeveralAliases_leavesThoseThatNameOthers() {
        move("production", 2);
        move("canary", 2);
        move("old", 1);
        move("canary", 3);
        move("canary", 2);

        assertEquals(Map.of("production", 1L, "canary", 3L), registry.rollBack(COCO, 2, GUARD, _ -> true));
        assertEquals(
                Map.of("production", 1L, "canary", 3L, "old", 1L),
                registry.model(COCO).aliases());
    }

    @Test
    void rollBack_ofAVersionThatGotTheAliasInThisWay_changesNothing() {
        move("production", 2);
        var _ = registry.rollBack(COCO, 2, GUARD, _ -> true);

        assertEquals(Map.of(), registry.rollBack(COCO, 1, GUARD, _ -> true));
        ModelVersion production = registry.resolve(ModelRef.parse("coco@production"));
        assertEquals(1, production.number());
    }

    @Test
    void before_afterMoves_isTheVersionBeforeAndThenTheOneBeforeThat() {
        move("production", 2);
        move("production", 3);

        assertEquals(2, before());
        rollBackTo(2);
        assertEquals(1, before(), "3 was rolled back from");
        rollBackTo(1);
        assertThrows(PreconditionFailed.class, this::before);
    }

    @Test
    void before_afterARollBackAndAMove_leavesOutWhatWasRolledBackFrom() {
        move("production", 2);
        rollBackTo(1);
        move("production", 3);

        assertEquals(1, before());
    }

    @Test
    void before_whereThatIsRetiredOrDoesNotSuit_isAnEarlierOne() {
        move("production", 2);
        move("production", 3);

        assertEquals(
                1, registry.before(COCO, "production", ref -> ref.number() != 2).number());
        registry.retire(new ModelRef.Numbered(COCO, 2));
        assertEquals(1, before());
    }

    @Test
    void before_ofAnAliasThatThereIsNot_isNotFound() {
        assertThrows(VersionNotFound.class, () -> registry.before(COCO, "canary", _ -> true));
    }

    private long before() {
        return registry.before(COCO, "production", _ -> true).number();
    }

    private void rollBackTo(long to) {
        registry.moveAlias(new AliasChange(COCO, "production", to, new Expected.Anything(), AliasChange.Kind.ROLLBACK));
    }

    private void move(String alias, long to) {
        registry.moveAlias(COCO, alias, to, new Expected.Anything());
    }

    private String sql(String query) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + temp.resolve("data/registry.db"));
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(query)) {
            return result.next() ? result.getString(1) : "";
        }
    }
}
