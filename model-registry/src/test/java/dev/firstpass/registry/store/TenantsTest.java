package dev.firstpass.registry.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.Expected;
import dev.firstpass.registry.FakeModel;
import dev.firstpass.registry.ModelEntry;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.ModelVersion.State;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.Project;
import dev.firstpass.registry.ProjectName;
import dev.firstpass.registry.ProjectRef;
import dev.firstpass.registry.ProjectSpec;
import dev.firstpass.registry.RegistryException.ModelNotFound;
import dev.firstpass.registry.RegistryException.ProjectNotFound;
import dev.firstpass.registry.Rollout;
import dev.firstpass.registry.Storage;
import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.Validator;
import dev.firstpass.registry.audit.AuditCheck;
import dev.firstpass.registry.audit.AuditLine;
import dev.firstpass.registry.audit.AuditVerdict;
import dev.firstpass.registry.manifest.ProjectDocument;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two tenants with models, versions, aliases, rollouts and projects of the same names, in one data directory.
final class TenantsTest {
    private static final Tenant ACME = new Tenant("acme");
    private static final Tenant BETA = new Tenant("beta");
    private static final ModelName ACMES = new ModelName(ACME, "coco");
    private static final ModelName BETAS = new ModelName(BETA, "coco");

    @TempDir
    private Path temp;

    private Path data;
    private ModelRegistry registry;

    @BeforeEach
    void open() {
        data = temp.resolve("data");
        registry = ModelRegistryTest.open(data);
    }

    @AfterEach
    void close() {
        registry.close();
    }

    private void reopen() {
        registry.close();
        registry = ModelRegistryTest.open(data);
    }

    private Registration register(ModelName name, int seed) {
        Path model = FakeModel.write(temp.resolve("offer/model.onnx"), seed);
        return registry.register(name, model, Validator.NONE, ProgressListener.NONE);
    }

    private static ProjectSpec spec(String yaml) {
        return ProjectDocument.read(yaml.getBytes(StandardCharsets.UTF_8));
    }

    private List<String> audit(Tenant tenant) {
        return registry.audit(tenant, 0, 100).lines().stream()
                .map(line -> line.action() + " " + line.name() + "@" + line.subject())
                .toList();
    }

    @Test
    void names_ofTwoTenants_haveNothingToDoWithEachOther() {
        assertEquals(1, register(ACMES, 1).version().number());
        assertEquals(2, register(ACMES, 2).version().number());
        assertEquals(1, register(BETAS, 3).version().number());
        registry.rollOut(ACMES, "production", new Rollout(2, 20));
        registry.setProject(new ProjectName(ACME, "fields"), spec("max: 5"));
        Project betas = registry.setProject(new ProjectName(BETA, "fields"), spec("max: 7"));

        for (int round = 0; round < 2; round++) {
            assertEquals(List.of(ACMES), names(ACME));
            assertEquals(List.of(BETAS), names(BETA));
            assertEquals(List.of(), names(Tenant.LOCAL));
            assertEquals(2, registry.models().size());
            assertEquals(Map.of("production", 1L), registry.model(BETAS).aliases());
            assertEquals(Map.of(), registry.model(BETAS).rollouts());
            assertEquals(Set.of("production"), registry.model(ACMES).rollouts().keySet());
            assertEquals(
                    registry.resolve(ModelRef.parse(BETA, "coco")), registry.resolve(ModelRef.parse(BETA, "coco@1")));
            assertThrows(ModelNotFound.class, () -> registry.resolve(ModelRef.parse("coco")));
            assertEquals(1, betas.number());
            assertEquals(List.of(betas), registry.projects(BETA));
            assertEquals(List.of(), registry.projects(Tenant.LOCAL));
            assertThrows(ProjectNotFound.class, () -> registry.project(ProjectRef.parse("fields")));
            reopen();
            assertEquals(List.of(), registry.damage());
        }
    }

    private List<ModelName> names(Tenant tenant) {
        return registry.models(tenant).stream().map(ModelEntry::name).toList();
    }

    /// Whoever registers what another tenant has is told nothing of it.
    @Test
    void register_whatAnotherTenantHas_isNewAndStaysWhenThatGoes() {
        ModelVersion acmes = register(ACMES, 1).version();
        Registration betas = register(BETAS, 1);

        assertTrue(betas.created());
        assertEquals(1, betas.version().number());
        assertEquals(acmes.digest(), betas.version().digest());

        register(ACMES, 2);
        registry.moveAlias(ACMES, "production", 2, new Expected.Anything());
        registry.retire(acmes.ref());
        registry.remove(acmes.ref());
        assertEquals(Optional.empty(), registry.check(betas.version()));
        assertEquals(
                State.AVAILABLE, registry.resolve(ModelRef.parse(BETA, "coco")).state());
        assertTrue(Files.exists(betas.version().file("main")));
    }

    @Test
    void holdsAndPrunes_areOfTheTenantAlone() {
        for (int seed = 1; seed <= 3; seed++) {
            register(ACMES, seed);
            register(BETAS, seed);
        }
        registry.moveAlias(ACMES, "production", 3, new Expected.Anything());
        registry.hold(new ModelRef.Numbered(ACMES, 1), "labels of the trial");

        assertEquals(Map.of(), registry.holds(BETAS));
        assertEquals(List.of(2L), numbers(registry.removable(ACMES, 0)));
        assertEquals(List.of(2L, 3L), numbers(registry.removable(BETAS, 0)));
    }

    private static List<Long> numbers(List<ModelVersion> versions) {
        return versions.stream().map(ModelVersion::number).toList();
    }

    @Test
    void audit_isOneChain_ofWhichEachTenantSeesItsOwn() {
        register(ACMES, 1);
        register(BETAS, 1);
        registry.setProject(new ProjectName(ACME, "fields"), spec("max: 5"));

        assertEquals(
                List.of("register coco@1", "state coco@1", "state coco@1", "alias coco@production", "project fields@1"),
                audit(ACME));
        assertEquals(List.of("register coco@1", "state coco@1", "state coco@1", "alias coco@production"), audit(BETA));
        assertEquals(List.of(), audit(Tenant.LOCAL));
        assertEquals(
                registry.audit(BETA, 0, 100).lines().getLast().hash(),
                registry.audit(BETA, 0, 1).head().hash());
        assertEquals(
                Set.of("acme", "beta"),
                registry.audit(0, 100).lines().stream().map(AuditLine::tenant).collect(Collectors.toSet()));
        assertInstanceOf(AuditVerdict.Whole.class, AuditCheck.of(after -> registry.audit(after, 100)));
    }

    @Test
    void open_afterDamageOfOneTenantsRows_mendsThemAndLeavesTheOthers() throws SQLException {
        register(ACMES, 1);
        register(ACMES, 2);
        register(BETAS, 1);
        registry.close();
        DatabaseEdit.run(
                data.resolve("registry.db"),
                "UPDATE version SET state = 'FAILED' WHERE tenant = 'acme' AND number = 1",
                "PRAGMA foreign_keys = OFF",
                "DELETE FROM version WHERE tenant = 'acme' AND number = 2",
                "UPDATE model SET next_number = 1 WHERE tenant = 'acme'");
        registry = ModelRegistryTest.open(data);

        assertEquals(3, registry.damage().size(), () -> registry.damage().toString());
        assertTrue(
                registry.damage().getFirst().startsWith("acme/coco@"),
                () -> registry.damage().toString());
        assertEquals(List.of(1L), numbers(registry.model(ACMES).versions()));
        assertEquals(
                State.AVAILABLE, registry.model(ACMES).versions().getFirst().state());
        assertEquals(
                State.AVAILABLE, registry.resolve(ModelRef.parse(BETA, "coco")).state());
        assertEquals(3, register(ACMES, 4).version().number());
    }

    @Test
    void backup_hasAllTenants() {
        register(ACMES, 1);
        register(BETAS, 2);
        registry.setProject(new ProjectName(BETA, "fields"), spec("max: 5"));
        Backup.write(data, Storage.LOCAL, List.of(), temp.resolve("copy"), Instant::now, (_, _) -> {});
        Backup.restore(temp.resolve("copy"), temp.resolve("fresh"), Storage.LOCAL, (_, _) -> {});
        try (ModelRegistry restored = ModelRegistryTest.open(temp.resolve("fresh"))) {
            assertEquals(List.of(), restored.damage());
            assertFalse(restored.has(new ModelName("coco")));
            assertEquals(
                    registry.resolve(ModelRef.parse(ACME, "coco")).digest(),
                    restored.resolve(ModelRef.parse(ACME, "coco")).digest());
            assertEquals(registry.projects(BETA), restored.projects(BETA));
            assertEquals(Optional.empty(), restored.check(restored.resolve(ModelRef.parse(BETA, "coco"))));
        }
    }
}
