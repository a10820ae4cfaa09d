package dev.firstpass.server.frontend.cvat;

import com.linecorp.armeria.common.HttpStatus;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.server.frontend.Frontend;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.Json;
import dev.firstpass.server.frontend.ModelDescription;
import dev.firstpass.server.frontend.ModelLabels;
import dev.firstpass.server.frontend.OfferedModels;
import dev.firstpass.server.frontend.PathParams;
import dev.firstpass.server.frontend.PrelabelCalls;
import dev.firstpass.server.frontend.Routes;
import dev.firstpass.server.security.Callers;

/// `/api/functions` and `/api/function_invocations`: what CVAT's server asks a Nuclio dashboard for. Each model is a function,
/// once for each of its aliases: a detector, or an interactor where it takes a prompt. There are no trackers and no functions
/// that tell objects again, and models of keypoints are not listed, since nobody says how their joints are joined.
///
/// CVAT has to invoke by the dashboard (`CVAT_NUCLIO_INVOKE_METHOD=dashboard`): a function has no port of its own.
///
/// Immutable.
public final class CvatFrontend implements Frontend {
    @Override
    public void addTo(Routes routes, FrontendContext context) {
        Routes.Bound prelabel = routes.needing(Scope.PRELABEL);
        PrelabelCalls calls = new PrelabelCalls(context, "cvat");
        Functions functions = new Functions(
                OfferedModels.of(context), new ModelLabels(context.backend().families()));
        prelabel.get(
                "/api/functions",
                calls.blocking((request, _) -> Json.response(HttpStatus.OK, functions.all(Callers.tenant(request)))));
        prelabel.get("/api/functions/{name}", calls.blocking((request, _) -> {
            String name = PathParams.get(request, "name");
            ModelDescription model = calls.model(request, calls.ref(request, FunctionName.reference("name", name)));
            return Json.response(HttpStatus.OK, functions.function(name, model));
        }));
        calls.post(prelabel, "/api/function_invocations", calls.answering(new Invocation(calls)));
    }
}
