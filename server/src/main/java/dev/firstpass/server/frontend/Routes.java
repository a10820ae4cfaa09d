package dev.firstpass.server.frontend;

import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServiceBindingBuilder;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.server.security.Access;
import dev.firstpass.server.security.CredentialWay;
import dev.firstpass.server.security.Gatekeeper;
import java.util.regex.Pattern;

/// Where a door binds its routes. It can only do so where it has said who may use them ([#needing], [#open]), so what
/// nobody thought of is closed.
///
/// For the thread that builds a listener.
public final class Routes {
    private static final Pattern PARAMETER = Pattern.compile("\\{([a-z]+)}");

    private final ServerBuilder listener;
    private final Gatekeeper keeper;
    private final CredentialWay way;

    public Routes(ServerBuilder listener, Gatekeeper keeper) {
        this(listener, keeper, CredentialWay.PROGRAM);
    }

    private Routes(ServerBuilder listener, Gatekeeper keeper, CredentialWay way) {
        this.listener = listener;
        this.keeper = keeper;
        this.way = way;
    }

    /// Who lets people in here, also those who log in by a browser.
    public Gatekeeper keeper() {
        return keeper;
    }

    /// Routes whose clients carry their credential in another way than programs do.
    public Routes carrying(CredentialWay other) {
        return new Routes(listener, keeper, other);
    }

    /// For those who have one of these scopes.
    public Bound needing(Scope one, Scope... others) {
        return with(Access.needing(one, others));
    }

    /// For those who may change something of the registry: each may read all of it.
    public Bound managing() {
        return needing(Scope.REGISTER, Scope.PROMOTE, Scope.ADMIN);
    }

    /// For everybody who has a credential, whatever it is for.
    public Bound known() {
        return with(Access.known());
    }

    /// For everybody. What it answers must say no more than yes or no.
    public Bound open() {
        return with(Access.open());
    }

    public Bound with(Access access) {
        return new Bound(access);
    }

    /// Routes that all need the same.
    public final class Bound {
        private final Access access;

        private Bound(Access access) {
            this.access = access;
        }

        /// A route, to be completed by its path and service.
        public ServiceBindingBuilder route() {
            return listener.route().decorator(keeper.gate(access, way));
        }

        /// A resource that can be read, and so also be asked about by HEAD.
        public void get(String path, HttpService service) {
            route().path(path).methods(HttpMethod.GET, HttpMethod.HEAD).build(service);
        }

        /// A verb that is posted to a thing: `/v1/things/{name}:verb`, which the server's own patterns cannot say.
        ///
        /// @param path of the thing, with parameters in braces that take what is between slashes and colons
        public void verb(String path, String verb, HttpService service) {
            posted(path, verb).build(service);
        }

        /// The same for a verb that takes large bodies.
        ///
        /// @param maxBytes of one
        public void verb(String path, String verb, long maxBytes, HttpService service) {
            posted(path, verb).maxRequestLength(maxBytes).build(service);
        }

        /// The same for handlers that get the whole request and may block.
        public Blocking blocking(RequestThreads threads) {
            return new Blocking(this, threads);
        }

        private ServiceBindingBuilder posted(String path, String verb) {
            String pattern = PARAMETER.matcher(path).replaceAll("(?<$1>[^/:]+)") + ":" + verb;
            return route().path("regex:^" + pattern + "$").methods(HttpMethod.POST);
        }
    }

    /// Routes whose requests come whole and are answered on threads of their own: see [BlockingService].
    public static final class Blocking {
        private final Bound bound;
        private final RequestThreads threads;

        private Blocking(Bound bound, RequestThreads threads) {
            this.bound = bound;
            this.threads = threads;
        }

        /// As [Bound#get].
        public void get(String path, BlockingService.Handler handler) {
            bound.get(path, service(handler));
        }

        public void post(String path, BlockingService.Handler handler) {
            bound.route().post(path).build(service(handler));
        }

        public void put(String path, BlockingService.Handler handler) {
            bound.route().put(path).build(service(handler));
        }

        public void delete(String path, BlockingService.Handler handler) {
            bound.route().delete(path).build(service(handler));
        }

        /// As [Bound#verb].
        public void verb(String path, String verb, BlockingService.Handler handler) {
            bound.verb(path, verb, service(handler));
        }

        private HttpService service(BlockingService.Handler handler) {
            return new BlockingService(threads, handler);
        }
    }
}
