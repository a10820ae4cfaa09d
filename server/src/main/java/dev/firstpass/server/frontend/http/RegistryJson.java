package dev.firstpass.server.frontend.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.firstpass.registry.Manifest;
import dev.firstpass.registry.ModelEntry;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.Replica;
import dev.firstpass.registry.SignedBy;
import dev.firstpass.registry.validation.ReportJson;
import dev.firstpass.server.frontend.Json;
import dev.firstpass.server.frontend.RegistryAdmin;
import java.util.List;
import java.util.TreeMap;

/// Models and versions as the management listener shows them.
///
/// Pure functions.
final class RegistryJson {
    /// Versions of a model that are shown with it; the others are in its list of versions.
    static final int SHOWN_VERSIONS = 10;

    private static final double NANOS_PER_MILLI = 1e6;

    private RegistryJson() {}

    static ObjectNode model(ModelEntry entry, RegistryAdmin registry, List<Replica> replicas) {
        ObjectNode json = Json.object();
        json.put("name", entry.name().value());
        json.set("aliases", Json.tree(new TreeMap<>(entry.aliases())));
        List<ModelVersion> all = entry.versions();
        json.put("versionCount", all.size());
        ArrayNode list = json.putArray("versions");
        all.subList(Math.max(0, all.size() - SHOWN_VERSIONS), all.size())
                .forEach(version -> list.add(present(version, registry, replicas)));
        return json;
    }

    /// What the registry knows of a version, and what each replica has of it.
    static ObjectNode present(ModelVersion version, RegistryAdmin registry, List<Replica> replicas) {
        ObjectNode json = summary(version);
        registry.problem(version).ifPresent(why -> json.put("failure", why));
        ArrayNode list = json.putArray("replicas");
        replicas.forEach(replica -> list.addObject()
                .put("name", replica.name())
                .put("residency", replica.of(version.ref()).name()));
        return json;
    }

    static ObjectNode summary(ModelVersion version) {
        return Json.object()
                .put("ref", version.ref().toString())
                .put("version", version.number())
                .put("digest", version.digest())
                .put("state", version.state().name())
                .put("registeredAt", version.registeredAt().toString());
    }

    static ObjectNode registered(RegistryAdmin.Registered registered) {
        ModelVersion version = registered.version();
        ObjectNode json = summary(version);
        json.set("manifest", manifest(version.manifest()));
        putSignatures(json, registered.signers());
        json.set("origins", Json.tree(new TreeMap<>(registered.origins())));
        json.set("questions", Json.tree(new TreeMap<>(registered.questions())));
        if (!registered.failure().isEmpty()) {
            json.put("failure", registered.failure());
        }
        registered.validation().ifPresent(report -> json.set("validation", ReportJson.write(report)));
        return json;
    }

    static ObjectNode manifest(Manifest manifest) {
        ObjectNode json = Json.object();
        json.put("family", manifest.spec().family());
        json.set("classes", Json.tree(manifest.spec().classes()));
        json.set("parameters", Json.tree(new TreeMap<>(manifest.spec().parameters())));
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

    /// Adds whose signatures a version has to what is said of it.
    static void putSignatures(ObjectNode version, List<SignedBy> signers) {
        ArrayNode signatures = version.putArray("signatures");
        signers.forEach(signer -> signatures
                .addObject()
                .put("key", signer.key())
                .put("form", signer.form().id()));
    }

    static ObjectNode residency(RegistryAdmin.Residency loaded) {
        ObjectNode json = Json.object();
        json.put(
                "bytes",
                loaded.bytes().values().stream().mapToLong(Long::longValue).sum());
        json.set("devices", Json.tree(new TreeMap<>(loaded.bytes())));
        ArrayNode setups = json.putArray("setups");
        for (RegistryAdmin.Residency.Setup setup : loaded.setups()) {
            setups.addObject()
                    .put("stage", setup.stage())
                    .put("device", setup.device())
                    .put("sessions", setup.sessions())
                    .put("threads", setup.threads())
                    .put("maxBatch", setup.mostRows());
        }
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
}
