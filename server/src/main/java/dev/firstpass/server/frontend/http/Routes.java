package dev.firstpass.server.frontend.http;

import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServerBuilder;

/// How routes are bound.
final class Routes {
    private Routes() {}

    /// A resource that can be read, and so also be asked about by HEAD.
    static void get(ServerBuilder listener, String path, HttpService service) {
        listener.route().path(path).methods(HttpMethod.GET, HttpMethod.HEAD).build(service);
    }
}
