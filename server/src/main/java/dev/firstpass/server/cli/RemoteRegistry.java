package dev.firstpass.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.firstpass.postprocess.family.ModelFamilies;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ProjectName;
import dev.firstpass.registry.ProjectRef;
import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.Rollout;
import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.audit.AuditHead;
import dev.firstpass.registry.audit.AuditLine;
import dev.firstpass.registry.audit.AuditPage;
import dev.firstpass.registry.token.NewToken;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.server.failure.FailureException;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.StreamSupport;

/// The registry behind a server's management listener.
///
/// For one thread.
final class RemoteRegistry implements RegistryAccess {
    private static final String MODELS = "v1/registry/models";
    private static final String PROJECTS = "v1/registry/projects";
    private static final String TOKENS = "v1/tokens";
    private static final String AUDIT = "v1/registry/audit";
    private static final int AUDIT_PAGE = 1000;
    private static final int PAGE = 1000;
    private static final Duration REGISTER_TIMEOUT = Duration.ofMinutes(30);

    /// A bundle that is sent anew as a whole if the connection breaks.
    private static final long SENT_AT_ONCE = 8 << 20;

    private final HttpCalls calls;
    private final RemoteUploads uploads;

    RemoteRegistry(Endpoint management) {
        this(management, Thread::sleep);
    }

    /// @param sleep between attempts on a line that breaks
    RemoteRegistry(Endpoint management, RemoteUploads.Sleep sleep) {
        this.calls = new HttpCalls(management);
        this.uploads = new RemoteUploads(calls, sleep);
    }

    @Override
    public List<ModelSummary> list() {
        List<ModelSummary> models = new ArrayList<>();
        pages(MODELS, "models", model -> models.add(summary(model)));
        return models;
    }

    private void pages(String path, String items, Consumer<JsonNode> taker) {
        String token = "";
        do {
            JsonNode page = get(path + "?pageSize=" + PAGE + (token.isEmpty() ? "" : "&pageToken=" + token));
            page.path(items).forEach(taker);
            token = page.path("nextPageToken").asText();
        } while (!token.isEmpty());
    }

    /// The list names versions by number; what they are is asked of the one that stands for the model.
    private ModelSummary summary(JsonNode model) {
        String name = model.path("name").asText();
        Map<String, Long> aliases = aliases(model);
        List<Long> numbers = numbers(name, model);
        long shown = aliases.getOrDefault(ModelRef.PRODUCTION, numbers.isEmpty() ? 0 : numbers.getLast());
        JsonNode version = get(MODELS + "/" + name + "/versions/" + shown);
        String family = version.path("manifest").path("family").asText();
        return new ModelSummary(
                name,
                numbers,
                aliases,
                family,
                geometry(version.path("manifest")),
                strings(version.path("manifest").path("classes")),
                version.path("state").asText(),
                replicas(version));
    }

    private static List<Setup> setups(JsonNode version) {
        List<Setup> setups = new ArrayList<>();
        version.path("residency")
                .path("setups")
                .forEach(setup -> setups.add(new Setup(
                        setup.path("stage").asText(),
                        setup.path("device").asText(),
                        setup.path("sessions").asInt(),
                        setup.path("threads").asInt(),
                        setup.path("maxBatch").asInt())));
        return setups;
    }

    private static List<ReplicaState> replicas(JsonNode version) {
        List<ReplicaState> replicas = new ArrayList<>();
        version.path("replicas")
                .forEach(replica -> replicas.add(new ReplicaState(
                        replica.path("name").asText(), replica.path("residency").asText())));
        return replicas;
    }

    /// A model is shown with its newest versions only.
    private List<Long> numbers(String name, JsonNode model) {
        List<Long> numbers = new ArrayList<>();
        JsonNode shown = model.path("versions");
        if (shown.size() < model.path("versionCount").asInt()) {
            pages(MODELS + "/" + name + "/versions", "versions", version -> numbers.add(number(version)));
        } else {
            shown.forEach(version -> numbers.add(number(version)));
        }
        return numbers;
    }

    private static long number(JsonNode version) {
        return version.path("version").asLong();
    }

    @Override
    public VersionDetails show(ModelRef ref) {
        Map<String, Long> aliases = aliases(get(MODELS + "/" + ref.name()));
        long number = number(ref, aliases);
        JsonNode version = get(MODELS + "/" + ref.name() + "/versions/" + number);
        JsonNode manifest = version.path("manifest");
        String family = manifest.path("family").asText();
        return new VersionDetails(
                version.path("ref").asText(),
                version.path("digest").asText(),
                version.path("state").asText(),
                failure(version),
                replicas(version),
                version.path("registeredAt").asText(),
                aliases.entrySet().stream()
                        .filter(alias -> alias.getValue() == number)
                        .map(Map.Entry::getKey)
                        .toList(),
                family,
                geometry(manifest),
                strings(manifest.path("classes")),
                signatures(version),
                setups(version),
                validation(ref.name(), number),
                manifest);
    }

    /// A server of an earlier release keeps no reports.
    private Optional<JsonNode> validation(ModelName name, long number) {
        try {
            return Optional.of(get(MODELS + "/" + name + "/versions/" + number + "/validation"));
        } catch (FailureException e) {
            return switch (e.failure().reason()) {
                case VERSION_NOT_FOUND, ROUTE_NOT_FOUND -> Optional.empty();
                default -> throw e;
            };
        }
    }

    @Override
    public Validation validate(ModelRef ref, Progress progress) {
        long number = number(ref, aliases(get(MODELS + "/" + ref.name())));
        HttpRequest request = calls.to(MODELS + "/" + ref.name() + "/versions/" + number + ":validate")
                .timeout(REGISTER_TIMEOUT)
                .POST(BodyPublishers.noBody())
                .build();
        JsonNode report = Progress.during(
                progress.begin("Trying " + ref, Progress.UNKNOWN, Progress.Unit.STEPS),
                () -> calls.sendForJson(request));
        return new Validation(ref.name() + "@" + number, report);
    }

    private static long number(ModelRef ref, Map<String, Long> aliases) {
        return switch (ref) {
            case ModelRef.Numbered numbered -> numbered.number();
            case ModelRef.Aliased aliased ->
                Optional.ofNullable(aliases.get(aliased.alias()))
                        .orElseThrow(() -> new RegistryException.VersionNotFound(ref + ": no such alias"));
        };
    }

    private static List<Signature> signatures(JsonNode version) {
        List<Signature> signatures = new ArrayList<>();
        version.path("signatures")
                .forEach(one -> signatures.add(
                        new Signature(one.path("key").asText(), one.path("form").asText())));
        return signatures;
    }

    private static Optional<String> failure(JsonNode version) {
        return Optional.of(version.path("failure").asText()).filter(failure -> !failure.isEmpty());
    }

    /// A server may know families that this command line does not.
    private static String geometry(JsonNode manifest) {
        Map<String, String> parameters = new LinkedHashMap<>();
        manifest.path("parameters")
                .properties()
                .forEach(one -> parameters.put(one.getKey(), one.getValue().asText()));
        return ModelFamilies.byId(manifest.path("family").asText())
                .map(known -> known.nativeGeometry(parameters).id())
                .orElse("");
    }

    @Override
    public Registration register(ModelName name, Path path, Optional<Path> manifest, Progress progress) {
        try {
            Bundle bundle = Bundle.of(path, manifest);
            JsonNode answer = bundle.length() > SENT_AT_ONCE
                    ? registerInPieces(name, bundle, progress)
                    : registerAtOnce(name, bundle, progress);
            return new Registration(
                    answer.path("ref").asText(),
                    answer.path("digest").asText(),
                    answer.path("state").asText(),
                    answer.path("manifest"),
                    texts(answer.path("origins")),
                    texts(answer.path("questions")),
                    failure(answer),
                    signatures(answer));
        } catch (IOException e) {
            throw CliException.failed("cannot read " + path + ": " + e.getMessage(), e);
        }
    }

    private JsonNode registerAtOnce(ModelName name, Bundle bundle, Progress progress) {
        HttpRequest request = registration(name)
                .header("Content-Type", bundle.mediaType())
                .POST(BodyPublishers.fromPublisher(BodyPublishers.ofInputStream(() -> bundle.from(0)), bundle.length()))
                .build();
        return Progress.during(registering(name, progress), () -> calls.sendForJson(request));
    }

    private JsonNode registerInPieces(ModelName name, Bundle bundle, Progress progress) throws IOException {
        String upload = uploads.send(name.value(), bundle, progress);
        HttpRequest request = registration(name)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{\"upload\": \"" + upload + "\"}"))
                .build();
        // The key makes the server give the same answer again.
        return Progress.during(
                registering(name, progress),
                () -> calls.json(uploads.patiently(() -> {
                    try {
                        return calls.exchange(request);
                    } catch (HttpTimeoutException e) {
                        throw CliException.failed("the server did not answer in time", e);
                    }
                })));
    }

    private static Progress.Task registering(ModelName name, Progress progress) {
        return progress.begin("Registering " + name, Progress.UNKNOWN, Progress.Unit.STEPS);
    }

    private HttpRequest.Builder registration(ModelName name) {
        return calls.to(MODELS + "/" + name + "/versions")
                .timeout(REGISTER_TIMEOUT)
                .header("Idempotency-Key", UUID.randomUUID().toString());
    }

    @Override
    public AliasMove moveAlias(ModelName name, String alias, long version, OptionalLong expect) {
        Optional<Long> previous =
                Optional.ofNullable(aliases(get(MODELS + "/" + name)).get(alias));
        HttpRequest.Builder request = calls.to(MODELS + "/" + name + "/aliases/" + alias)
                .header("Content-Type", "application/json")
                .PUT(BodyPublishers.ofString("{\"version\": " + version + "}"));
        expect.ifPresent(expected -> request.header("If-Match", "\"" + expected + "\""));
        JsonNode answer = calls.sendForJson(request.build());
        return new AliasMove(
                name + "@" + alias,
                version,
                previous.map(OptionalLong::of).orElseGet(OptionalLong::empty),
                behind(answer));
    }

    @Override
    public AliasMove rollBack(ModelName name, String alias, OptionalLong expect) {
        Optional<Long> previous =
                Optional.ofNullable(aliases(get(MODELS + "/" + name)).get(alias));
        HttpRequest.Builder request = calls.to(MODELS + "/" + name + "/aliases/" + alias + ":rollback")
                .POST(BodyPublishers.noBody());
        expect.ifPresent(expected -> request.header("If-Match", "\"" + expected + "\""));
        JsonNode answer = calls.sendForJson(request.build());
        return new AliasMove(
                name + "@" + alias,
                answer.path("version").asLong(),
                previous.map(OptionalLong::of).orElseGet(OptionalLong::empty),
                behind(answer));
    }

    private static List<String> behind(JsonNode answer) {
        return StreamSupport.stream(answer.path("behind").spliterator(), false)
                .map(JsonNode::asText)
                .toList();
    }

    @Override
    public RolloutState rollOut(ModelName name, String alias, Rollout rollout) {
        List<String> members = new ArrayList<>();
        rollout.canary()
                .ifPresent(canary -> members.add("\"canary\": " + canary + ", \"percent\": " + rollout.percent()));
        rollout.shadow()
                .ifPresent(shadow ->
                        members.add("\"shadow\": " + shadow + ", \"shadowPercent\": " + rollout.shadowPercent()));
        String body = "{" + String.join(", ", members) + "}";
        return state(
                name,
                alias,
                calls.to(rolloutPath(name, alias))
                        .header("Content-Type", "application/json")
                        .PUT(BodyPublishers.ofString(body)));
    }

    @Override
    public RolloutState endRollout(ModelName name, String alias) {
        return state(name, alias, calls.to(rolloutPath(name, alias)).DELETE());
    }

    @Override
    public RolloutState rollout(ModelName name, String alias) {
        return state(name, alias, calls.to(rolloutPath(name, alias)));
    }

    private static String rolloutPath(ModelName name, String alias) {
        return MODELS + "/" + name + "/rollouts/" + alias;
    }

    private RolloutState state(ModelName name, String alias, HttpRequest.Builder request) {
        JsonNode answer = calls.sendForJson(request.build());
        return new RolloutState(
                name + "@" + alias,
                answer.path("stable").asLong(),
                optional(answer.path("canary")),
                answer.path("percent").asInt(),
                optional(answer.path("shadow")),
                answer.path("shadowPercent").asInt(),
                Optional.of(answer).filter(all -> all.has("arms")),
                behind(answer));
    }

    private static OptionalLong optional(JsonNode node) {
        return node.isMissingNode() ? OptionalLong.empty() : OptionalLong.of(node.asLong());
    }

    @Override
    public VersionState retire(ModelRef ref) {
        long number = number(ref, aliases(get(MODELS + "/" + ref.name())));
        JsonNode answer = calls.sendForJson(calls.to(MODELS + "/" + ref.name() + "/versions/" + number + ":retire")
                .POST(BodyPublishers.noBody())
                .build());
        return new VersionState(
                answer.path("ref").asText(), answer.path("state").asText(), behind(answer));
    }

    @Override
    public List<OldVersion> prune(ModelName name, int keep, boolean dryRun) {
        JsonNode answer = calls.sendForJson(calls.to(MODELS + "/" + name + ":prune")
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{\"keep\": " + keep + ", \"dryRun\": " + dryRun + "}"))
                .build());
        List<OldVersion> old = new ArrayList<>();
        answer.path("versions")
                .forEach(version -> old.add(new OldVersion(
                        version.path("ref").asText(),
                        version.path("digest").asText(),
                        version.path("state").asText(),
                        version.path("bytes").asLong())));
        return old;
    }

    @Override
    public HeldVersion hold(ModelRef ref, String reason) {
        long number = number(ref, aliases(get(MODELS + "/" + ref.name())));
        String body =
                JsonNodeFactory.instance.objectNode().put("reason", reason).toString();
        return held(
                ref,
                number,
                calls.to(holdPath(ref, number))
                        .header("Content-Type", "application/json")
                        .PUT(BodyPublishers.ofString(body)));
    }

    @Override
    public HeldVersion release(ModelRef ref) {
        long number = number(ref, aliases(get(MODELS + "/" + ref.name())));
        return held(ref, number, calls.to(holdPath(ref, number)).DELETE());
    }

    private static String holdPath(ModelRef ref, long number) {
        return MODELS + "/" + ref.name() + "/holds/" + number;
    }

    private HeldVersion held(ModelRef ref, long number, HttpRequest.Builder request) {
        JsonNode holds = calls.sendForJson(request.build()).path("holds");
        Optional<String> reason = Optional.empty();
        for (JsonNode hold : holds) {
            if (hold.path("version").asLong() == number) {
                reason = Optional.of(hold.path("reason").asText());
            }
        }
        return new HeldVersion(new ModelRef.Numbered(ref.name(), number).toString(), reason);
    }

    @Override
    public List<ProjectDetails> projects() {
        List<ProjectDetails> projects = new ArrayList<>();
        get(PROJECTS).path("projects").forEach(one -> projects.add(ProjectAnswers.details(one)));
        return projects;
    }

    @Override
    public ProjectDetails project(ProjectRef ref) {
        String version = ref.number().isPresent() ? "/versions/" + ref.number().getAsLong() : "";
        return ProjectAnswers.details(get(PROJECTS + "/" + ref.name() + version));
    }

    @Override
    public ProjectDetails setProject(ProjectName name, byte[] document) {
        return ProjectAnswers.details(calls.sendForJson(calls.to(PROJECTS + "/" + name)
                .header("Content-Type", "application/yaml")
                .PUT(BodyPublishers.ofByteArray(document))
                .build()));
    }

    @Override
    public List<TokenDetails> tokens() {
        JsonNode answer = calls.sendForJson(calls.to(TOKENS).build());
        return StreamSupport.stream(answer.path("tokens").spliterator(), false)
                .map(RemoteRegistry::token)
                .toList();
    }

    @Override
    public CreatedToken createToken(NewToken wish) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.put("name", wish.name());
        // Unless somebody says another one, it is that of the token which is shown.
        if (!wish.tenant().equals(Tenant.LOCAL)) {
            body.put("tenant", wish.tenant().value());
        }
        ArrayNode scopes = body.putArray("scopes");
        wish.scopes().stream().sorted().map(Scope::id).forEach(scopes::add);
        body.put("expiresAt", wish.expiresAt().map(Instant::toString).orElse("never"));
        JsonNode answer = calls.sendForJson(calls.to(TOKENS)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body.toString()))
                .build());
        return new CreatedToken(token(answer), answer.path("token").asText());
    }

    @Override
    public void revokeToken(Tenant tenant, String name) {
        var _ = calls.send(calls.to(TOKENS + "/" + name + (tenant.equals(Tenant.LOCAL) ? "" : "?tenant=" + tenant))
                .DELETE()
                .build());
    }

    private static TokenDetails token(JsonNode token) {
        return new TokenDetails(
                token.path("id").asText(),
                token.path("name").asText(),
                token.path("tenant").asText(),
                StreamSupport.stream(token.path("scopes").spliterator(), false)
                        .map(JsonNode::asText)
                        .toList(),
                token.path("createdAt").asText(),
                Optional.of(token.path("expiresAt").asText()).filter(text -> !text.isEmpty()),
                Optional.of(token.path("lastUsedAt").asText()).filter(text -> !text.isEmpty()));
    }

    @Override
    public ProjectCheck validateProject(ProjectRef ref, ModelRef model, List<String> labels) {
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("model", model.toString());
        labels.forEach(body.putArray("labels")::add);
        JsonNode answer = calls.sendForJson(calls.to(PROJECTS + "/" + ref + ":validate")
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body.toString()))
                .build());
        return ProjectAnswers.check(answer);
    }

    @Override
    public AuditPage audit(long after) {
        JsonNode page = get(AUDIT + "?after=" + after + "&limit=" + AUDIT_PAGE);
        List<AuditLine> lines = new ArrayList<>();
        page.path("lines").forEach(line -> lines.add(line(line)));
        JsonNode head = page.path("head");
        return new AuditPage(
                lines, new AuditHead(head.path("id").asLong(), head.path("hash").asText()));
    }

    private static AuditLine line(JsonNode json) {
        return new AuditLine(
                json.path("id").asLong(),
                json.path("tenant").asText(),
                json.path("principal").asText(),
                instant(json.path("at").asText()),
                json.path("action").asText(),
                json.path("name").asText(),
                json.path("subject").asText(),
                json.path("from").asText(),
                json.path("to").asText(),
                json.path("digest").asText(),
                json.path("result").asText(),
                json.path("hash").asText());
    }

    private static Instant instant(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw CliException.failed("the server tells no time: " + text, e);
        }
    }

    private JsonNode get(String path) {
        return calls.sendForJson(calls.to(path).build());
    }

    private static List<String> strings(JsonNode array) {
        List<String> strings = new ArrayList<>();
        array.forEach(item -> strings.add(item.asText()));
        return strings;
    }

    private static Map<String, Long> aliases(JsonNode model) {
        Map<String, Long> aliases = new LinkedHashMap<>();
        model.path("aliases")
                .properties()
                .forEach(entry -> aliases.put(entry.getKey(), entry.getValue().asLong()));
        return aliases;
    }

    private static Map<String, String> texts(JsonNode object) {
        Map<String, String> texts = new LinkedHashMap<>();
        object.properties()
                .forEach(entry -> texts.put(entry.getKey(), entry.getValue().asText()));
        return texts;
    }

    @Override
    public void close() {
        calls.close();
    }
}
