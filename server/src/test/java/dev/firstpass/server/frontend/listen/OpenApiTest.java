package dev.firstpass.server.frontend.listen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.server.Route;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServiceConfig;
import dev.firstpass.server.config.ServerConfig;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.frontend.FakeBackend;
import dev.firstpass.server.frontend.http.StaticNames;
import dev.firstpass.server.security.Access;
import dev.firstpass.server.security.Gate;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// The descriptions of both listeners against their real routes.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OpenApiTest {
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
    private static final Pattern PARAMETER = Pattern.compile("/:([a-z]+)");
    /// Of routes with a verb.
    private static final Pattern EXPRESSION = Pattern.compile("\\(\\?<([a-z]+)>[^)]*\\)");

    /// The console and the login borrow some of the page's.
    private static final Set<String> PAGE_FILES = Stream.concat(
                    Stream.of("console/", "page/").flatMap(folder -> StaticNames.of(folder).stream()),
                    Stream.of("login/", "page/")
                            .flatMap(folder -> StaticNames.of(folder).stream())
                            .map(file -> "/login" + file))
            .collect(Collectors.toSet());

    private final FakeBackend backend = new FakeBackend();
    private Listeners listeners;

    @BeforeAll
    void build() {
        listeners = new Listeners(ServerConfig.STANDARD, backend.backend());
    }

    @AfterAll
    void close() {
        listeners.close();
        backend.metrics().close();
    }

    @Test
    void data_describesExactlyItsRoutes() {
        assertEquals(described("openapi/data.yaml"), routes(listeners.data(), PAGE_FILES));
    }

    @Test
    void management_describesExactlyItsRoutes() {
        assertEquals(described("openapi/management.yaml"), routes(listeners.management(), PAGE_FILES));
    }

    /// `GET /v1/models/{ref}` and so on; HEAD goes without saying, gRPC has its own description, and so do not
    /// the files of the page.
    private static Set<String> routes(Server server, Set<String> pageFiles) {
        Set<String> routes = new TreeSet<>();
        for (ServiceConfig config : server.config().serviceConfigs()) {
            Route route = config.route();
            String path = EXPRESSION
                    .matcher(PARAMETER.matcher(route.patternString()).replaceAll("/{$1}"))
                    .replaceAll("{$1}")
                    .replaceAll("^\\^|\\$$", "");
            if (path.contains(".v1.")
                    || path.contains(".v1alpha.")
                    || path.startsWith("/inference.")
                    || path.startsWith("/tensorflow.serving.")
                    || pageFiles.contains(path)) {
                continue;
            }
            for (HttpMethod method : route.methods()) {
                if (method != HttpMethod.HEAD) {
                    routes.add(method + " " + path);
                }
            }
        }
        return routes;
    }

    private static Set<String> described(String resource) {
        Set<String> described = new TreeSet<>();
        read(resource)
                .path("paths")
                .properties()
                .forEach(path -> path.getValue()
                        .fieldNames()
                        .forEachRemaining(
                                method -> described.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey())));
        return described;
    }

    @Test
    void publicRoutes_areSaidToBe() {
        assertEquals(saidToBePublic("openapi/data.yaml"), publicRoutes(listeners.data()));
        assertEquals(saidToBePublic("openapi/management.yaml"), publicRoutes(listeners.management()));
    }

    private static Set<String> publicRoutes(Server server) {
        return server.config().serviceConfigs().stream()
                .filter(config ->
                        Objects.requireNonNull(config.service().as(Gate.class)).access() instanceof Access.Public)
                .map(config -> PARAMETER.matcher(config.route().patternString()).replaceAll("/{$1}"))
                .filter(path -> !path.contains("."))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> saidToBePublic(String resource) {
        return read(resource).path("paths").properties().stream()
                .filter(path -> path.getValue().at("/get/security").isArray()
                        && path.getValue().at("/get/security").isEmpty())
                .map(Map.Entry::getKey)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void references_allResolve() {
        for (String resource : List.of("openapi/data.yaml", "openapi/management.yaml")) {
            JsonNode document = read(resource);
            List<JsonNode> references = document.findValues("$ref");
            assertTrue(references.size() > 5);
            for (JsonNode reference : references) {
                String pointer = reference.textValue().substring(1);
                assertTrue(!document.at(pointer).isMissingNode(), pointer);
            }
        }
    }

    @Test
    void parameters_areTheOptionsThatTheDoorReads() {
        JsonNode post = read("openapi/data.yaml")
                .path("paths")
                .path("/v1/models/{ref}/prelabels")
                .path("post");
        Set<String> query = post.path("parameters").findParents("in").stream()
                .filter(parameter -> parameter.path("in").textValue().equals("query"))
                .map(parameter -> parameter.path("name").textValue())
                .collect(Collectors.toCollection(TreeSet::new));

        assertEquals(new TreeSet<>(StaticNames.queryOptions()), query);
    }

    @Test
    void statuses_areThoseOfTheReasons() {
        JsonNode responses = read("openapi/data.yaml")
                .path("paths")
                .path("/v1/models/{ref}/prelabels")
                .path("post")
                .path("responses");
        Set<Integer> statuses =
                Set.of(Reason.values()).stream().map(Reason::httpStatus).collect(Collectors.toSet());
        responses
                .fieldNames()
                .forEachRemaining(status ->
                        assertTrue(status.equals("200") || statuses.contains(Integer.valueOf(status)), status));
    }

    private static JsonNode read(String resource) {
        try (InputStream in =
                Objects.requireNonNull(OpenApiTest.class.getClassLoader().getResourceAsStream(resource))) {
            return YAML.readTree(in);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
