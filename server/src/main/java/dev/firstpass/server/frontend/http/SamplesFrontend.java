package dev.firstpass.server.frontend.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpStatus;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.frontend.Frontend;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.Json;
import dev.firstpass.server.frontend.PathParams;
import dev.firstpass.server.frontend.Routes;
import dev.firstpass.server.frontend.http.StaticFiles.StaticFile;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The photos that come with the server: the images of one folder of the class path.
///
/// `GET /samples` lists them: `{"samples": [{"name", "mediaType", "bytes", ...}]}`. Where the folder has an
/// `index.json` with an object for each file name, those come first, in its order, and the object's members (title,
/// credit) are added to the entry.
///
/// Immutable.
public final class SamplesFrontend implements Frontend {
    private static final String INDEX = "index.json";

    private final String folder;

    /// @param folder on the class path, for instance `samples/`
    public SamplesFrontend(String folder) {
        this.folder = folder;
    }

    @Override
    public void addTo(Routes routes, FrontendContext context) {
        Routes.Bound prelabel = routes.needing(Scope.PRELABEL);
        SortedMap<String, StaticFile> files = StaticFiles.ofClassPath(folder).byName();
        SortedMap<String, StaticFile> images = new TreeMap<>(files);
        images.values().removeIf(file -> !file.isImage());
        ObjectNode listing = listing(images, index(files.get(INDEX)));
        prelabel.get("/samples", (_, _) -> Json.response(HttpStatus.OK, listing));
        prelabel.get(
                "/samples/{name}",
                (request, http) -> find(images, PathParams.get(request, "name")).response(http, Map.of()));
    }

    private static StaticFile find(SortedMap<String, StaticFile> images, String name) {
        @Nullable StaticFile image = images.get(name);
        if (image == null) {
            throw Failure.of(Reason.ROUTE_NOT_FOUND, "no sample has this name").asException();
        }
        return image;
    }

    private static ObjectNode index(@Nullable StaticFile file) {
        return file == null ? Json.object() : Json.readObject(INDEX, file.bytes());
    }

    private static SequencedMap<String, StaticFile> inOrder(SortedMap<String, StaticFile> images, ObjectNode index) {
        SequencedMap<String, StaticFile> ordered = new LinkedHashMap<>();
        index.fieldNames().forEachRemaining(name -> {
            @Nullable StaticFile image = images.get(name);
            if (image != null) {
                ordered.put(name, image);
            }
        });
        images.forEach(ordered::putIfAbsent);
        return ordered;
    }

    private static ObjectNode listing(SortedMap<String, StaticFile> images, ObjectNode index) {
        ObjectNode listing = Json.object();
        ArrayNode samples = listing.putArray("samples");
        inOrder(images, index).forEach((name, image) -> {
            ObjectNode entry = samples.addObject();
            entry.put("name", name);
            entry.put("mediaType", image.mediaType());
            entry.put("bytes", image.bytes().length);
            JsonNode known = index.path(name);
            known.properties().forEach(member -> entry.putIfAbsent(member.getKey(), member.getValue()));
        });
        return listing;
    }
}
