package dev.firstpass.server.frontend.http;

import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.server.frontend.BlockingService;
import dev.firstpass.server.frontend.Frontend;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.Options;
import dev.firstpass.server.frontend.Routes;
import dev.firstpass.server.frontend.http.StaticFiles.StaticFile;
import dev.firstpass.server.security.Gatekeeper;
import dev.firstpass.server.security.Logins;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/// `/login` and `/logout`: where people show a token, for a session of their browser.
///
/// Immutable.
public final class LoginFrontend implements Frontend {
    private static final String TOKEN = "token";
    private static final long MAX_BODY_BYTES = 16 << 10;

    /// Of the page to try a model.
    private static final Set<String> LENT = Set.of("base.css", "favicon.svg", "theme.js");

    private final SortedMap<String, StaticFile> files =
            new TreeMap<>(StaticFiles.ofClassPath("login/").byName());

    public LoginFrontend() {
        StaticFiles.ofClassPath("page/").byName().forEach((name, file) -> {
            if (LENT.contains(name)) {
                files.put(name, file);
            }
        });
    }

    @Override
    public void addTo(Routes routes, FrontendContext context) {
        Routes.Bound open = routes.open();
        files.forEach((name, file) -> open.get(
                name.equals("index.html") ? Logins.PAGE : Logins.PAGE + "/" + name,
                (_, request) -> file.response(request, PageFrontend.HEADERS)));
        open.route()
                .post(Logins.PAGE)
                .maxRequestLength(MAX_BODY_BYTES)
                .build(new BlockingService(
                        context.threads(), (request, whole) -> logIn(routes.keeper(), request, whole)));
        routes.known()
                .route()
                .post("/logout")
                .build((request, _) -> answer(routes.keeper().logOut(request)));
    }

    private static HttpResponse logIn(Gatekeeper keeper, ServiceRequestContext request, AggregatedHttpRequest whole) {
        Options options = Options.ofBody(whole, TOKEN);
        return answer(keeper.logIn(request, options.text(TOKEN).orElse("")));
    }

    private static HttpResponse answer(List<String> cookies) {
        return HttpResponse.of(ResponseHeaders.builder(HttpStatus.NO_CONTENT)
                .add("set-cookie", cookies)
                .set("cache-control", "no-store")
                .build());
    }
}
