package dev.firstpass.server.frontend.http;

import com.linecorp.armeria.common.HttpStatus;
import dev.firstpass.registry.ProjectRef;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.server.frontend.Frontend;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.Json;
import dev.firstpass.server.frontend.PathParams;
import dev.firstpass.server.frontend.ProjectListing;
import dev.firstpass.server.frontend.Routes;
import dev.firstpass.server.security.Callers;

/// `/v1/projects`: which labeling projects requests can name, and what each says.
///
/// Immutable.
public final class ProjectsFrontend implements Frontend {
    @Override
    public void addTo(Routes routes, FrontendContext context) {
        Routes.Blocking prelabel = routes.needing(Scope.PRELABEL).blocking(context.threads());
        ProjectListing projects = context.backend().registry().projects();
        prelabel.get(
                "/v1/projects",
                (request, _) -> Json.response(HttpStatus.OK, ProjectJson.list(Callers.tenant(request), projects)));
        prelabel.get(
                "/v1/projects/{ref}",
                (request, _) -> Json.response(
                        HttpStatus.OK,
                        ProjectJson.of(
                                projects.project(
                                        ProjectRef.parse(Callers.tenant(request), PathParams.get(request, "ref"))),
                                projects)));
    }
}
