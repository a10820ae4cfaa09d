package dev.firstpass.server.frontend.http;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.registry.validation.ReportJson;
import dev.firstpass.server.failure.Words;
import dev.firstpass.server.frontend.BlockingService;
import dev.firstpass.server.frontend.Frontend;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.Json;
import dev.firstpass.server.frontend.PathParams;
import dev.firstpass.server.frontend.Routes;
import dev.firstpass.server.frontend.ValidationAdmin;
import dev.firstpass.server.security.Callers;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/// `/v1/registry/models/{name}/versions/{number}/validation`: what was found when a version was tried out, as JSON and, with
/// `.html` at its end, as a page; `versions/{number}:validate` tries it out again.
///
/// Immutable.
public final class ValidationFrontend implements Frontend {
    private static final String VERSION = "/v1/registry/models/{name}/versions/{number}";
    private static final Pattern NUMBER = Pattern.compile("[1-9][0-9]{0,17}");

    /// The page has no script, and its pictures are in it.
    private static final String POLICY =
            "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none';"
                    + " frame-ancestors 'none'";

    @Override
    public void addTo(Routes routes, FrontendContext context) {
        ValidationAdmin validations = context.backend().registry().validations();
        routes.managing()
                .get(
                        VERSION + "/validation",
                        new BlockingService(context.threads(), (request, _) -> report(validations, version(request))));
        routes.managing()
                .get(
                        VERSION + "/validation.html",
                        new BlockingService(context.threads(), (request, _) -> page(validations, version(request))));
        routes.needing(Scope.REGISTER)
                .verb(VERSION, "validate", new BlockingService(context.threads(), (request, _) -> {
                    // It returns when the version has been tried out.
                    request.clearRequestTimeout();
                    return Json.response(HttpStatus.OK, ReportJson.write(validations.validate(version(request))));
                }));
    }

    private static ModelRef.Numbered version(ServiceRequestContext request) {
        ModelName name = new ModelName(Callers.tenant(request), PathParams.get(request, "name"));
        String number = PathParams.get(request, "number");
        if (!NUMBER.matcher(number).matches()) {
            throw new RegistryException.VersionNotFound(
                    "version: " + Words.quoted(number) + " (expected: a version of " + name + ")");
        }
        return new ModelRef.Numbered(name, Long.parseLong(number));
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
