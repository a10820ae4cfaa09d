package dev.firstpass.server.security;

import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.cors.CorsService;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/// Lets pages of configured origins read answers in a browser: Cross-Origin Resource Sharing, as the Fetch standard has it. Who may
/// send at all is [OriginGuard]'s affair, which stands before it.
///
/// No credentials of the browser are asked for: what a page sends it sends itself.
///
/// Pure functions.
public final class CrossOrigin {
    /// How long a browser need not ask again; those that there are ask after two hours at the latest.
    private static final Duration REMEMBERED = Duration.ofHours(2);

    /// Beyond those that every page may read.
    private static final List<String> READ = List.of(
            "firstpass-converted",
            "firstpass-dropped",
            "firstpass-left-out",
            "firstpass-model",
            "firstpass-prediction",
            "firstpass-project",
            "inference-header-content-length",
            "retry-after",
            "server-timing",
            "x-request-id");

    private CrossOrigin() {}

    /// What answers a browser's questions, and says on each answer who may read it.
    ///
    /// @param origins one at least, for instance `https://labels.example.org`
    public static Function<? super HttpService, CorsService> of(List<String> origins) {
        List<String> allowed =
                origins.stream().map(origin -> origin.toLowerCase(Locale.ROOT)).toList();
        return CorsService.builder(origin -> allowed.contains(origin.toLowerCase(Locale.ROOT)))
                .allowRequestMethods(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.POST)
                .allowAllRequestHeaders(true)
                .exposeHeaders(READ)
                .maxAge(REMEMBERED.toSeconds())
                .newDecorator();
    }
}
