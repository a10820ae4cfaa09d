package dev.firstpass.server.frontend.http;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.registry.validation.ReportJson;
import dev.firstpass.server.frontend.Frontend;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.Json;
import dev.firstpass.server.frontend.Routes;
import dev.firstpass.server.frontend.ValidationAdmin;
import java.nio.charset.StandardCharsets;

/// `/v1/registry/models/{name}/versions/{number}/validation`: what was found when a version was tried out, as JSON and, with
/// `.html` at its end, as a page; `versions/{number}:validate` tries it out again.
///
/// Immutable.
public final class ValidationFrontend implements Frontend {

    /// The page has no script, and its pictures are in it.
    private static final String POLICY =
            "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none';"
                    + " frame-ancestors 'none'";

    @Override
    public void addTo(Routes routes, FrontendContext context) {
        ValidationAdmin validations = context.backend().registry().validations();
        Routes.Blocking readers = routes.managing().blocking(context.threads());
        String version = RegistryPaths.VERSION;
        readers.get(version + "/validation", (request, _) -> report(validations, RegistryPaths.ref(request)));
        readers.get(version + "/validation.html", (request, _) -> page(validations, RegistryPaths.ref(request)));
        routes.needing(Scope.REGISTER).blocking(context.threads()).verb(version, "validate", (request, _) -> {
            // It returns when the version has been tried out.
            request.clearRequestTimeout();
            return Json.response(HttpStatus.OK, ReportJson.write(validations.validate(RegistryPaths.ref(request))));
        });
    }

    private static HttpResponse report(ValidationAdmin validations, ModelRef.Numbered version) {
        return validations
                .report(version)
                .map(report -> Json.response(HttpStatus.OK, ReportJson.write(report)))
                .orElseThrow(() -> neverTried(version));
    }

    private static HttpResponse page(ValidationAdmin validations, ModelRef.Numbered version) {
        String page = validations.page(version).orElseThrow(() -> neverTried(version));
        ResponseHeaders headers = ResponseHeaders.builder(HttpStatus.OK)
                .contentType(MediaType.HTML_UTF_8)
                .set("cache-control", "no-store")
                .set("content-security-policy", POLICY)
                .set("x-content-type-options", "nosniff")
                .build();
        return HttpResponse.of(headers, HttpData.wrap(page.getBytes(StandardCharsets.UTF_8)));
    }

    private static RegistryException neverTried(ModelRef.Numbered version) {
        return new RegistryException.VersionNotFound(
                version + ": never tried out (expected: a registration, or :validate)");
    }
}
