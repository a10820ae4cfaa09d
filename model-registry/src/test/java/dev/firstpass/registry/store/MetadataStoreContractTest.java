package dev.firstpass.registry.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.AliasChange;
import dev.firstpass.registry.Expected;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelVersion.State;
import dev.firstpass.registry.ProjectName;
import dev.firstpass.registry.RegistryException.AlreadyExists;
import dev.firstpass.registry.RegistryException.ArgumentInvalid;
import dev.firstpass.registry.RegistryException.InUse;
import dev.firstpass.registry.RegistryException.PreconditionFailed;
import dev.firstpass.registry.RegistryException.VersionNotFound;
import dev.firstpass.registry.Rollout;
import dev.firstpass.registry.Sha256;
import dev.firstpass.registry.Storage;
import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.audit.AuditCheck;
import dev.firstpass.registry.audit.AuditLine;
import dev.firstpass.registry.audit.AuditVerdict;
import dev.firstpass.registry.manifest.ProjectDocument;
import dev.firstpass.registry.store.MetadataStore.AliasRow;
import dev.firstpass.registry.store.MetadataStore.Contents;
import dev.firstpass.registry.store.MetadataStore.ProjectRow;
import dev.firstpass.registry.store.MetadataStore.RolloutRow;
import dev.firstpass.registry.store.MetadataStore.TokenRow;
import dev.firstpass.registry.store.MetadataStore.VersionRow;
import dev.firstpass.registry.token.ApiToken;
import dev.firstpass.registry.token.Scope;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// What every store of metadata has to do, on SQLite and on a real PostgreSQL.
@ParameterizedClass
@EnumSource(Place.class)
@ExtendWith(SharedServers.Given.class)
final class MetadataStoreContractTest {
    private static final ModelName COCO = new ModelName("coco");
    private static final Instant NOW = Instant.parse("2026-11-26T12:00:00.123Z");
    private static final String PRODUCTION = "production";

    @Parameter
    private Place place = Place.LOCAL;

    @TempDir
    private Path temp;

    private DataDirectory data;
    private Database database;
    private MetadataStore store;

    @BeforeEach
    void openStore(SharedServers servers) {
        data = DataDirectory.open(temp.resolve("data"));
        Storage storage = place.fresh(servers);
        data.bind(storage);
        database = Database.open(data, storage);
        store = new SqlMetadata(database);
    }

    @AfterEach
    void closeStore() {
        store.close();
        data.close();
    }

    private static String digest(int seed) {
        return "sha256:" + Sha256.of(Integer.toString(seed).getBytes(StandardCharsets.UTF_8));
    }

    private long available(int seed) {
        long number = store.add(COCO, digest(seed), "{}", NOW);
        var _ = store.setState(COCO, number, State.AVAILABLE, "", PRODUCTION, NOW);
        return number;
    }

    private void move(long to, Expected expected) {
        store.moveAlias(new AliasChange(COCO, PRODUCTION, to, expected, AliasChange.Kind.MOVE), NOW);
    }

    private List<String> audit() {
        return store.audit(0, 1000).lines().stream()
                .map(line -> line.action() + " " + line.subject() + " " + line.from() + ">" + line.to() + " "
                        + line.result())
                .toList();
    }

    @Test
    void add_numbersFromOne_andAsManyAsThereAreContents() {
        assertEquals(1, store.add(COCO, digest(1), "{\"a\":\"ü\"}", NOW));
        assertEquals(2, store.add(COCO, digest(2), "{}", NOW));
        assertEquals(1, store.add(COCO, digest(1), "{\"a\":\"ü\"}", NOW.plusSeconds(1)));
        assertEquals(1, store.add(new ModelName("other"), digest(1), "{}", NOW));

        VersionRow first =
                new VersionRow(new ModelName("coco"), 1, digest(1), "{\"a\":\"ü\"}", State.REGISTERED, "", NOW);
        VersionRow second = new VersionRow(new ModelName("coco"), 2, digest(2), "{}", State.REGISTERED, "", NOW);
        assertEquals(
                new Contents(List.of(first, second), List.of(), List.of(), Map.of(), Map.of(), List.of(), 3),
                store.contents(COCO));
        assertEquals(3, store.contents().versions().size());
        assertEquals(Optional.of(second), store.find(COCO, digest(2)));
        assertEquals(Optional.empty(), store.find(COCO, digest(3)));
        assertTrue(store.isKnown(digest(1)));
        assertFalse(store.isKnown(digest(3)));
        assertEquals(
                List.of("register 1 >REGISTERED done", "register 2 >REGISTERED done", "register 1 >REGISTERED done"),
                audit());
    }

    @Test
    void contents_areOrderedByBytesAndNumber() {
        for (String name : List.of("b", "a-c", "ab", "a", "a_b")) {
            var _ = store.add(new ModelName(name), digest(1), "{}", NOW);
        }

        assertEquals(
                List.of("a", "a-c", "a_b", "ab", "b"),
                store.contents().versions().stream()
                        .map(row -> row.name().value())
                        .toList());
    }

    @Test
    void add_fromManyThreads_isWithoutGapsAndChained() throws Exception {
        List<Future<Long>> numbers = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 32; i++) {
                int seed = i % 16;
                numbers.add(threads.submit(() -> store.add(COCO, digest(seed), "{}", NOW)));
            }
        }
        TreeSet<Long> found = new TreeSet<>();
        for (Future<Long> number : numbers) {
            found.add(number.get());
        }

        assertEquals(new TreeSet<>(LongStream.rangeClosed(1, 16).boxed().toList()), found);
        assertEquals(
                AuditVerdict.Whole.class,
                AuditCheck.of(after -> store.audit(after, 7)).getClass());
        assertEquals(16, store.audit(0, 1).head().id());
    }

    private static TokenRow token(Tenant tenant, String name, int seed, Optional<Instant> expires) {
        String hash = Sha256.of(Integer.toString(seed).getBytes(StandardCharsets.UTF_8));
        Set<Scope> scopes = Set.of(Scope.PRELABEL, Scope.ADMIN);
        return new TokenRow(
                new ApiToken(hash.substring(0, 16), tenant, name, scopes, NOW, expires, Optional.empty()), hash);
    }

    @Test
    void tokens_areOfTheirTenants_andInTheAudit() {
        Tenant acme = new Tenant("acme");
        TokenRow ours = token(Tenant.LOCAL, "ci", 1, Optional.empty());
        TokenRow theirs = token(acme, "ci", 2, Optional.of(NOW.plusSeconds(9)));
        store.addToken(ours, 1, "owner");
        store.addToken(theirs, 1, "owner");

        assertEquals(List.of(theirs, ours), store.tokens());
        TokenRow third = token(acme, "one-more", 3, Optional.empty());
        assertThrows(AlreadyExists.class, () -> store.addToken(token(acme, "ci", 3, Optional.empty()), 2, "owner"));
        assertThrows(ArgumentInvalid.class, () -> store.addToken(third, 1, "owner"));

        store.tokensUsed(Map.of(ours.token().id(), NOW, "0123456789abcdef", NOW));
        assertEquals(Optional.of(NOW), store.tokens().getLast().token().lastUsedAt());
        assertTrue(store.revokeToken(acme, "ci", "owner", NOW));
        assertFalse(store.revokeToken(acme, "ci", "owner", NOW));
        assertEquals(
                List.of(ours.token().id()),
                store.tokens().stream().map(row -> row.token().id()).toList());
        store.addToken(third, 1, "owner");
        assertEquals(
                List.of(
                        "token " + ours.token().id() + " >prelabel,admin done",
                        "token " + theirs.token().id() + " >prelabel,admin until 2026-11-26T12:00:09.123Z done",
                        "revoke " + theirs.token().id() + " prelabel,admin> done",
                        "token " + third.token().id() + " >prelabel,admin done"),
                audit());
    }

    @Test
    void setState_ofTheFirstAvailable_givesTheFirstAlias() {
        var _ = store.add(COCO, digest(1), "{}", NOW);
        assertFalse(store.setState(COCO, 1, State.FAILED, "warm-up gave NaN", PRODUCTION, NOW));
        assertTrue(store.setState(COCO, 1, State.AVAILABLE, "", PRODUCTION, NOW));
        assertFalse(store.setState(COCO, 1, State.AVAILABLE, "", PRODUCTION, NOW));
        long second = available(2);

        assertEquals(
                List.of(new AliasRow(new ModelName("coco"), PRODUCTION, 1)),
                store.contents(COCO).aliases());
        assertEquals(2, second);
        assertEquals(
                List.of(
                        "register 1 >REGISTERED done",
                        "state 1 REGISTERED>FAILED done",
                        "state 1 FAILED>AVAILABLE done",
                        "alias production >1 done",
                        "register 2 >REGISTERED done",
                        "state 2 REGISTERED>AVAILABLE done"),
                audit());
        assertThrows(VersionNotFound.class, () -> store.setState(COCO, 9, State.AVAILABLE, "", PRODUCTION, NOW));
    }

    @Test
    void moveAlias_whereItIsNotAsExpected_changesNothing() {
        var _ = available(1);
        var _ = available(2);
        var _ = store.add(COCO, digest(3), "{}", NOW);
        long lines = store.audit(0, 1).head().id();

        assertThrows(PreconditionFailed.class, () -> move(2, new Expected.AtVersion(2)));
        assertThrows(PreconditionFailed.class, () -> move(2, new Expected.Absent()));
        assertThrows(PreconditionFailed.class, () -> move(3, new Expected.Anything()));
        assertThrows(VersionNotFound.class, () -> move(9, new Expected.Anything()));
        assertEquals(lines, store.audit(0, 1).head().id());
        move(2, new Expected.AtVersion(1));
        assertEquals(
                List.of(new AliasRow(new ModelName("coco"), PRODUCTION, 2)),
                store.contents(COCO).aliases());
        assertEquals("alias production 1>2 done", audit().getLast());
    }

    @Test
    void moveAlias_ofManyThatExpectTheSame_isDoneOnce() throws Exception {
        for (int seed = 1; seed <= 9; seed++) {
            var _ = available(seed);
        }
        List<Future<Boolean>> moves = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int to = 2; to <= 9; to++) {
                long target = to;
                moves.add(threads.submit(() -> {
                    try {
                        move(target, new Expected.AtVersion(1));
                        return true;
                    } catch (PreconditionFailed _) {
                        return false;
                    }
                }));
            }
        }
        int done = 0;
        for (Future<Boolean> move : moves) {
            done += move.get() ? 1 : 0;
        }

        assertEquals(1, done);
    }

    @Test
    void rollOut_isReplacedEndedAndEndsWithAMove() {
        for (int seed = 1; seed <= 3; seed++) {
            var _ = available(seed);
        }
        store.rollOut(COCO, PRODUCTION, new Rollout(2, 10), NOW);
        store.rollOut(COCO, PRODUCTION, new Rollout(3, 20), NOW);
        assertEquals(
                List.of(new RolloutRow(new ModelName("coco"), PRODUCTION, new Rollout(3, 20))),
                store.contents(COCO).rollouts());
        assertThrows(InUse.class, () -> store.retire(COCO, 3, NOW));
        assertTrue(store.endRollout(COCO, PRODUCTION, NOW));
        assertFalse(store.endRollout(COCO, PRODUCTION, NOW));

        store.rollOut(COCO, PRODUCTION, new Rollout(2, 10), NOW);
        move(3, new Expected.Anything());
        assertEquals(List.of(), store.contents(COCO).rollouts());
    }

    @Test
    void before_goesBackAndIsNotComeToAgain() {
        for (int seed = 1; seed <= 3; seed++) {
            var _ = available(seed);
        }
        move(2, new Expected.Anything());
        move(3, new Expected.Anything());

        assertEquals(Optional.of(2L), store.before(COCO, PRODUCTION, _ -> true));
        assertEquals(Optional.of(1L), store.before(COCO, PRODUCTION, number -> number != 2));
        assertEquals(Optional.of(2L), store.rollBack(COCO, PRODUCTION, 3, NOW, _ -> true, NOW));
        assertEquals(Optional.empty(), store.rollBack(COCO, PRODUCTION, 3, NOW, _ -> true, NOW));
        assertEquals(Optional.of(1L), store.before(COCO, PRODUCTION, _ -> true));
        AuditLine last = store.audit(0, 1000).lines().getLast();
        assertEquals(
                "supervision rollback 3>2",
                last.principal() + " " + last.action() + " " + last.from() + ">" + last.to());
    }

    @Test
    void retire_ofWhatIsInUse_isRefused() {
        var _ = available(1);
        var _ = available(2);

        assertThrows(InUse.class, () -> store.retire(COCO, 1, NOW));
        store.retireRefused(COCO, 1, "it is in use", NOW);
        store.retire(COCO, 2, NOW);
        store.retire(COCO, 2, NOW);
        assertEquals(
                List.of("state 1 AVAILABLE>RETIRED refused: it is in use", "state 2 AVAILABLE>RETIRED done"),
                audit().subList(audit().size() - 2, audit().size()));
    }

    @Test
    void setProject_numbersWhatIsNew_andWritesTheAudit() {
        ProjectName fields = new ProjectName("fields");
        assertEquals(1, store.setProject(fields, "{\"max\":5}", NOW));
        assertEquals(1, store.setProject(fields, "{\"max\":5}", NOW.plusSeconds(1)));
        assertEquals(2, store.setProject(fields, "{\"max\":7}", NOW.plusSeconds(2)));
        assertEquals(3, store.setProject(fields, "{\"max\":5}", NOW.plusSeconds(3)));
        assertEquals(1, store.setProject(new ProjectName("a"), "{}", NOW));

        ProjectRow first =
                new ProjectRow(new ProjectName("fields"), 1, ProjectDocument.digest("{\"max\":5}"), "{\"max\":5}", NOW);
        List<ProjectRow> rows = store.contents(new ModelName("fields")).projects();
        assertEquals(first, rows.getFirst());
        assertEquals(List.of(1L, 2L, 3L), rows.stream().map(ProjectRow::number).toList());
        assertEquals(
                List.of("a", "fields", "fields", "fields"),
                store.contents().projects().stream()
                        .map(row -> row.name().value())
                        .toList());
        assertEquals(
                List.of("project 1 >1 done", "project 2 1>2 done", "project 3 2>3 done", "project 1 >1 done"), audit());
        assertEquals(List.of(), store.contents().versions());
    }

    @Test
    void setProject_fromManyThreads_isWithoutGaps() throws Exception {
        ProjectName fields = new ProjectName("fields");
        List<Future<Long>> numbers = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 1; i <= 16; i++) {
                String spec = "{\"max\":" + i + "}";
                numbers.add(threads.submit(() -> store.setProject(fields, spec, NOW)));
            }
        }
        TreeSet<Long> found = new TreeSet<>();
        for (Future<Long> number : numbers) {
            found.add(number.get());
        }
        assertEquals(new TreeSet<>(LongStream.rangeClosed(1, 16).boxed().toList()), found);
    }

    /// By the database itself, whoever asks.
    @Test
    void versionsAndAudit_cannotBeRewritten() {
        var _ = available(1);
        var _ = store.setProject(new ProjectName("fields"), "{}", NOW);

        for (String sql : List.of(
                "UPDATE project SET spec = '{\"max\":1}'",
                "DELETE FROM project",
                "UPDATE version SET manifest = '{}'",
                "UPDATE version SET digest = '" + digest(2) + "'",
                "UPDATE audit SET principal = 'somebody else'",
                "DELETE FROM audit",
                "DELETE FROM audit_head",
                "INSERT INTO alias (tenant, name, alias, number, moved_at) VALUES ('local', 'coco', 'x', 9, 0)")) {
            assertThrows(
                    RuntimeException.class,
                    () -> database.change(handle -> handle.createUpdate(sql).execute()),
                    sql);
        }
        assertEquals(4, store.audit(0, 1000).lines().size());
    }

    @Test
    void change_thatThrows_leavesNothing() {
        assertThrows(
                IllegalStateException.class,
                () -> database.change(handle -> {
                    var _ = handle.createUpdate("INSERT INTO model VALUES ('local', 'half', 1, 0)")
                            .execute();
                    throw new IllegalStateException("in the middle");
                }));

        int models = database.read(handle -> handle.createQuery("SELECT count(*) FROM model")
                .mapTo(Integer.class)
                .one());
        assertEquals(0, models);
    }

    @Test
    void lock_ofOneContent_isHeldByOneAtATime() throws Exception {
        ContentLock held = store.lock(digest(1));
        CompletableFuture<Boolean> got = new CompletableFuture<>();
        Thread waiting = Thread.ofPlatform().start(() -> {
            var tried = store.tryLock(digest(1));
            tried.ifPresent(ContentLock::close);
            got.complete(tried.isPresent());
            store.lock(digest(1)).close();
        });

        assertFalse(got.get());
        assertTrue(waiting.isAlive());
        held.close();
        waiting.join();
        Optional<ContentLock> free = store.tryLock(digest(1));
        assertTrue(free.isPresent());
        free.get().close();
    }

    @Test
    void names_ofAnotherTenant_areOthers() {
        ModelName acmes = new ModelName(new Tenant("acme"), "coco");
        available(1);
        assertEquals(1, store.add(acmes, digest(1), "{}", NOW));
        assertTrue(store.setState(acmes, 1, State.AVAILABLE, "", PRODUCTION, NOW));
        assertEquals(2, store.add(acmes, digest(2), "{}", NOW));
        var _ = store.setState(acmes, 2, State.AVAILABLE, "", PRODUCTION, NOW);
        store.rollOut(acmes, PRODUCTION, new Rollout(2, 20), NOW);
        assertEquals(1, store.setProject(new ProjectName(acmes.tenant(), "fields"), "{\"max\":5}", NOW));

        assertEquals(List.of(acmes, acmes, COCO), names(store.contents()));
        assertEquals(List.of(COCO), names(store.contents(COCO)));
        assertEquals(List.of(), store.contents(COCO).rollouts());
        assertEquals(
                List.of(new AliasRow(acmes, PRODUCTION, 1)),
                store.contents(acmes).aliases());
        assertEquals(
                List.of(new RolloutRow(acmes, PRODUCTION, new Rollout(2, 20))),
                store.contents(acmes).rollouts());
        assertEquals(List.of(), store.contents(new ModelName("fields")).projects());
        assertThrows(VersionNotFound.class, () -> store.retire(COCO, 2, NOW));
        assertEquals(
                Set.of("acme"),
                store.audit(acmes.tenant(), 0, 1000).lines().stream()
                        .map(AuditLine::tenant)
                        .collect(Collectors.toSet()));
        assertEquals(
                AuditVerdict.Whole.class,
                AuditCheck.of(after -> store.audit(after, 5)).getClass());
    }

    private static List<ModelName> names(Contents contents) {
        return contents.versions().stream().map(VersionRow::name).toList();
    }
}
