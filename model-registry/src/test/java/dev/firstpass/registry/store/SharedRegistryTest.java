package dev.firstpass.registry.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.AliasChange;
import dev.firstpass.registry.Expected;
import dev.firstpass.registry.FakeModel;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.ModelVersion.State;
import dev.firstpass.registry.Preparer;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.Project;
import dev.firstpass.registry.ProjectName;
import dev.firstpass.registry.ProjectRef;
import dev.firstpass.registry.ProjectSpec;
import dev.firstpass.registry.RegistryEvent;
import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.RegistryException.Unavailable;
import dev.firstpass.registry.Replica;
import dev.firstpass.registry.Replica.Residency;
import dev.firstpass.registry.Rollout;
import dev.firstpass.registry.Storage;
import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.Validator;
import dev.firstpass.registry.audit.AuditCheck;
import dev.firstpass.registry.audit.AuditVerdict;
import dev.firstpass.registry.manifest.ProjectDocument;
import dev.firstpass.registry.token.NewToken;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.registry.token.Tokens.Created;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// Two servers' registries on one PostgreSQL and one bucket. The second one's way to the database can be cut.
@ExtendWith(SharedServers.Given.class)
final class SharedRegistryTest {
    private static final ModelName COCO = new ModelName("coco");
    private static final ModelRef PRODUCTION = ModelRef.parse("coco");
    private static final Preparer READY = _ -> Optional.empty();

    /// What is promised, and what a busy machine is given in the short run, where other tests run beside.
    private static final Duration CONVERGENCE = Duration.ofSeconds(Boolean.getBoolean("firstpass.long") ? 2 : 20);

    @TempDir
    private Path temp;

    private Storage.Shared storage = new Storage.Shared(
            new Storage.Database("", Optional.empty(), Optional.empty()),
            new Storage.Bucket("", "", Optional.empty(), Optional.empty()));
    private Relay relay;
    private ModelRegistry first;
    private ModelRegistry second;
    private final List<RegistryEvent> heard = new CopyOnWriteArrayList<>();

    @BeforeEach
    void open(SharedServers servers) {
        storage = servers.fresh();
        URI database = URI.create(storage.database().url().substring("jdbc:".length()));
        relay = new Relay(database.getPort());
        first = Place.open(temp.resolve("first"), storage, Instant::now);
        second = openSecond();
        var _ = second.subscribe(heard::add);
    }

    private ModelRegistry openSecond() {
        String url = storage.database().url().replaceFirst(":\\d+/", ":" + relay.port() + "/");
        return Place.open(
                temp.resolve("second"),
                new Storage.Shared(
                        new Storage.Database(
                                url,
                                storage.database().user(),
                                storage.database().password()),
                        storage.bucket()),
                Instant::now);
    }

    @AfterEach
    void close() {
        first.close();
        second.close();
        relay.close();
    }

    private ModelVersion register(ModelRegistry registry, int seed) {
        return register(registry, seed, Validator.NONE);
    }

    private ModelVersion register(ModelRegistry registry, int seed, Validator validator) {
        Path model =
                FakeModel.write(temp.resolve("offer-" + Thread.currentThread().threadId() + "/model.onnx"), seed);
        return registry.register(COCO, model, validator, ProgressListener.NONE).version();
    }

    private static Duration await(String what, BooleanSupplier condition) throws InterruptedException {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            Duration waited = Duration.ofNanos(System.nanoTime() - start);
            assertTrue(waited.compareTo(CONVERGENCE) < 0, () -> what + ": not after " + waited.toMillis() + " ms");
            Thread.sleep(5);
        }
        return Duration.ofNanos(System.nanoTime() - start);
    }

    /// Who was silent for long is named at once until it has given a sign of life again.
    private void awaitNobodyBehind() throws InterruptedException {
        await("the second one's word", () -> {
            try {
                return first.behind().isEmpty();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private static boolean isKnown(ModelRegistry registry, long number) {
        return registry.models().stream()
                .flatMap(entry -> entry.versions().stream())
                .anyMatch(version -> version.number() == number && version.state() == State.AVAILABLE);
    }

    private static void move(ModelRegistry registry, long to) {
        registry.moveAlias(COCO, "production", to, new Expected.Anything());
    }

    private static long production(ModelRegistry registry) {
        return registry.resolve(PRODUCTION).number();
    }

    @Test
    void changes_ofOne_areSeenAndHeardByTheOther() throws InterruptedException {
        first.follow(READY, Map::of);
        second.follow(READY, Map::of);
        ModelVersion version = register(first, 1);
        await("the first version", () -> isKnown(second, 1));
        assertEquals(
                first.models().toString().replace("/first/", "/second/"),
                second.models().toString());
        assertEquals(Optional.empty(), second.check(second.resolve(version.ref())));

        var _ = register(second, 2);
        await("the second version", () -> isKnown(first, 2));
        move(first, 2);
        assertEquals(List.of(), first.behind());
        assertEquals(2, production(second));
        first.rollOut(COCO, "production", new Rollout(1, 50));
        assertEquals(List.of(), first.behind());
        assertEquals(
                1,
                second.versionsInUse().stream()
                        .filter(used -> used.number() == 1)
                        .count());
        first.endRollout(COCO, "production");
        first.retire(new ModelRef.Numbered(COCO, 1));
        assertEquals(List.of(), first.behind());
        assertEquals(
                State.RETIRED, second.resolve(new ModelRef.Numbered(COCO, 1)).state());

        assertTrue(heard.contains(new RegistryEvent.AliasMoved(COCO, "production", 2)), heard::toString);
        assertTrue(heard.contains(new RegistryEvent.RolloutChanged(COCO, "production")), heard::toString);
        assertTrue(
                heard.contains(new RegistryEvent.StateChanged(second.resolve(new ModelRef.Numbered(COCO, 1)))),
                heard::toString);
        assertEquals(
                AuditVerdict.Whole.class,
                AuditCheck.of(after -> second.audit(after, 1000)).getClass());
    }

    @Test
    void projects_thatOneSays_areSaidByTheOther_beforeOneAnswers() throws InterruptedException {
        first.follow(READY, Map::of);
        second.follow(READY, Map::of);
        ProjectName fields = new ProjectName("fields");
        Project one = first.setProject(fields, project("max: 5"));
        assertEquals(List.of(), first.behind());
        assertEquals(one, second.project(ProjectRef.parse("fields")));
        Project two = second.setProject(fields, project("max: 7"));
        assertEquals(2, two.number());
        assertEquals(List.of(), second.behind());
        assertEquals(List.of(one, two), first.projectVersions(fields));
        assertEquals(List.of(two), first.projects(Tenant.LOCAL));

        relay.cut();
        Project three = first.setProject(fields, project("max: 9"));
        assertEquals(two, second.project(ProjectRef.parse("fields")), "who is cut off serves what it knew");
        relay.mend();
        await("the third version", () -> second.projectVersions(fields).contains(three));
    }

    private static ProjectSpec project(String yaml) {
        return ProjectDocument.read(yaml.getBytes(StandardCharsets.UTF_8));
    }

    /// Who was away hears of what is gone, and not of what became of it before.
    @Test
    void version_thatIsRemoved_isHeardByTheOther_alsoIfItWasAway() throws InterruptedException {
        first.follow(READY, Map::of);
        second.follow(READY, Map::of);
        for (int seed = 1; seed <= 3; seed++) {
            var _ = register(first, seed);
        }
        ModelRef.Numbered next = new ModelRef.Numbered(COCO, 2);
        ModelRef.Numbered last = new ModelRef.Numbered(COCO, 3);
        await("the versions", () -> isKnown(second, 3));
        first.retire(next);
        first.remove(next);
        assertEquals(List.of(), first.behind());
        assertTrue(heard.contains(new RegistryEvent.Removed(next)), heard::toString);

        relay.cut();
        first.retire(last);
        first.remove(last);
        relay.mend();
        await("the last one's end", () -> heard.contains(new RegistryEvent.Removed(last)));
        assertEquals(1, second.model(COCO).versions().size());
        assertTrue(
                heard.stream()
                        .noneMatch(event -> event instanceof RegistryEvent.StateChanged(ModelVersion version)
                                && version.ref().equals(last)
                                && version.state() == State.RETIRED),
                heard::toString);
    }

    /// The audit's line of it ends with why, not with `done` alone.
    @Test
    void canary_thatOneServerHasStopped_isHeardOfByTheOther() throws InterruptedException {
        var _ = register(first, 1);
        var _ = register(first, 2);
        first.rollOut(COCO, "production", new Rollout(2, 50));
        first.follow(READY, Map::of);
        second.follow(READY, Map::of);
        await("both versions", () -> isKnown(second, 2));
        heard.clear();
        assertTrue(first.stopCanary(new ModelRef.Aliased(COCO, "production"), 2, "3 of 9 requests failed"));
        await("the end of the canary", () -> heard.contains(new RegistryEvent.RolloutChanged(COCO, "production")));
        assertEquals(Optional.empty(), second.model(COCO).rollout("production"));
    }

    /// Each event of its own changes comes from the change itself, once.
    @Test
    void changes_ofItsOwn_areNotHeardASecondTime() throws InterruptedException {
        first.follow(READY, Map::of);
        second.follow(READY, Map::of);
        var _ = register(second, 1);
        var _ = register(first, 2);
        await("the second version", () -> isKnown(second, 2));

        assertEquals(
                1,
                heard.stream()
                        .filter(event -> event.equals(new RegistryEvent.AliasMoved(COCO, "production", 1)))
                        .count());
        assertEquals(
                2,
                heard.stream()
                        .filter(RegistryEvent.Registered.class::isInstance)
                        .count(),
                heard::toString);
    }

    @Test
    void whoWasCutOff_servesWhatItKnewRefusesChanges_andConverges() throws InterruptedException {
        var _ = register(first, 1);
        var _ = register(first, 2);
        first.follow(READY, Map::of);
        second.follow(READY, Map::of);
        await("both versions", () -> isKnown(second, 2));

        relay.cut();
        move(first, 2);
        assertEquals(1, production(second));
        assertThrows(Unavailable.class, () -> move(second, 2));
        assertThrows(Unavailable.class, () -> second.audit(0, 1));
        assertThrows(Unavailable.class, () -> register(second, 3));
        assertEquals(1, production(second));
        // Its retirement is not heard of before it is gone; but it may be loaded.
        first.retire(new ModelRef.Numbered(COCO, 1));
        first.remove(new ModelRef.Numbered(COCO, 1));

        relay.mend();
        Duration converged = await("the move", () -> production(second) == 2);
        System.out.println("converged after " + converged.toMillis() + " ms");
        awaitNobodyBehind();
        assertTrue(second.model(COCO).version(1).isEmpty());
        assertTrue(heard.contains(new RegistryEvent.Removed(new ModelRef.Numbered(COCO, 1))), heard::toString);
    }

    /// Nothing answers, and nothing is refused: the connection is given up when an answer is overdue.
    @Test
    void whoseWordsGetLost_servesWhatItKnew_andConverges() throws InterruptedException {
        var _ = register(first, 1);
        var _ = register(first, 2);
        first.follow(READY, Map::of);
        second.follow(READY, Map::of);
        await("both versions", () -> isKnown(second, 2));

        relay.silence();
        move(first, 2);
        List<String> behind = first.behind();
        assertEquals(1, behind.size());
        assertTrue(behind.getFirst().contains("-"), behind::toString);
        assertEquals(1, production(second));
        relay.mend();
        await("the move", () -> production(second) == 2);
        awaitNobodyBehind();
    }

    /// As if the connection had broken between the commit and its answer: the server has made the change, and was told that
    /// it has not.
    @Test
    void change_ofItsOwnWhoseAnswerGotLost_isSeen() throws InterruptedException {
        var _ = register(first, 1);
        var _ = register(first, 2);
        first.follow(READY, Map::of);
        second.follow(READY, Map::of);
        await("both versions", () -> isKnown(second, 2));

        String server = read(temp.resolve("second/shared"));
        try (SqlMetadata metadata = new SqlMetadata(PostgresDatabase.open(storage.database(), server))) {
            metadata.moveAlias(
                    new AliasChange(COCO, "production", 2, new Expected.AtVersion(1), AliasChange.Kind.MOVE),
                    Instant.now());
        }
        await("its own move", () -> production(second) == 2);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Each tells what it has in memory, with its signs of life.
    @Test
    void replicas_tellEachOtherWhatTheyHaveInMemory_asLongAsTheyLive() throws InterruptedException {
        ModelRef.Numbered one = new ModelRef.Numbered(COCO, 1);
        ModelRef.Numbered two = new ModelRef.Numbered(COCO, 2);
        AtomicReference<Residency> present = new AtomicReference<>(Residency.LOADING);
        first.follow(READY, () -> Map.of(one, Residency.SERVING));
        second.follow(READY, () -> Map.of(one, Residency.FAILED, two, present.get()));

        await(
                "the first one's word",
                () -> second.otherReplicas()
                        .equals(List.of(new Replica(first.replicaName(), Map.of(one, Residency.SERVING)))));
        await("the second one's word", () -> present(two).equals(List.of(Residency.LOADING)));
        present.set(Residency.SERVING);
        await("its next word", () -> present(two).equals(List.of(Residency.SERVING)));
        assertEquals(List.of(Residency.FAILED), present(one));
        assertEquals(List.of(Residency.COLD), present(new ModelRef.Numbered(COCO, 3)));
        assertFalse(first.replicaName().equals(second.replicaName()));

        relay.cut();
        await(
                "that the second one lost the others",
                () -> second.otherReplicas().isEmpty());
        relay.mend();
        await("the first one's word again", () -> !second.otherReplicas().isEmpty());
        second.close();
        await("the second one's end", () -> first.otherReplicas().isEmpty());
        second = openSecond();
    }

    private List<Residency> present(ModelRef.Numbered version) {
        return first.otherReplicas().stream()
                .map(replica -> replica.of(version))
                .toList();
    }

    @Test
    void whoHasLeft_isNotWaitedFor() throws InterruptedException {
        first.follow(READY, Map::of);
        second.follow(READY, Map::of);
        var _ = register(first, 1);
        await("the first version", () -> isKnown(second, 1));
        second.close();
        var _ = register(first, 2);
        move(first, 2);

        assertEquals(List.of(), first.behind());
        assertEquals(Map.of(), first.prepareElsewhere(new ModelRef.Numbered(COCO, 2)));
        second = openSecond();
        assertEquals(2, production(second));
    }

    @Test
    void prepareElsewhere_asksAllOthersAndTellsWhatTheySay() throws InterruptedException {
        var _ = register(first, 1);
        var _ = register(first, 2);
        List<ModelRef.Numbered> asked = new CopyOnWriteArrayList<>();
        AtomicInteger failures = new AtomicInteger();
        first.follow(_ -> Optional.of("the one who asks is not asked"), Map::of);
        Preparer answering = version -> {
            asked.add(version.ref());
            if (version.number() == 1) {
                return Optional.empty();
            }
            if (failures.getAndIncrement() == 0) {
                throw new RegistryException.StorageFull(
                        "no space left in the data directory", new IllegalStateException());
            }
            return Optional.of("the engine does not know it");
        };
        second.follow(answering, Map::of);
        first.rollOut(COCO, "production", new Rollout(2, 10));
        await("the second server", () -> heard.contains(new RegistryEvent.RolloutChanged(COCO, "production")));
        assertEquals(List.of(), first.behind());

        assertEquals(Map.of(), first.prepareElsewhere(new ModelRef.Numbered(COCO, 1)));
        assertEquals(
                List.of("no space left in the data directory"),
                List.copyOf(
                        first.prepareElsewhere(new ModelRef.Numbered(COCO, 2)).values()));
        assertEquals(
                List.of("the engine does not know it"),
                List.copyOf(
                        first.prepareElsewhere(new ModelRef.Numbered(COCO, 2)).values()));
        assertEquals(
                List.of(new ModelRef.Numbered(COCO, 1), new ModelRef.Numbered(COCO, 2), new ModelRef.Numbered(COCO, 2)),
                asked);
    }

    @Test
    void register_ofTheSameContentOnBothAtOnce_isOneVersionValidatedOnce() throws Exception {
        first.follow(READY, Map::of);
        second.follow(READY, Map::of);
        AtomicInteger validations = new AtomicInteger();
        List<Future<ModelVersion>> made = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 16; i++) {
                ModelRegistry registry = i % 2 == 0 ? first : second;
                int seed = i / 4;
                made.add(threads.submit(() -> register(registry, seed, _ -> validations.incrementAndGet())));
            }
        }
        for (Future<ModelVersion> version : made) {
            assertEquals(State.AVAILABLE, version.get().state());
        }

        assertEquals(4, validations.get());
        assertEquals(List.of(), first.behind());
        assertEquals(List.of(), second.behind());
        for (ModelRegistry registry : List.of(first, second)) {
            assertEquals(
                    List.of(1L, 2L, 3L, 4L),
                    registry.model(COCO).versions().stream()
                            .map(ModelVersion::number)
                            .toList());
            for (ModelVersion version : registry.model(COCO).versions()) {
                assertEquals(Optional.empty(), registry.check(version));
            }
        }
    }

    @Test
    void token_madeOrRevokedByOne_isSoForTheOther() throws InterruptedException {
        second.follow(READY, Map::of);
        Created created = first.tokens()
                .create(new NewToken(Tenant.LOCAL, "ci", Set.of(Scope.PRELABEL), Optional.empty()), "owner");

        var _ = await("the token", () -> second.tokens().find(created.secret()).equals(Optional.of(created.token())));
        assertTrue(first.tokens().revoke(Tenant.LOCAL, "ci", "owner"));
        Duration seen =
                await("its end", () -> second.tokens().find(created.secret()).isEmpty());
        assertTrue(seen.compareTo(CONVERGENCE) <= 0, seen::toString);
    }
}
