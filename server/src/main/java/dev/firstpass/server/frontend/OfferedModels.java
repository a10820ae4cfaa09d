package dev.firstpass.server.frontend;

import dev.firstpass.postprocess.annotation.Conversions;
import dev.firstpass.postprocess.spec.GeometryWish;
import dev.firstpass.postprocess.spec.LabelingWishes;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.Project;
import dev.firstpass.registry.ProjectName;
import dev.firstpass.registry.Tenant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What a tool's user may choose among: each model once for each of its aliases, and the version in production once more for
/// each project that is for it. A project is for a model where it names classes, all of which the model has, and wishes no
/// geometry that the model's cannot be made into; other projects can be named, but are not offered.
///
/// Immutable; blocks as [ModelListing].
public record OfferedModels(ModelListing models, ProjectListing projects) {
    public static OfferedModels of(FrontendContext context) {
        return new OfferedModels(
                context.backend().models(), context.backend().registry().projects());
    }

    /// @param project name of a project, whose newest version is meant
    /// @param model as it answers by the project
    public record Offered(ModelRef.Aliased ref, Optional<ProjectName> project, ModelDescription model) {
        /// As [ServedRef#parse] reads it: `coco` for the version in production, `coco@canary`, `coco+fields`.
        public String id() {
            String version =
                    ref.alias().equals(ModelRef.PRODUCTION) ? ref.name().value() : ref.toString();
            return version + project.map(name -> "+" + name).orElse("");
        }
    }

    /// What a tenant may choose, by model, alias and project.
    public List<Offered> all(Tenant tenant) {
        List<Project> known = projects.projects(tenant);
        List<Offered> all = new ArrayList<>();
        for (ModelDescription model : models.models(tenant)) {
            model.aliases().keySet().stream().sorted().forEach(alias -> {
                ModelRef.Aliased ref = new ModelRef.Aliased(new ModelName(model.owner(), model.name()), alias);
                ModelDescription aliased = models.model(ref);
                all.add(new Offered(ref, Optional.empty(), aliased));
                if (alias.equals(ModelRef.PRODUCTION)) {
                    known.stream()
                            .filter(project -> isFor(project, aliased))
                            .forEach(project ->
                                    all.add(new Offered(ref, Optional.of(project.name()), aliased.by(project))));
                }
            });
        }
        return all;
    }

    private static boolean isFor(Project project, ModelDescription model) {
        LabelingWishes wishes = project.spec().labeling();
        Set<String> named = new HashSet<>(wishes.classes());
        named.addAll(wishes.mapping().keySet());
        named.addAll(wishes.thresholds().keySet());
        return !named.isEmpty()
                && model.classes().containsAll(named)
                && wishes.geometry()
                        .flatMap(GeometryWish::wanted)
                        .filter(wanted -> !Conversions.hasRule(model.geometry(), wanted))
                        .isEmpty();
    }
}
