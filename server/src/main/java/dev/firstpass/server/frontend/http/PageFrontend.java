package dev.firstpass.server.frontend.http;

import dev.firstpass.server.frontend.Frontend;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.Routes;
import dev.firstpass.server.frontend.http.StaticFiles.StaticFile;
import dev.firstpass.server.security.CredentialWay;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/// A page of the server's own, to try a model or to run the server: the files of one folder of the class path, `index.html`
/// at `/`. Nothing of it may
/// come from another origin or be written into the document as script or style.
///
/// Immutable.
public final class PageFrontend implements Frontend {
    static final Map<String, String> HEADERS = Map.of(
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

    private final Map<String, StaticFile> files;

    /// @param folder on the class path, for instance `page/`
    public PageFrontend(String folder) {
        this(folder, folder, Set.of());
    }

    /// A page that has some files in common with another.
    ///
    /// @param lender folder of the other page
    /// @param lent names of its files that are this page's as well
    public PageFrontend(String folder, String lender, Set<String> lent) {
        SortedMap<String, StaticFile> all =
                new TreeMap<>(StaticFiles.ofClassPath(folder).byName());
        StaticFiles.ofClassPath(lender).byName().forEach((name, file) -> {
            if (lent.contains(name)) {
                all.put(name, file);
            }
        });
        this.files = Collections.unmodifiableSortedMap(all);
    }

    @Override
    public void addTo(Routes routes, FrontendContext context) {
        Routes.Bound page = routes.carrying(CredentialWay.PAGE).known();
        files.forEach((name, file) -> {
            String path = name.equals("index.html") ? "/" : "/" + name;
            page.get(path, (_, request) -> file.response(request, HEADERS));
        });
    }
}
