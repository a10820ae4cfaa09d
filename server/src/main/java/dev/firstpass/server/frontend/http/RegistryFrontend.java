package dev.firstpass.server.frontend.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.registry.Manifest;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.validation.ReportJson;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.failure.Words;
import dev.firstpass.server.frontend.Frontend;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.RegistryAdmin;
import dev.firstpass.server.frontend.RequestNotes;
import dev.firstpass.server.frontend.RequestRules;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The registry on the management listener: what there is, taking in a version and retiring it, moving an alias and
/// rolling it back.
///
/// Immutable.
public final class RegistryFrontend implements Frontend {
    private static final String MODELS = "/v1/registry/models";
    private static final Pattern ETAG = Pattern.compile("\"([1-9][0-9]{0,17})\"");
    private static final double NANOS_PER_MILLI = 1e6;
    private static final Pattern NUMBER = Pattern.compile("[1-9][0-9]{0,17}");

    /// How long a refused upload may still come in, so that a client reads the answer before its stream is reset.
    private static final Duration LINGER = Duration.ofSeconds(2);

    private static final Set<MediaType> BUNDLES = Set.of(
            MediaType.OCTET_STREAM, MediaType.ZIP, MediaType.TAR, MediaType.GZIP, MediaType.parse("application/gzip"));

    @Override
    public void addTo(ServerBuilder listener, FrontendContext context) {
        RegistryAdmin registry = context.backend().registry();
        Routes.get(listener, MODELS, new BlockingService(context.threads(), (_, _) -> models(registry)));
        Routes.get(
                listener,
                MODELS + "/{name}",
                new BlockingService(context.threads(), (request, _) -> model(registry, name(request))));
        Routes.get(
                listener,
                MODELS + "/{name}/versions/{number}",
                new BlockingService(
                        context.threads(),
                        (request, _) -> version(registry, name(request), PathParams.get(request, "number"))));
        listener.route()
                .put(MODELS + "/{name}/aliases/{alias}")
                .build(new BlockingService(context.threads(), (request, whole) -> moveAlias(registry, request, whole)));
        Routes.verb(
                listener,
                MODELS + "/{name}/aliases/{alias}",
                "rollback",
                new BlockingService(context.threads(), (request, whole) -> rollBack(registry, request, whole)));
        Routes.verb(
                listener,
                MODELS + "/{name}/versions/{number}",
                "retire",
                new BlockingService(context.threads(), (request, _) -> retire(registry, request)));
        listener.route()
                .post(MODELS + "/{name}/versions")
                .maxRequestLength(context.limits().maxUploadBytes())
                .requestAutoAbortDelay(LINGER)
                .build((request, body) -> {
                    // As long as pieces keep coming, an upload may take its time; and then so may the registry.
                    request.clearRequestTimeout();
                    return HttpResponse.of(
                            context.threads().run(request, () -> register(context, registry, request, body)));
                });
    }

    private static ModelName name(ServiceRequestContext request) {
        return new ModelName(PathParams.get(request, "name"));
    }

    private static HttpResponse models(RegistryAdmin registry) {
        ObjectNode body = Json.object();
        ArrayNode models = body.putArray("models");
        registry.versions().stream()
                .collect(Collectors.groupingBy(version -> version.name().value(), TreeMap::new, Collectors.toList()))
                .values()
                .forEach(versions -> models.add(model(versions, registry)));
        return Json.response(HttpStatus.OK, body);
    }

    private static HttpResponse model(RegistryAdmin registry, ModelName name) {
        return Json.response(HttpStatus.OK, model(versionsOf(registry, name), registry));
    }

    private static ObjectNode model(List<ModelVersion> versions, RegistryAdmin registry) {
        ModelName name = versions.getFirst().name();
        ObjectNode json = Json.object();
        json.put("name", name.value());
        json.set("aliases", Json.tree(new TreeMap<>(registry.aliases(name))));
        ArrayNode list = json.putArray("versions");
        versions.forEach(version -> list.add(present(version, registry)));
        return json;
    }

    private static ModelVersion versionOf(RegistryAdmin registry, ModelName name, String number) {
        return versionsOf(registry, name).stream()
                .filter(candidate -> Long.toString(candidate.number()).equals(number))
                .findFirst()
                .orElseThrow(() -> new RegistryException.VersionNotFound(
                        "version: " + Words.quoted(number) + " (expected: a version of " + name + ")"));
    }

    private static HttpResponse version(RegistryAdmin registry, ModelName name, String number) {
        ModelVersion version = versionOf(registry, name, number);
        ObjectNode json = present(version, registry);
        json.set("manifest", manifest(version.manifest()));
        registry.residency(version.ref()).ifPresent(loaded -> json.set("residency", residency(loaded)));
        return Json.response(HttpStatus.OK, json);
    }

    private static ObjectNode residency(RegistryAdmin.Residency loaded) {
        ObjectNode json = Json.object();
        json.put(
                "bytes",
                loaded.bytes().values().stream().mapToLong(Long::longValue).sum());
        json.set("devices", Json.tree(new TreeMap<>(loaded.bytes())));
        ArrayNode runs = json.putArray("runs");
        for (RegistryAdmin.Residency.Run run : loaded.runs()) {
            ObjectNode one = runs.addObject();
            one.put("stage", run.stage());
            one.put("device", run.device());
            one.set("row", Json.tree(run.row()));
            one.put("rows", run.rows());
            one.put("millis", run.nanos() / NANOS_PER_MILLI);
        }
        return json;
    }

    private static List<ModelVersion> versionsOf(RegistryAdmin registry, ModelName name) {
        List<ModelVersion> versions = registry.versions().stream()
                .filter(version -> version.name().equals(name))
                .toList();
        if (versions.isEmpty()) {
            throw new RegistryException.ModelNotFound("model: " + Words.quoted(name.value()) + " is not registered");
        }
        return versions;
    }

    /// What the registry knows of a version, unless it has failed here meanwhile.
    private static ObjectNode present(ModelVersion version, RegistryAdmin registry) {
        ObjectNode json = summary(version);
        if (version.state() == ModelVersion.State.AVAILABLE) {
            registry.failure(version.ref())
                    .ifPresent(why ->
                            json.put("state", ModelVersion.State.FAILED.name()).put("failure", why));
        }
        return json;
    }

    private static ObjectNode summary(ModelVersion version) {
        return Json.object()
                .put("ref", version.ref().toString())
                .put("version", version.number())
                .put("digest", version.digest())
                .put("state", version.state().name())
                .put("registeredAt", version.registeredAt().toString());
    }

    private static ObjectNode manifest(Manifest manifest) {
        ObjectNode json = Json.object();
        json.put("family", manifest.spec().family());
        json.set("classes", Json.tree(manifest.spec().classes()));
        ObjectNode stages = json.putObject("stages");
        new TreeMap<>(manifest.stageFiles())
                .forEach((stage, file) -> stages.putObject(stage)
                        .put("engine", file.engine().id())
                        .put("file", file.file()));
        ArrayNode files = json.putArray("files");
        manifest.files()
                .forEach(file -> files.addObject()
                        .put("path", file.path())
                        .put("sha256", file.sha256())
                        .put("bytes", file.bytes()));
        return json;
    }

    private static HttpResponse register(
            FrontendContext context, RegistryAdmin registry, ServiceRequestContext request, HttpRequest body) {
        ModelName name = name(request);
        requireBundle(body);
        try (Upload upload =
                Upload.receive(body, request.eventLoop(), context.limits().bodyTimeout())) {
            RequestNotes.of(request).bodyRead();
            RegistryAdmin.Registered registered = registry.register(name, upload.file());
            ModelVersion version = registered.version();
            ObjectNode json = summary(version);
            json.set("manifest", manifest(version.manifest()));
            json.set("origins", Json.tree(new TreeMap<>(registered.origins())));
            json.set("questions", Json.tree(new TreeMap<>(registered.questions())));
            if (!registered.failure().isEmpty()) {
                json.put("failure", registered.failure());
            }
            registry.validations()
                    .report(version.ref())
                    .ifPresent(report -> json.set("validation", ReportJson.write(report)));
            ResponseHeaders headers = ResponseHeaders.builder(HttpStatus.CREATED)
                    .contentType(MediaType.JSON)
                    .set("cache-control", "no-store")
                    .set("location", MODELS + "/" + name + "/versions/" + version.number())
                    .build();
            return HttpResponse.of(headers, HttpData.wrap(Json.bytes(json)));
        }
    }

    private static void requireBundle(HttpRequest body) {
        @Nullable MediaType type = body.contentType();
        if (type == null || !BUNDLES.contains(type.withoutParameters())) {
            throw Failure.ofField(
                            Reason.MEDIA_TYPE_UNSUPPORTED,
                            "Content-Type",
                            "Content-Type: " + (type == null ? "none" : Words.quoted(type.toString()))
                                    + " (expected: application/octet-stream, application/zip, application/x-tar"
                                    + " or application/gzip)")
                    .asException();
        }
    }

    private static HttpResponse moveAlias(
            RegistryAdmin registry, ServiceRequestContext request, AggregatedHttpRequest whole) {
        ModelName name = name(request);
        String alias = PathParams.get(request, "alias");
        ObjectNode body = Json.readObject("body", whole.content().array());
        Options options = new Options(Set.of("version"));
        options.addJson(body);
        long version = options.whole("version")
                .filter(number -> NUMBER.matcher(Long.toString(number)).matches())
                .orElseThrow(() -> RequestRules.invalid("version", "version (expected: a version's number)"));
        // It returns when the version is loaded.
        request.clearRequestTimeout();
        registry.moveAlias(name, alias, version, expected(whole.headers().get("if-match")));
        return moved(registry, alias, version);
    }

    private static HttpResponse rollBack(
            RegistryAdmin registry, ServiceRequestContext request, AggregatedHttpRequest whole) {
        String alias = PathParams.get(request, "alias");
        // It returns when the version is loaded.
        request.clearRequestTimeout();
        long version =
                registry.rollBack(name(request), alias, expected(whole.headers().get("if-match")));
        return moved(registry, alias, version);
    }

    private static HttpResponse retire(RegistryAdmin registry, ServiceRequestContext request) {
        ModelVersion version = versionOf(registry, name(request), PathParams.get(request, "number"));
        // It returns when requests that have the version have ended.
        request.clearRequestTimeout();
        return Json.response(HttpStatus.OK, withBehind(summary(registry.retire(version.ref())), registry));
    }

    /// Names the servers that may not know of the change yet, if there are any.
    static ObjectNode withBehind(ObjectNode json, RegistryAdmin registry) {
        List<String> behind = registry.behind();
        if (!behind.isEmpty()) {
            json.set("behind", Json.tree(behind));
        }
        return json;
    }

    private static HttpResponse moved(RegistryAdmin registry, String alias, long version) {
        ResponseHeaders headers = ResponseHeaders.builder(HttpStatus.OK)
                .contentType(MediaType.JSON)
                .set("cache-control", "no-store")
                .set("etag", "\"" + version + "\"")
                .build();
        ObjectNode json = withBehind(Json.object().put("alias", alias).put("version", version), registry);
        return HttpResponse.of(headers, HttpData.wrap(Json.bytes(json)));
    }

    /// An alias' entity tag is the number of the version that it means.
    private static OptionalLong expected(@Nullable String ifMatch) {
        if (ifMatch == null) {
            return OptionalLong.empty();
        }
        Matcher tag = ETAG.matcher(ifMatch);
        if (!tag.matches()) {
            throw RequestRules.invalid(
                    "If-Match", "If-Match: " + Words.quoted(ifMatch) + " (expected: a version in quotes: \"7\")");
        }
        return OptionalLong.of(Long.parseLong(tag.group(1)));
    }
}
