package dev.firstpass.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.Location;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ProjectName;
import dev.firstpass.registry.ProjectRef;
import java.net.URI;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The walls of docs/architecture.md, checked on the compiled classes.
final class ArchitectureTest {
    private static final String ROOT = "dev.firstpass";

    private static final Pattern GENERATED = Pattern.compile(".*/dev/firstpass/(.+/)?proto/.*");

    /// Of all modules, from where this process has loaded them: its class path has other places later on, where tests and what they test are
    /// told apart no longer ([QuickWorkers]). Without what is generated, which is most of the code and follows no rule of ours.
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(location -> !location.matches(GENERATED))
            .importLocations(Stream.of(Shape.class, ModelRef.class, FirstpassServer.class)
                    .map(ArchitectureTest::location)
                    .collect(Collectors.toUnmodifiableSet()));

    /// The folder or the jar that a class is in.
    private static Location location(Class<?> type) {
        URI place = URI.create(
                type.getProtectionDomain().getCodeSource().getLocation().toString());
        return Location.of(place.getPath().endsWith(".jar") ? URI.create("jar:" + place + "!/") : place);
    }

    /// A rule over nothing passes, so this looks that there is something.
    @Test
    void classes_ofAllModules_areImported() {
        assertTrue(CLASSES.size() > 300, () -> "imported: " + CLASSES.size());
        for (String module : new String[] {"postprocess", "registry", "server"}) {
            assertTrue(
                    CLASSES.stream().anyMatch(type -> type.getPackageName().startsWith(ROOT + "." + module)), module);
        }
    }

    @Test
    void postprocess_usesNothingNativeAndNoFiles() {
        noClasses()
                .that()
                .resideInAPackage("dev.firstpass.postprocess..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "java.nio.file..",
                        "java.net..",
                        "java.sql..",
                        "ai.onnxruntime..",
                        "org.tensorflow..",
                        "org.bytedeco..",
                        "dev.firstpass.registry..",
                        "dev.firstpass.server..")
                .check(CLASSES);
    }

    @Test
    void registry_knowsNothingOfTheServer() {
        noClasses()
                .that()
                .resideInAPackage("dev.firstpass.registry..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "dev.firstpass.server..", "dev.firstpass.proto..", "ai.onnxruntime..", "org.tensorflow..")
                .check(CLASSES);
    }

    /// Rows are made and run the same way whatever family reads them.
    @Test
    void imagesAndRuntime_knowNothingOfFamilies() {
        noClasses()
                .that()
                .resideInAnyPackage("dev.firstpass.server.image..", "dev.firstpass.server.runtime..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.firstpass.postprocess.family..")
                .check(CLASSES);
    }

    @Test
    void onnxRuntime_isOnlyInItsEnginePackage() {
        only("ai.onnxruntime..", "dev.firstpass.server.runtime.engine.onnx..");
    }

    @Test
    void tensorFlow_isOnlyInItsEnginePackage() {
        only("org.tensorflow..", "dev.firstpass.server.runtime.engine.tensorflow..");
    }

    /// Every server makes the engine; the library is to load with the first SavedModel and not before.
    @Test
    void tensorFlowEngine_namesNoClassOfTheLibrary() {
        noClasses()
                .that()
                .haveSimpleName("TensorFlowEngine")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.tensorflow..")
                .check(CLASSES);
    }

    @Test
    void openCv_isOnlyInImage() {
        only("org.bytedeco..", "dev.firstpass.server.image..");
    }

    @Test
    void armeriaAndNetty_areOnlyInTheDoors() {
        only("com.linecorp.armeria..", "dev.firstpass.server.frontend..", "dev.firstpass.server.security..");
        only("io.netty..", "dev.firstpass.server.frontend..", "dev.firstpass.server.security..");
    }

    @Test
    void tokensOfOthers_areReadOnlyInSecurity() {
        only("com.nimbusds..", "dev.firstpass.server.security..");
    }

    @Test
    void grpc_isOnlyInTheDoorsAndTheWireContracts() {
        only(
                "io.grpc..",
                "dev.firstpass.server.frontend..",
                "dev.firstpass.server.security..",
                "dev.firstpass.proto..");
    }

    /// Where nobody configures traces, nothing of it is loaded.
    @Test
    void openTelemetry_isOnlyInTracing() {
        only("io.opentelemetry..", "dev.firstpass.server.tracing..");
    }

    @Test
    void databasesAndBuckets_areOnlyInTheStores() {
        for (String library :
                new String[] {"software.amazon..", "org.postgresql..", "org.flywaydb..", "com.zaxxer..", "org.jdbi.."
                }) {
            only(library, "dev.firstpass.registry.store..");
        }
    }

    /// Whose names a caller's words are comes from the caller; what means the operator's stays out of the doors.
    @Test
    void doors_sayWhoseNamesTheyMean() {
        noClasses()
                .that()
                .resideInAnyPackage("dev.firstpass.server.frontend..", "dev.firstpass.server.pipeline..")
                .should()
                .callConstructor(ModelName.class, String.class)
                .orShould()
                .callConstructor(ProjectName.class, String.class)
                .orShould()
                .callMethod(ModelRef.class, "parse", String.class)
                .orShould()
                .callMethod(ProjectRef.class, "parse", String.class)
                .check(CLASSES);
    }

    @Test
    void packages_haveNoCycles() {
        slices().matching("dev.firstpass.postprocess.(*)..")
                .should()
                .beFreeOfCycles()
                .check(CLASSES);
        slices().matching("dev.firstpass.registry.(*)..")
                .should()
                .beFreeOfCycles()
                .check(CLASSES);
        slices().matching("dev.firstpass.server.(**)").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void threads_areStartedWhereTheArchitectureSays() {
        noClasses()
                .that()
                .resideInAPackage("dev.firstpass..")
                .and()
                .resideOutsideOfPackages(
                        "dev.firstpass.server.runtime.batch..",
                        "dev.firstpass.server.runtime.device.worker..",
                        "dev.firstpass.server.runtime.lifecycle..",
                        "dev.firstpass.server.frontend..",
                        "dev.firstpass.server.tuning..",
                        "dev.firstpass.server.cli..")
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.util.concurrent.Executors")
                .check(CLASSES);
    }

    @Test
    void singletons_doNotExist() {
        noMethods()
                .that()
                .areDeclaredInClassesThat()
                .resideInAPackage("dev.firstpass..")
                .should()
                .haveName("getInstance")
                .check(CLASSES);
    }

    @Test
    void classes_areFinalSealedAbstractOrInterfaces() {
        classes()
                .that()
                .resideInAPackage("dev.firstpass..")
                .and()
                .areNotInterfaces()
                .and()
                .areNotEnums()
                .and()
                .areNotAnonymousClasses()
                .and(DescribedPredicate.describe(
                        "are not made by the compiler",
                        (JavaClass type) -> !type.getModifiers().contains(JavaModifier.SYNTHETIC)))
                .should(com.tngtech.archunit.lang.conditions.ArchConditions.haveModifier(JavaModifier.FINAL)
                        .or(com.tngtech.archunit.lang.conditions.ArchConditions.haveModifier(JavaModifier.ABSTRACT)))
                .check(CLASSES);
    }

    private static void only(String library, String... homes) {
        noClasses()
                .that()
                .resideInAPackage("dev.firstpass..")
                .and()
                .resideOutsideOfPackages(homes)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(library)
                .check(CLASSES);
    }
}
