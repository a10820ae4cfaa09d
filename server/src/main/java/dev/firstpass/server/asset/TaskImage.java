package dev.firstpass.server.asset;

import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Where the image of a task of Label Studio is, by the forms that such locations have.
///
/// Immutable, all variants.
sealed interface TaskImage {
    /// In the task itself.
    record Bytes(byte[] bytes) implements TaskImage {}

    /// On some web server.
    record Web(String uri) implements TaskImage {}

    /// On Label Studio's own, in one of several places.
    ///
    /// @param paths below its address, with queries; the first that is there counts
    record Hosted(List<String> paths) implements TaskImage {}

    /// Among the local files.
    ///
    /// @param path relative to their folder
    record Local(String path) implements TaskImage {}

    String FIELD = "task.data";

    /// @param location as a task has it
    /// @param task id of the task
    /// @param host the Label Studio that is known, if one is
    /// @param hasLocalFiles whether its local files are at hand here
    /// @throws FailureException ASSET_FORBIDDEN for a place that is not known here, ARGUMENT_INVALID for what is no location
    static TaskImage of(String location, String task, Optional<LabelStudioHost> host, boolean hasLocalFiles) {
        String scheme = location.contains(":")
                ? location.substring(0, location.indexOf(':')).toLowerCase(Locale.ROOT)
                : "";
        return switch (scheme) {
            case "data" -> ofData(location);
            case "http", "https" -> ofWeb(location, host);
            case "s3", "gs", "azure-blob" -> {
                requireHost(scheme + ":// addresses are signed by it", host);
                String coded = Base64.getUrlEncoder().encodeToString(location.getBytes(StandardCharsets.UTF_8));
                yield new Hosted(List.of("tasks/" + encoded(task) + "/presign/?fileuri=" + encoded(coded)));
            }
            default -> ofPath(location, host, hasLocalFiles);
        };
    }

    private static TaskImage ofData(String location) {
        int comma = location.indexOf(',');
        if (comma < 0 || !location.substring(0, comma).endsWith(";base64")) {
            throw invalid("a data: address without base64");
        }
        try {
            return new Bytes(Base64.getDecoder().decode(location.substring(comma + 1)));
        } catch (IllegalArgumentException _) {
            throw invalid("a data: address whose base64 is none");
        }
    }

    /// What is on Label Studio is fetched with its token, wherever the task has the address from.
    private static TaskImage ofWeb(String location, Optional<LabelStudioHost> host) {
        String safe = quoted(location);
        try {
            URI uri = new URI(safe).normalize();
            return host.filter(studio -> Origin.of(uri).equals(Optional.of(studio.origin())))
                    .filter(studio -> uri.getRawPath().startsWith(studio.base().getRawPath()))
                    .<TaskImage>map(studio -> new Hosted(List.of(pathAndQuery(uri)
                            .substring(studio.base().getRawPath().length()))))
                    .orElseGet(() -> new Web(safe));
        } catch (URISyntaxException _) {
            return new Web(safe);
        }
    }

    private static String pathAndQuery(URI uri) {
        return uri.getRawPath() + (uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery());
    }

    /// Label Studio may be served below a path, which then stands in front of its own.
    private static TaskImage ofPath(String location, Optional<LabelStudioHost> host, boolean hasLocalFiles) {
        int local = location.indexOf("/data/local-files/?d=");
        int uploaded = location.indexOf("/data/upload/");
        if (local >= 0) {
            String path = location.substring(location.indexOf("?d=", local) + 3);
            if (hasLocalFiles) {
                return new Local(decoded(path));
            }
            requireHost("it has the local files, and the setting label-studio.local-files names no folder here", host);
            return new Hosted(List.of("data/local-files/?d=" + quoted(path)));
        }
        String path = uploaded >= 0
                ? location.substring(uploaded + "/data/".length())
                : location.startsWith("/upload/") ? location.substring(1) : location;
        if (!path.startsWith("upload/")) {
            throw invalid("neither a web address nor a file of Label Studio");
        }
        requireHost("it has the uploaded files", host);
        if (List.of(path.split("[/\\\\]")).contains("..")) {
            throw invalid("a path that leads upwards");
        }
        String safe = quoted(path);
        return new Hosted(List.of("data/" + safe, "storage-data/uploaded/?filepath=" + safe));
    }

    private static void requireHost(String why, Optional<LabelStudioHost> host) {
        if (host.isEmpty()) {
            throw Failure.ofField(
                            Reason.ASSET_FORBIDDEN,
                            FIELD,
                            FIELD + ": is fetched through Label Studio, of which the setting label-studio.url says"
                                    + " nothing (" + why + ")")
                    .asException();
        }
    }

    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException _) {
            throw invalid("a path that is not well-formed");
        }
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /// With the letters that addresses do not have as their numbers; what is a number already stays.
    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder();
        for (byte one : text.getBytes(StandardCharsets.UTF_8)) {
            int c = one & 0xFF;
            boolean isPlain = c > 0x20 && c < 0x7F && "\"<>\\^`{|}".indexOf(c) < 0;
            if (isPlain) {
                quoted.append((char) c);
            } else {
                quoted.append('%').append(String.format(Locale.ROOT, "%02X", c));
            }
        }
        return quoted.toString();
    }

    private static FailureException invalid(String what) {
        return Failure.ofField(Reason.ARGUMENT_INVALID, FIELD, FIELD + ": " + what)
                .asException();
    }
}
