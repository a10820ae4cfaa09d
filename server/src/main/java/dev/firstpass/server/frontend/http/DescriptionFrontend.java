package dev.firstpass.server.frontend.http;

import dev.firstpass.server.frontend.Frontend;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.Routes;
import dev.firstpass.server.frontend.http.StaticFiles.StaticFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `/openapi.yaml`: the description of the listener's HTTP interface. A test compares it with the real routes.
///
/// Immutable.
public final class DescriptionFrontend implements Frontend {
    private final String resource;

    /// @param resource name on the class path, for instance `openapi/data.yaml`
    public DescriptionFrontend(String resource) {
        this.resource = resource;
    }

    @Override
    public void addTo(Routes routes, FrontendContext context) {
        StaticFile description = StaticFile.of("application/yaml", read(resource));
        routes.known().get("/openapi.yaml", (_, request) -> description.response(request, Map.of()));
    }

    private static byte[] read(String resource) {
        try (@Nullable
                InputStream in = DescriptionFrontend.class.getClassLoader().getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("class path: no " + resource + " (expected: part of this build)");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
