package dev.firstpass.server.frontend.http;

import com.linecorp.armeria.server.ServerBuilder;
import dev.firstpass.server.frontend.Frontend;
import dev.firstpass.server.frontend.FrontendContext;
import java.util.Map;

/// The page to try a model: the files of one folder of the class path, `index.html` at `/`. Nothing of it may
/// come from another origin or be written into the document as script or style.
///
/// Immutable.
public final class PageFrontend implements Frontend {
    private static final Map<String, String> HEADERS = Map.of(
            "content-security-policy",
            String.join(
                    "; ",
                    "default-src 'none'",
                    "script-src 'self'",
                    "style-src 'self'",
                    "img-src 'self' blob: data:",
                    "font-src 'self'",
                    "connect-src 'self'",
                    "manifest-src 'self'",
                    "base-uri 'none'",
                    "form-action 'none'",
                    "frame-ancestors 'none'"),
            "x-frame-options",
            "DENY",
            "cross-origin-opener-policy",
            "same-origin",
            "permissions-policy",
            "camera=(), geolocation=(), microphone=()");

    private final String folder;

    /// @param folder on the class path, for instance `page/`
    public PageFrontend(String folder) {
        this.folder = folder;
    }

    @Override
    public void addTo(ServerBuilder listener, FrontendContext context) {
        StaticFiles.ofClassPath(folder).byName().forEach((name, file) -> {
            String path = name.equals("index.html") ? "/" : "/" + name;
            Routes.get(listener, path, (_, request) -> file.response(request, HEADERS));
        });
    }
}
