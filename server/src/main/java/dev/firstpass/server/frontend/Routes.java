package dev.firstpass.server.frontend;

import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServiceBindingBuilder;
import java.util.regex.Pattern;

/// How routes are bound.
public final class Routes {
    private static final Pattern PARAMETER = Pattern.compile("\\{([a-z]+)}");

    private Routes() {}

    /// A resource that can be read, and so also be asked about by HEAD.
    public static void get(ServerBuilder listener, String path, HttpService service) {
        listener.route().path(path).methods(HttpMethod.GET, HttpMethod.HEAD).build(service);
    }

    /// A verb that is posted to a thing: `/v1/things/{name}:verb`, which the server's own patterns cannot say.
    ///
    /// @param path of the thing, with parameters in braces that take what is between slashes and colons
    public static void verb(ServerBuilder listener, String path, String verb, HttpService service) {
        posted(listener, path, verb).build(service);
    }

    /// The same for a verb that takes large bodies.
    ///
    /// @param maxBytes of one
    public static void verb(ServerBuilder listener, String path, String verb, long maxBytes, HttpService service) {
        posted(listener, path, verb).maxRequestLength(maxBytes).build(service);
    }

    private static ServiceBindingBuilder posted(ServerBuilder listener, String path, String verb) {
        String pattern = PARAMETER.matcher(path).replaceAll("(?<$1>[^/:]+)") + ":" + verb;
        return listener.route().path("regex:^" + pattern + "$").methods(HttpMethod.POST);
    }
}
