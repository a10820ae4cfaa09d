package dev.firstpass.server.labelbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Answers as Labelbox's GraphQL endpoint does to imports of predictions, and holds requests to the multipart contract: what is
/// not so is answered with status 400 and why.
///
/// Thread-safe. Who made it closes it.
public final class LabelboxStub implements AutoCloseable {
    public static final String KEY = "lb_secret-key.0123";

    private static final JsonMapper JSON = new JsonMapper();

    private final HttpServer server;
    private final Map<String, Import> imports = new LinkedHashMap<>();
    private final Deque<Fault> faults = new ArrayDeque<>();
    private final List<String> created = new ArrayList<>();
    private final List<String> refusedRows = new ArrayList<>();
    private List<String> states = List.of("RUNNING 10%", "RUNNING 60%", "FINISHED 100%");
    private Optional<Fault> faultOfFile = Optional.empty();
    private int goodFiles;
    private String errorFileHost = "";
    private boolean wasKeySentElsewhere;

    /// What goes wrong with the next request.
    public enum Fault {
        RATE_LIMIT,
        UNAVAILABLE,
        /// After an import has begun.
        LOST_ANSWER,
        GRAPHQL_LIMIT,
        REFUSED_WITH_KEY,
        NO_JSON,
        REDIRECT,
        SILENCE
    }

    private static final class Import {
        private final Deque<String> states;
        private final List<String> rows;

        Import(List<String> states, List<String> rows) {
            this.states = new ArrayDeque<>(states);
            this.rows = rows;
        }
    }

    public LabelboxStub() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/graphql", this::graphql);
        server.createContext("/errors", this::errors);
        server.start();
    }

    public URI endpoint() {
        return uri("/graphql");
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
    }

    public synchronized LabelboxStub fails(Fault... with) {
        faults.addAll(List.of(with));
        return this;
    }

    /// What goes wrong with the next request that has a file.
    synchronized void failsOnFile(Fault with) {
        faultOfFile = Optional.of(with);
    }

    /// What goes wrong after so many requests that have a file.
    public synchronized void failsOnFileAfter(int good, Fault with) {
        goodFiles = good;
        faultOfFile = Optional.of(with);
    }

    /// Rows of these uuids are refused.
    public synchronized LabelboxStub refuses(String... uuids) {
        refusedRows.addAll(List.of(uuids));
        return this;
    }

    /// States that each further import goes through, one for each look at it.
    public synchronized LabelboxStub goesThrough(String... through) {
        states = List.of(through);
        return this;
    }

    /// Says that lists of refused rows are there.
    synchronized LabelboxStub hasErrorsAt(String host) {
        errorFileHost = host;
        return this;
    }

    /// Names of the imports that were begun, in order.
    public synchronized List<String> created() {
        return List.copyOf(created);
    }

    synchronized List<String> rows(String name) {
        return List.copyOf(begun(name).rows);
    }

    private Import begun(String name) {
        return Optional.ofNullable(imports.get(name)).orElseThrow();
    }

    synchronized boolean wasKeySentElsewhere() {
        return wasKeySentElsewhere;
    }

    private synchronized void graphql(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            if (!("Bearer " + KEY).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
                answer(exchange, 401, "{\"errors\": [{\"message\": \"no\"}]}");
                return;
            }
            String type = String.valueOf(exchange.getRequestHeaders().getFirst("Content-Type"));
            try {
                if (!faults.isEmpty()) {
                    fail(exchange, faults.remove());
                } else if (type.startsWith("multipart/form-data; boundary=")) {
                    file(exchange, Form.of(body, type.substring(type.indexOf('=') + 1)));
                } else {
                    answer(exchange, 200, find(JSON.readTree(body)));
                }
            } catch (IllegalArgumentException e) {
                answer(exchange, 400, "{\"errors\": [{\"message\": \"contract: " + e.getMessage() + "\"}]}");
            }
        }
    }

    private void file(HttpExchange exchange, Form form) throws IOException {
        Optional<Fault> fault = goodFiles-- > 0 ? Optional.empty() : faultOfFile;
        if (fault.isEmpty()) {
            answer(exchange, 200, create(form));
            return;
        }
        faultOfFile = Optional.empty();
        if (fault.get() == Fault.LOST_ANSWER) {
            create(form);
        }
        fail(exchange, fault.get());
    }

    private void fail(HttpExchange exchange, Fault fault) throws IOException {
        switch (fault) {
            case RATE_LIMIT -> answer(exchange, 429, "slow down");
            case UNAVAILABLE, LOST_ANSWER -> answer(exchange, 503, "");
            case GRAPHQL_LIMIT ->
                answer(
                        exchange,
                        200,
                        "{\"errors\": [{\"message\": \"limit\", \"extensions\": {\"code\": \"API_LIMIT\"}}]}");
            case REFUSED_WITH_KEY ->
                answer(
                        exchange,
                        200,
                        "{\"errors\": [{\"message\": \"not with " + KEY
                                + "\", \"extensions\": {\"code\": \"UNAUTHORIZED\"}}], \"data\": null}");
            case NO_JSON -> answer(exchange, 200, "<html>a proxy's page</html>");
            case REDIRECT -> {
                exchange.getResponseHeaders()
                        .set("Location", uri("/errors/elsewhere").toString());
                answer(exchange, 302, "");
            }
            case SILENCE -> {
                // Closed without an answer.
            }
        }
    }

    private String create(Form form) {
        require(form.names().subList(0, 2).equals(List.of("operations", "map")), "parts " + form.names());
        JsonNode operations = json(form.text("operations"));
        JsonNode variables = operations.path("variables");
        String name = variables.path("name").asText();
        String fileName = variables.path("projectId").asText() + "__" + name + ".ndjson";
        require(operations.path("query").asText().contains("createModelAssistedLabelingPredictionImport("), "query");
        require(variables.path("file").isNull(), "variables.file is not null");
        require(json(form.text("map")).toString().equals("{\"" + fileName + "\":[\"variables.file\"]}"), "map");
        require(form.names().equals(List.of("operations", "map", fileName)), "file's name " + form.names());
        require(form.head(fileName).contains("filename=\"" + fileName + "\""), "filename");
        require(form.head(fileName).contains("Content-Type: application/x-ndjson"), "file's type");
        String rows = form.text(fileName);
        require(
                variables.path("contentLength").asLong() == rows.getBytes(StandardCharsets.UTF_8).length,
                "contentLength");
        require(!imports.containsKey(name), "a name that is taken");
        imports.put(
                name,
                new Import(states, rows.lines().filter(row -> !row.isBlank()).toList()));
        created.add(name);
        return data("createModelAssistedLabelingPredictionImport", fields(name));
    }

    private String find(JsonNode operation) {
        require(operation.path("query").asText().contains("modelAssistedLabelingPredictionImport("), "query");
        String name = operation.path("variables").path("name").asText();
        return imports.containsKey(name)
                ? data("modelAssistedLabelingPredictionImport", fields(name))
                : "{\"errors\": [{\"message\": \"none\", \"extensions\": {\"code\": \"RESOURCE_NOT_FOUND\"}}], \"data\": null}";
    }

    private static String data(String field, String fields) {
        return "{\"data\": {\"" + field + "\": " + fields + "}}";
    }

    private String fields(String name) {
        Deque<String> left = begun(name).states;
        String now = left.size() > 1 ? left.remove() : left.element();
        String state = now.substring(0, now.indexOf(' '));
        String progress = now.substring(now.indexOf(' ') + 1);
        String errors = state.equals("FINISHED")
                ? "\"" + (errorFileHost.isEmpty() ? uri("/errors/" + name) : errorFileHost + "/errors/" + name) + "\""
                : "null";
        return "{\"id\": \"i\", \"name\": \"%s\", \"state\": \"%s\", \"progress\": \"%s\", \"errorFileUrl\": %s,"
                        .formatted(name, state, progress, errors)
                + " \"statusFileUrl\": null}";
    }

    private synchronized void errors(HttpExchange exchange) throws IOException {
        try (exchange) {
            wasKeySentElsewhere |= exchange.getRequestHeaders().containsKey("Authorization");
            String name = exchange.getRequestURI().getPath().substring("/errors/".length());
            StringBuilder lines = new StringBuilder();
            for (String row : begun(name).rows) {
                String uuid = json(row).path("uuid").asText();
                if (refusedRows.contains(uuid)) {
                    lines.append(
                                    "{\"uuid\": \"%s\", \"dataRow\": {\"id\": \"d\"}, \"status\": \"FAILURE\", \"errors\": [{\"name\":"
                                            .formatted(uuid))
                            .append(" \"DataRowNotFound\", \"message\": \"no such data row\"}]}\n");
                }
            }
            answer(exchange, 200, lines.toString());
        }
    }

    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (IOException e) {
            throw new IllegalArgumentException("no JSON", e);
        }
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new IllegalArgumentException(what);
        }
    }

    private static void answer(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        if (bytes.length > 0) {
            exchange.getResponseBody().write(bytes);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }

    /// A `multipart/form-data` body, read by the letter.
    private record Form(Map<String, String> heads, Map<String, String> texts) {
        static Form of(byte[] body, String boundary) {
            String text = new String(body, StandardCharsets.UTF_8);
            Map<String, String> heads = new LinkedHashMap<>();
            Map<String, String> texts = new LinkedHashMap<>();
            require(text.startsWith("--" + boundary + "\r\n"), "no boundary at its beginning");
            require(text.endsWith("\r\n--" + boundary + "--\r\n"), "no boundary at its end");
            String inner = text.substring(boundary.length() + 4, text.length() - boundary.length() - 8);
            String between = "\r\n--" + boundary + "\r\n";
            for (int at = 0; at <= inner.length(); ) {
                int end = inner.indexOf(between, at);
                String part = inner.substring(at, end < 0 ? inner.length() : end);
                at = end < 0 ? inner.length() + 1 : end + between.length();
                int blank = part.indexOf("\r\n\r\n");
                require(blank > 0, "a part without a head");
                String head = part.substring(0, blank);
                require(head.startsWith("Content-Disposition: form-data; name=\""), "a part without a name");
                String name = head.substring(head.indexOf('"') + 1, head.indexOf('"', head.indexOf('"') + 1));
                heads.put(name, head);
                texts.put(name, part.substring(blank + 4));
            }
            return new Form(heads, texts);
        }

        List<String> names() {
            return List.copyOf(texts.keySet());
        }

        String text(String name) {
            return texts.getOrDefault(name, "");
        }

        String head(String name) {
            return heads.getOrDefault(name, "");
        }
    }
}
