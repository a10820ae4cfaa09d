package dev.firstpass.server.frontend.http;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.ResponseHeadersBuilder;
import dev.firstpass.registry.Sha256;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The files of one folder of the class path, read once: a request can name only what is there.
///
/// Immutable.
///
/// @param byName path below the folder, with forward slashes -> file
record StaticFiles(SortedMap<String, StaticFile> byName) {
    private static final Map<String, String> MEDIA_TYPES = Map.ofEntries(
            Map.entry("html", "text/html; charset=utf-8"),
            Map.entry("css", "text/css; charset=utf-8"),
            Map.entry("js", "text/javascript; charset=utf-8"),
            Map.entry("mjs", "text/javascript; charset=utf-8"),
            Map.entry("json", "application/json"),
            Map.entry("txt", "text/plain; charset=utf-8"),
            Map.entry("svg", "image/svg+xml"),
            Map.entry("ico", "image/x-icon"),
            Map.entry("webmanifest", "application/manifest+json"),
            Map.entry("woff2", "font/woff2"),
            Map.entry("png", "image/png"),
            Map.entry("jpg", "image/jpeg"),
            Map.entry("jpeg", "image/jpeg"),
            Map.entry("webp", "image/webp"),
            Map.entry("bmp", "image/bmp"),
            Map.entry("tif", "image/tiff"),
            Map.entry("tiff", "image/tiff"));

    /// The files below `folder`, for instance `page/`; none where the class path has no such folder. Files of a
    /// type that is not known above are left out.
    static StaticFiles ofClassPath(String folder) {
        @Nullable URL url = StaticFiles.class.getClassLoader().getResource(folder);
        if (url == null) {
            return new StaticFiles(new TreeMap<>());
        }
        try {
            URI uri = url.toURI();
            if (uri.getScheme().equals("file")) {
                return new StaticFiles(read(Path.of(uri)));
            }
            try (FileSystem jar = FileSystems.newFileSystem(uri, Map.of())) {
                return new StaticFiles(read(jar.getPath(folder)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static SortedMap<String, StaticFile> read(Path folder) throws IOException {
        SortedMap<String, StaticFile> files = new TreeMap<>();
        try (Stream<Path> walk = Files.walk(folder)) {
            for (Path path : walk.filter(Files::isRegularFile).toList()) {
                String name = folder.relativize(path).toString().replace('\\', '/');
                Optional<String> mediaType = mediaType(name);
                if (mediaType.isPresent()) {
                    files.put(name, StaticFile.of(mediaType.get(), Files.readAllBytes(path)));
                }
            }
        }
        return files;
    }

    private static Optional<String> mediaType(String name) {
        String ending = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        return Optional.ofNullable(MEDIA_TYPES.get(ending));
    }

    /// @param etag in quotes; changes with the bytes
    record StaticFile(String mediaType, byte[] bytes, String etag) {
        static StaticFile of(String mediaType, byte[] bytes) {
            return new StaticFile(mediaType, bytes, '"' + Sha256.of(bytes).substring(0, 32) + '"');
        }

        boolean isImage() {
            return mediaType.startsWith("image/") && !mediaType.startsWith("image/svg");
        }

        /// The whole file, or 304 where the browser has it already: it asks every time.
        HttpResponse response(HttpRequest request, Map<String, String> extraHeaders) {
            boolean known = request.headers().get("if-none-match", "").contains(etag);
            ResponseHeadersBuilder headers = ResponseHeaders.builder(known ? HttpStatus.NOT_MODIFIED : HttpStatus.OK)
                    .set("etag", etag)
                    .set("cache-control", "no-cache")
                    .set("content-type", mediaType);
            extraHeaders.forEach(headers::set);
            return known ? HttpResponse.of(headers.build()) : HttpResponse.of(headers.build(), HttpData.wrap(bytes));
        }
    }
}
