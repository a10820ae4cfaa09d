package dev.firstpass.registry.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.firstpass.registry.FakeFamily;
import dev.firstpass.registry.FakeModel;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.Project;
import dev.firstpass.registry.ProjectName;
import dev.firstpass.registry.ProjectRef;
import dev.firstpass.registry.RegistryException.ProjectNotFound;
import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.Validator;
import dev.firstpass.registry.audit.AuditCheck;
import dev.firstpass.registry.audit.AuditLine;
import dev.firstpass.registry.audit.AuditVerdict;
import dev.firstpass.registry.manifest.ProjectDocument;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Labeling projects, as the registry keeps them.
final class ProjectsTest {
    private static final ProjectName FIELDS = new ProjectName("fields");
    private static final Instant NOW = Instant.parse("2026-11-27T09:00:00Z");

    @TempDir
    private Path temp;

    private ModelRegistry registry;

    @BeforeEach
    void openRegistry() {
        registry = open();
    }

    private ModelRegistry open() {
        return ModelRegistry.open(temp.resolve("data"), List.of(FakeFamily.BOXES), FakeModel.reader(), () -> NOW);
    }

    @AfterEach
    void closeRegistry() {
        registry.close();
    }

    private Project set(String yaml) {
        return registry.setProject(FIELDS, ProjectDocument.read(yaml.getBytes(StandardCharsets.UTF_8)));
    }

    private Project find(String ref) {
        return registry.project(ProjectRef.parse(ref));
    }

    private List<Long> versions() {
        return registry.projectVersions(FIELDS).stream().map(Project::number).toList();
    }

    @Test
    void project_thatIsSetAgain_hasANextVersion_andEarlierOnesStay_alsoAfterARestart() {
        Project first = set("max: 5");
        Project second = set("max: 7");
        assertEquals(second, find("fields"));

        registry.close();
        registry = open();
        assertEquals(first, find("fields@1"));
        assertEquals(second, find("fields@2"));
        assertEquals(second, find("fields"));
        assertEquals(OptionalInt.of(7), find("fields").spec().labeling().max());
        assertEquals(NOW, first.createdAt());
        assertEquals(List.of(1L, 2L), versions());
        assertEquals(List.of(second), registry.projects(Tenant.LOCAL));
    }

    @Test
    void project_thatSaysTheSame_staysAtItsVersion_howeverItIsWritten() {
        set("max: 5\nclasses: [dog, cat]");
        assertEquals(1, set("{\"classes\": [\"cat\", \"dog\"], \"max\": 5}").number());
        set("max: 6");
        assertEquals(3, set("max: 5\nclasses: [dog, cat]").number(), "what an earlier version says is said anew");
    }

    @Test
    void whatIsNotThere_isNotFound() {
        set("max: 5");
        assertThrows(ProjectNotFound.class, () -> find("fields@2"));
        assertThrows(ProjectNotFound.class, () -> find("meadows"));
        assertEquals(List.of(), registry.projectVersions(new ProjectName("meadows")));
    }

    @Test
    void change_isInTheAudit_andAModelOfThatNameIsAnother() {
        set("max: 5");
        Project second = set("max: 7");
        var _ = registry.register(
                new ModelName("fields"),
                FakeModel.write(temp.resolve("offer/model.onnx"), 1),
                Validator.NONE,
                ProgressListener.NONE);

        AuditLine line = registry.audit(0, 100).lines().get(1);
        assertEquals(
                "project fields 2 1>2 done " + second.digest(),
                line.action() + " " + line.name() + " " + line.subject() + " " + line.from() + ">" + line.to() + " "
                        + line.result() + " " + line.digest());
        assertEquals(
                AuditVerdict.Whole.class,
                AuditCheck.of(after -> registry.audit(after, 100)).getClass());
        assertEquals(1, registry.model(new ModelName("fields")).versions().size());
        assertEquals(List.of(1L, 2L), versions());
    }

    /// By another hand or a disk; the number of what is lost is not given again.
    @Test
    void version_thatIsDamaged_isToldAndNotServed() {
        set("max: 5");
        set("max: 6");
        set("max: 7");
        registry.close();
        DatabaseEdit.run(
                temp.resolve("data/registry.db"),
                "DROP TRIGGER project_is_immutable",
                "DROP TRIGGER project_is_kept",
                "UPDATE project SET spec = '{\"max\":500}' WHERE number = 1",
                "DELETE FROM project WHERE number = 3");
        registry = open();

        assertEquals(List.of(2L), versions());
        assertEquals(
                List.of(
                        "project fields@3 is damaged: it is missing",
                        "project fields@1 is damaged: what it says is not what its digest names"),
                registry.damage());
        assertThrows(ProjectNotFound.class, () -> find("fields@1"));
        assertEquals(4, set("max: 7").number());
    }
}
