package dev.firstpass.server.frontend.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.registry.ModelEntry;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.Replica;
import dev.firstpass.server.frontend.Frontend;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.Json;
import dev.firstpass.server.frontend.Options;
import dev.firstpass.server.frontend.Page;
import dev.firstpass.server.frontend.RegistryAdmin;
import dev.firstpass.server.frontend.Routes;
import dev.firstpass.server.security.Callers;
import java.util.List;

/// `/v1/registry/models`: what there is, in pages, and each with an entity tag.
///
/// Immutable.
public final class ModelsFrontend implements Frontend {
    private static final String PAGE_SIZE = "pageSize";
    private static final String PAGE_TOKEN = "pageToken";

    @Override
    public void addTo(Routes routes, FrontendContext context) {
        Routes.Blocking readers = routes.managing().blocking(context.threads());
        RegistryAdmin registry = context.backend().registry();
        readers.get(RegistryPaths.MODELS, (request, whole) -> models(registry, request, whole));
        readers.get(
                RegistryPaths.MODEL,
                (request, whole) -> EntityTags.response(
                        whole.headers(),
                        RegistryJson.model(
                                registry.entry(RegistryPaths.name(request)), registry, registry.replicas())));
        readers.get(RegistryPaths.VERSIONS, (request, whole) -> versions(registry, request, whole));
        readers.get(RegistryPaths.VERSION, (request, whole) -> version(registry, request, whole));
    }

    private static Options paging(ServiceRequestContext request) {
        return Options.ofQuery(request.queryParams(), PAGE_SIZE, PAGE_TOKEN);
    }

    private static HttpResponse models(
            RegistryAdmin registry, ServiceRequestContext request, AggregatedHttpRequest whole) {
        Options options = paging(request);
        Page<ModelEntry> page = Page.ofModels(
                registry.entries(Callers.tenant(request)), options.whole(PAGE_SIZE), options.text(PAGE_TOKEN));
        ObjectNode body = Json.object();
        ArrayNode models = body.putArray("models");
        List<Replica> replicas = registry.replicas();
        page.items().forEach(entry -> models.add(RegistryJson.model(entry, registry, replicas)));
        page.nextToken().ifPresent(token -> body.put("nextPageToken", token));
        return EntityTags.response(whole.headers(), body);
    }

    private static HttpResponse versions(
            RegistryAdmin registry, ServiceRequestContext request, AggregatedHttpRequest whole) {
        Options options = paging(request);
        Page<ModelVersion> page = Page.ofVersions(
                registry.entry(RegistryPaths.name(request)).versions(),
                options.whole(PAGE_SIZE),
                options.text(PAGE_TOKEN));
        ObjectNode body = Json.object();
        ArrayNode versions = body.putArray("versions");
        List<Replica> replicas = registry.replicas();
        page.items().forEach(version -> versions.add(RegistryJson.present(version, registry, replicas)));
        page.nextToken().ifPresent(token -> body.put("nextPageToken", token));
        return EntityTags.response(whole.headers(), body);
    }

    private static HttpResponse version(
            RegistryAdmin registry, ServiceRequestContext request, AggregatedHttpRequest whole) {
        ModelVersion version = RegistryPaths.version(registry, request);
        ObjectNode json = RegistryJson.present(version, registry, registry.replicas());
        json.set("manifest", RegistryJson.manifest(version.manifest()));
        RegistryJson.putSignatures(json, registry.entry(version.name()).signers(version.number()));
        registry.residency(version.ref()).ifPresent(loaded -> json.set("residency", RegistryJson.residency(loaded)));
        return EntityTags.response(whole.headers(), json);
    }
}
