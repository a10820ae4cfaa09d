package dev.firstpass.server.frontend;

import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServerBuilder;
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
        String pattern = PARAMETER.matcher(path).replaceAll("(?<$1>[^/:]+)") + ":" + verb;
        listener.route()
                .path("regex:^" + pattern + "$")
                .methods(HttpMethod.POST)
                .build(service);
    }
}
