package dev.firstpass.server.frontend.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.Project;
import dev.firstpass.registry.ProjectName;
import dev.firstpass.registry.ProjectRef;
import dev.firstpass.registry.ProjectSpec;
import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.manifest.ProjectDocument;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.server.failure.Words;
import dev.firstpass.server.frontend.Backend;
import dev.firstpass.server.frontend.Frontend;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.Json;
import dev.firstpass.server.frontend.ModelDescription;
import dev.firstpass.server.frontend.Options;
import dev.firstpass.server.frontend.PathParams;
import dev.firstpass.server.frontend.ProjectAdmin;
import dev.firstpass.server.frontend.RequestRules;
import dev.firstpass.server.frontend.Routes;
import dev.firstpass.server.pipeline.FormatChoice;
import dev.firstpass.server.security.Callers;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/// `/v1/registry/projects`: the labeling projects, saying what one is from now on, and holding it against a model.
///
/// Immutable.
public final class ProjectAdminFrontend implements Frontend {
    private static final String PROJECTS = "/v1/registry/projects";
    private static final String PROJECT = PROJECTS + "/{name}";
    private static final String MODEL = "model";
    private static final String LABELS = "labels";
    private static final Pattern NUMBER = Pattern.compile("[1-9][0-9]{0,17}");

    @Override
    public void addTo(Routes routes, FrontendContext context) {
        Routes.Blocking readers = routes.managing().blocking(context.threads());
        Routes.Blocking promote = routes.needing(Scope.PROMOTE).blocking(context.threads());
        Backend backend = context.backend();
        ProjectAdmin projects = backend.registry().projects();
        readers.get(
                PROJECTS,
                (request, whole) ->
                        EntityTags.response(whole.headers(), ProjectJson.list(Callers.tenant(request), projects)));
        readers.get(
                PROJECT,
                (request, whole) -> shown(projects, whole, new ProjectRef(name(request), OptionalLong.empty())));
        readers.get(
                PROJECT + "/versions/{number}",
                (request, whole) -> shown(projects, whole, new ProjectRef(name(request), number(request))));
        promote.put(PROJECT, (request, whole) -> set(backend, request, whole));
        promote.verb(PROJECT, "validate", (request, whole) -> validate(backend, request, whole));
    }

    private static ProjectName name(ServiceRequestContext request) {
        return new ProjectName(Callers.tenant(request), PathParams.get(request, "name"));
    }

    private static OptionalLong number(ServiceRequestContext request) {
        String number = PathParams.get(request, "number");
        if (!NUMBER.matcher(number).matches()) {
            throw new RegistryException.ProjectNotFound(
                    "version: " + Words.quoted(number) + " (expected: a version of the project)");
        }
        return OptionalLong.of(Long.parseLong(number));
    }

    private static HttpResponse shown(ProjectAdmin projects, AggregatedHttpRequest whole, ProjectRef ref) {
        return EntityTags.response(whole.headers(), ProjectJson.of(projects.project(ref), projects));
    }

    private static HttpResponse set(Backend backend, ServiceRequestContext request, AggregatedHttpRequest whole) {
        ProjectName name = name(request);
        ProjectSpec spec = ProjectDocument.read(whole.content().array());
        FormatChoice.require(spec, backend.formats());
        ProjectAdmin projects = backend.registry().projects();
        Project project = projects.set(name, spec);
        ObjectNode body = ProjectJson.of(project, projects);
        List<String> behind = backend.registry().behind();
        if (!behind.isEmpty()) {
            body.set("behind", Json.tree(behind));
        }
        return Json.response(HttpStatus.OK, body);
    }

    private static HttpResponse validate(Backend backend, ServiceRequestContext request, AggregatedHttpRequest whole) {
        ProjectAdmin projects = backend.registry().projects();
        ProjectRef ref = ProjectRef.parse(Callers.tenant(request), PathParams.get(request, "name"));
        Options options = Options.ofBody(whole, MODEL, LABELS);
        ModelRef model = ModelRef.parse(
                Callers.tenant(request),
                options.text(MODEL)
                        .orElseThrow(
                                () -> RequestRules.invalid(MODEL, "model: none (expected: a model or a version)")));
        List<String> labels = List.copyOf(options.words(LABELS));
        // Of what the references mean now, whatever they mean meanwhile.
        ProjectRef project = projects.project(ref).ref();
        ModelDescription version = backend.models().model(model);
        ModelRef.Numbered numbered = new ModelRef.Numbered(model.name(), version.version());
        return Json.response(
                HttpStatus.OK, ProjectJson.of(project, numbered, projects.check(project, numbered, labels)));
    }
}
