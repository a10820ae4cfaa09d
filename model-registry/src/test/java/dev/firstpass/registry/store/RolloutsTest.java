package dev.firstpass.registry.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.Expected;
import dev.firstpass.registry.FakeModel;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.RegistryEvent;
import dev.firstpass.registry.RegistryException.ArgumentInvalid;
import dev.firstpass.registry.RegistryException.InUse;
import dev.firstpass.registry.RegistryException.PreconditionFailed;
import dev.firstpass.registry.RegistryException.VersionNotFound;
import dev.firstpass.registry.Rollout;
import dev.firstpass.registry.Storage;
import dev.firstpass.registry.Validator;
import dev.firstpass.registry.audit.AuditCheck;
import dev.firstpass.registry.audit.AuditLine;
import dev.firstpass.registry.audit.AuditVerdict;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// Aliases whose requests are split.
@ParameterizedClass
@EnumSource(Place.class)
@ExtendWith(SharedServers.Given.class)
final class RolloutsTest {
    private static final ModelName COCO = new ModelName("coco");
    private static final ModelRef.Aliased PRODUCTION = new ModelRef.Aliased(COCO, ModelRef.PRODUCTION);
    private static final Instant NOW = Instant.parse("2026-11-26T12:00:00Z");

    @TempDir
    private Path temp;

    @Parameter
    private Place place = Place.LOCAL;

    private Storage storage = Storage.LOCAL;
    private ModelRegistry registry;

    @BeforeEach
    void openRegistry(SharedServers servers) {
        storage = place.fresh(servers);
        registry = open();
        for (int seed = 1; seed <= 3; seed++) {
            Path model = FakeModel.write(temp.resolve("offer/model.onnx"), seed);
            var _ = registry.register(COCO, model, Validator.NONE, ProgressListener.NONE);
        }
    }

    private ModelRegistry open() {
        return Place.open(temp.resolve("data"), storage, () -> NOW);
    }

    @AfterEach
    void closeRegistry() {
        registry.close();
    }

    @Test
    void canary_whileAnAliasIsRolledOut_isMetBySomeAndAlwaysByTheSame() {
        registry.rollOut(COCO, "production", new Rollout(3, 50));
        Set<Optional<Long>> met = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            Optional<Long> canary = canary("asset-" + i);
            assertEquals(canary, canary("asset-" + i));
            met.add(canary);
        }

        assertEquals(Set.of(Optional.empty(), Optional.of(3L)), met);
        assertEquals(1, registry.resolve(PRODUCTION).number());
        assertEquals(
                Set.of(1L, 3L),
                new TreeSet<>(registry.versionsInUse().stream()
                        .map(ModelVersion::number)
                        .toList()));
    }

    private Optional<Long> canary(String asset) {
        return registry.canary(PRODUCTION, asset).map(ModelVersion::number);
    }

    @Test
    void rollOut_ofAllAssets_outlastsARestartAndCanBeEnded() {
        List<RegistryEvent> events = new ArrayList<>();
        var _ = registry.subscribe(events::add);
        registry.rollOut(COCO, "production", new Rollout(2, 100));
        assertEquals(List.of(new RegistryEvent.RolloutChanged(COCO, "production")), events);
        registry.close();
        registry = open();

        assertEquals(Optional.of(2L), canary("a"));
        registry.endRollout(COCO, "production");
        registry.endRollout(COCO, "production");
        assertEquals(Optional.empty(), canary("a"));
        assertEquals(List.of("rollout >canary=2 percent=100", "rollout canary=2 percent=100>"), lastLines(2));
    }

    @Test
    void rollOut_ofWhatIsNotFitForIt_isRefused() {
        registry.retire(new ModelRef.Numbered(COCO, 3));

        assertThrows(PreconditionFailed.class, () -> registry.rollOut(COCO, "production", new Rollout(1, 10)));
        assertThrows(PreconditionFailed.class, () -> registry.rollOut(COCO, "production", new Rollout(3, 10)));
        assertThrows(VersionNotFound.class, () -> registry.rollOut(COCO, "production", new Rollout(9, 10)));
        assertThrows(VersionNotFound.class, () -> registry.rollOut(COCO, "other", new Rollout(2, 10)));
        assertThrows(VersionNotFound.class, () -> registry.endRollout(COCO, "other"));
        assertEquals(Map.of(), registry.model(COCO).rollouts());
    }

    @Test
    void rollOut_thatIsRefused_isInTheAudit() {
        registry.rollOut(COCO, "production", new Rollout(2, 10));
        registry.retire(new ModelRef.Numbered(COCO, 3));

        assertThrows(PreconditionFailed.class, () -> registry.rollOut(COCO, "production", new Rollout(3, 20)));

        AuditLine line = registry.audit(0, 1000).lines().getLast();
        assertEquals("production", line.subject());
        assertEquals("refused: coco@3: RETIRED (expected: AVAILABLE, to be a canary)", line.result());
        assertEquals(List.of("rollout canary=2 percent=10>canary=3 percent=20"), lastLines(1));
        assertEquals(
                Map.of("production", new Rollout(2, 10)), registry.model(COCO).rollouts());
        assertEquals(
                AuditVerdict.Whole.class,
                AuditCheck.of(after -> registry.audit(after, 1000)).getClass());
    }

    @Test
    void retire_ofACanary_isRefused() {
        registry.rollOut(COCO, "production", new Rollout(2, 10));

        assertEquals(
                "coco@2 is a canary (expected: no rollout)",
                assertThrows(InUse.class, () -> registry.retire(new ModelRef.Numbered(COCO, 2)))
                        .getMessage());
    }

    @Test
    void retire_ofAShadow_isRefused() {
        registry.rollOut(COCO, "production", Rollout.ofShadow(3, 100));

        assertEquals(
                "coco@3 is a shadow (expected: no rollout)",
                assertThrows(InUse.class, () -> registry.retire(new ModelRef.Numbered(COCO, 3)))
                        .getMessage());
    }

    @Test
    void rollOut_ofACanaryAndAShadow_outlastsARestartAndIsReplacedAsAWhole() {
        Rollout both = new Rollout(2, 20).withShadow(3, 50);
        registry.rollOut(COCO, "production", both);
        registry.close();
        registry = open();

        assertEquals(Map.of("production", both), registry.model(COCO).rollouts());
        assertEquals(3, registry.versionsInUse().size());
        registry.rollOut(COCO, "production", Rollout.ofShadow(2, 100));
        assertEquals(
                Map.of("production", Rollout.ofShadow(2, 100)),
                registry.model(COCO).rollouts());
        assertEquals(Optional.empty(), canary("a"));
        registry.moveAlias(COCO, "production", 2, new Expected.AtVersion(1));
        assertEquals(Map.of(), registry.model(COCO).rollouts());
        assertEquals(
                List.of(
                        "rollout >canary=2 percent=20 shadow=3 shadow-percent=50",
                        "rollout canary=2 percent=20 shadow=3 shadow-percent=50>shadow=2 shadow-percent=100",
                        "alias 1>2",
                        "rollout shadow=2 shadow-percent=100>"),
                lastLines(4));
    }

    @Test
    void rollOut_ofAShadowThatIsNotFitForIt_isRefused() {
        registry.retire(new ModelRef.Numbered(COCO, 3));

        assertThrows(PreconditionFailed.class, () -> registry.rollOut(COCO, "production", Rollout.ofShadow(1, 10)));
        assertThrows(PreconditionFailed.class, () -> registry.rollOut(COCO, "production", Rollout.ofShadow(3, 10)));
        assertThrows(VersionNotFound.class, () -> registry.rollOut(COCO, "production", Rollout.ofShadow(9, 10)));
        assertThrows(ArgumentInvalid.class, () -> new Rollout(2, 10).withShadow(2, 10));
        assertEquals(Map.of(), registry.model(COCO).rollouts());
    }

    @Test
    void stopCanary_leavesTheShadowAndIsTheSupervisionsDoing() {
        registry.rollOut(COCO, "production", new Rollout(2, 20).withShadow(3, 50));

        assertFalse(registry.stopCanary(PRODUCTION, 3, "it is none"));
        assertTrue(registry.stopCanary(PRODUCTION, 2, "7 of 7 requests failed"));
        assertFalse(registry.stopCanary(PRODUCTION, 2, "again"));

        assertEquals(
                Map.of("production", Rollout.ofShadow(3, 50)),
                registry.model(COCO).rollouts());
        AuditLine line = registry.audit(0, 1000).lines().getLast();
        assertEquals("supervision", line.principal());
        assertEquals("done: 7 of 7 requests failed", line.result());
        assertEquals("shadow=3 shadow-percent=50", line.to());
    }

    /// Each is chosen for itself, so that shadows get copies of what canaries do not take, too.
    @Test
    void meetsShadow_isIndependentOfTheCanary() {
        Rollout rollout = new Rollout(2, 20).withShadow(3, 20);
        int canary = 0;
        int shadow = 0;
        int both = 0;
        for (int asset = 0; asset < 10_000; asset++) {
            boolean meetsCanary = rollout.meetsCanary(COCO, "asset-" + asset);
            boolean meetsShadow = rollout.meetsShadow(COCO, "asset-" + asset);
            canary += meetsCanary ? 1 : 0;
            shadow += meetsShadow ? 1 : 0;
            both += meetsCanary && meetsShadow ? 1 : 0;
        }
        assertEquals(2000, canary, 150);
        assertEquals(2000, shadow, 150);
        assertEquals(400, both, 80);
    }

    @Test
    void moveAlias_whileItIsRolledOut_endsThat() {
        registry.rollOut(COCO, "production", new Rollout(2, 10));
        registry.moveAlias(COCO, "production", 2, new Expected.AtVersion(1));

        assertEquals(Map.of(), registry.model(COCO).rollouts());
        assertEquals(List.of("alias 1>2", "rollout canary=2 percent=10>"), lastLines(2));
    }

    @Test
    void rollBack_whileItIsRolledOut_endsThat() {
        registry.moveAlias(COCO, "production", 2, new Expected.AtVersion(1));
        registry.rollOut(COCO, "production", new Rollout(3, 10));

        assertEquals(Map.of("production", 1L), registry.rollBack(COCO, 2, Duration.ofMinutes(15), _ -> true));
        assertEquals(Map.of(), registry.model(COCO).rollouts());
        assertEquals(
                AuditVerdict.Whole.class,
                AuditCheck.of(after -> registry.audit(after, 1000)).getClass());
    }

    private List<String> lastLines(int count) {
        List<AuditLine> lines = registry.audit(0, 1000).lines();
        return lines.subList(lines.size() - count, lines.size()).stream()
                .map(line -> line.action() + " " + line.from() + ">" + line.to())
                .toList();
    }
}
