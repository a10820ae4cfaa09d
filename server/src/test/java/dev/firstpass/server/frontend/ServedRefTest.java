package dev.firstpass.server.frontend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.firstpass.postprocess.spec.LabelingWishes;
import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.Tenant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ServedRefTest {
    private final FakeProjects projects = new FakeProjects();

    private String told(String text) {
        ServedRef ref = ServedRef.parse(Tenant.LOCAL, text, projects);
        return ref.model() + ref.projectName().map(name -> "+" + name).orElse("");
    }

    @Test
    void modelAlone_isThatModel() {
        assertEquals("coco@production", told("coco"));
        assertEquals("coco@3", told("coco@3"));
        assertEquals(
                "",
                ServedRef.parse(Tenant.LOCAL, "coco", projects)
                        .labeling(LabelingWishes.NONE)
                        .project());
    }

    @Test
    void projectBehindAPlus_isItsNewestVersion_orTheOneThatIsNamed() {
        projects.set("fields", "mapping: {dog: Hund}");
        projects.set("fields", "max: 3");

        assertEquals("coco@production+fields@2", told("coco+fields"));
        assertEquals("coco@canary+fields@1", told("coco@canary+fields@1"));
        assertEquals(
                Map.of("dog", "Hund"),
                ServedRef.parse(Tenant.LOCAL, "coco+fields@1", projects)
                        .labeling(LabelingWishes.NONE)
                        .mapping());
        assertEquals(
                3,
                ServedRef.parse(Tenant.LOCAL, "coco+fields", projects)
                        .labeling(LabelingWishes.NONE)
                        .max());
    }

    @Test
    void whatIsNotThere_orNoReference_isRefused() {
        assertThrows(RegistryException.ProjectNotFound.class, () -> told("coco+fields"));
        assertThrows(RegistryException.ArgumentInvalid.class, () -> told("coco+"));
        assertThrows(RegistryException.ArgumentInvalid.class, () -> told("+fields"));
        assertThrows(RegistryException.ArgumentInvalid.class, () -> told("coco+a+b"));
        assertEquals(
                Optional.empty(),
                ServedRef.parse(Tenant.LOCAL, "coco", projects).project());
    }
}
