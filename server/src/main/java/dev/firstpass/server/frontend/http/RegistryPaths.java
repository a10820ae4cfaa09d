package dev.firstpass.server.frontend.http;

import com.linecorp.armeria.common.HttpHeaders;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.RegistryException;
import dev.firstpass.server.failure.Words;
import dev.firstpass.server.frontend.IdempotencyKey;
import dev.firstpass.server.frontend.PathParams;
import dev.firstpass.server.frontend.RegistryAdmin;
import dev.firstpass.server.frontend.RequestRules;
import dev.firstpass.server.security.Callers;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Where the registry's resources are, and what requests to them have in common.
///
/// Pure functions.
final class RegistryPaths {
    static final String MODELS = "/v1/registry/models";
    static final String MODEL = MODELS + "/{name}";
    static final String VERSIONS = MODEL + "/versions";
    static final String VERSION = VERSIONS + "/{number}";
    static final String ALIAS = MODEL + "/aliases/{alias}";
    static final String UPLOADS = "/v1/registry/uploads";
    static final String OPERATIONS = "/v1/registry/operations";

    private static final Pattern NUMBER = Pattern.compile("[1-9][0-9]{0,17}");
    private static final Pattern ETAG = Pattern.compile("\"([1-9][0-9]{0,17})\"");

    private RegistryPaths() {}

    static ModelName name(ServiceRequestContext request) {
        return new ModelName(Callers.tenant(request), PathParams.get(request, "name"));
    }

    static String location(ModelVersion version) {
        return MODELS + "/" + version.name() + "/versions/" + version.number();
    }

    /// The version that the path names, whether there is one or not.
    static ModelRef.Numbered ref(ServiceRequestContext request) {
        ModelName name = name(request);
        String number = PathParams.get(request, "number");
        if (!NUMBER.matcher(number).matches()) {
            throw noSuchVersion(name, number);
        }
        return new ModelRef.Numbered(name, Long.parseLong(number));
    }

    private static RegistryException noSuchVersion(ModelName name, String number) {
        return new RegistryException.VersionNotFound(
                "version: " + Words.quoted(number) + " (expected: a version of " + name + ")");
    }

    /// The version that the path names.
    static ModelVersion version(RegistryAdmin registry, ServiceRequestContext request) {
        ModelName name = name(request);
        String number = PathParams.get(request, "number");
        return registry.entry(name).versions().stream()
                .filter(candidate -> Long.toString(candidate.number()).equals(number))
                .findFirst()
                .orElseThrow(() -> noSuchVersion(name, number));
    }

    /// An alias' entity tag is the number of the version that it means.
    static OptionalLong expected(HttpHeaders headers) {
        @Nullable String ifMatch = headers.get("if-match");
        if (ifMatch == null) {
            return OptionalLong.empty();
        }
        Matcher tag = ETAG.matcher(ifMatch);
        if (!tag.matches()) {
            throw RequestRules.invalid(
                    "If-Match", "If-Match: " + Words.quoted(ifMatch) + " (expected: a version in quotes: \"7\")");
        }
        return OptionalLong.of(Long.parseLong(tag.group(1)));
    }

    static Optional<String> idempotencyKey(HttpHeaders headers) {
        Optional<String> key = Optional.ofNullable(headers.get("idempotency-key"));
        key.ifPresent(IdempotencyKey::requireWellFormed);
        return key;
    }
}
