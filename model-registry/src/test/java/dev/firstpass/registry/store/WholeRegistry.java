package dev.firstpass.registry.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.Hold;
import dev.firstpass.registry.ModelEntry;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.ModelVersion.State;
import dev.firstpass.registry.Sha256;
import dev.firstpass.registry.audit.AuditCheck;
import dev.firstpass.registry.audit.AuditLine;
import dev.firstpass.registry.audit.AuditVerdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What must hold of a registry that is opened after whatever has befallen it: it is what its audit says it is, every file is the
/// one that was registered, and nothing is left of what was cut off.
///
/// Pure but for opening the registry.
final class WholeRegistry {
    private static final String ACKNOWLEDGED = "acknowledged ";

    private WholeRegistry() {}

    /// @param said by [RegistryScript]
    /// @param written the audit of which a part must be there, where that is known; the rest was not written yet
    static void require(Path data, List<String> said, Optional<List<AuditLine>> written) throws IOException {
        try (ModelRegistry registry = ModelRegistryTest.open(data)) {
            List<AuditLine> lines = RegistryScript.lines(registry);
            requireAcknowledged(said, lines);
            written.ifPresent(whole -> requirePartOf(whole, lines));
            assertEquals(List.of(), registry.damage());
            requireAsTold(registry, lines);
            requireFiles(registry, data);
        }
    }

    private static void requireAcknowledged(List<String> said, List<AuditLine> lines) {
        for (String line : said) {
            if (line.startsWith(ACKNOWLEDGED)) {
                String[] words = line.split(" ", -1);
                int id = Integer.parseInt(words[1]);
                assertTrue(lines.size() >= id, () -> "line " + id + " was acknowledged, and there are " + lines.size());
                assertEquals(words[2], lines.get(id - 1).hash(), () -> "line " + id);
            }
        }
    }

    /// All but what opening has added: a validation that was cut off is not under way any more.
    private static void requirePartOf(List<AuditLine> written, List<AuditLine> lines) {
        int common = 0;
        while (common < Math.min(written.size(), lines.size())
                && written.get(common).equals(lines.get(common))) {
            common++;
        }
        for (AuditLine line : lines.subList(common, lines.size())) {
            assertEquals(
                    "state VALIDATING REGISTERED", line.action() + " " + line.from() + " " + line.to(), line::toString);
        }
    }

    /// Holds what the registry shows against its audit, from the first line on.
    static void requireAsTold(ModelRegistry registry, List<AuditLine> lines) {
        assertEquals(
                AuditVerdict.Whole.class,
                AuditCheck.of(after -> registry.audit(after, 1000)).getClass());
        Map<String, String> told = new TreeMap<>();
        for (AuditLine line : lines) {
            String key = line.name() + "@" + line.subject();
            if (!line.result().startsWith(AuditLine.DONE)) {
                continue;
            }
            switch (line.action()) {
                case AuditLine.REGISTER -> told.put(key, line.to() + " " + line.digest());
                case AuditLine.STATE -> told.put(key, line.to() + " " + line.digest());
                case AuditLine.PRUNE -> told.remove(key);
                case AuditLine.ALIAS, AuditLine.ROLLBACK -> told.put(key, line.to());
                case AuditLine.ROLLOUT -> told.put(key + " rollout", line.to());
                case AuditLine.HOLD -> told.put(key + " hold", line.to());
                case AuditLine.RELEASE -> told.remove(key + " hold");
                default -> throw new AssertionError(line);
            }
        }
        told.values().removeIf(String::isEmpty);
        assertEquals(told, shown(registry));
    }

    /// Everything that the registry says of its models.
    static Map<String, String> shown(ModelRegistry registry) {
        Map<String, String> shown = new TreeMap<>();
        for (ModelEntry entry : registry.models()) {
            ModelName name = entry.name();
            entry.versions()
                    .forEach(version -> shown.put(version.ref().toString(), version.state() + " " + version.digest()));
            entry.aliases().forEach((alias, number) -> shown.put(name + "@" + alias, Long.toString(number)));
            entry.rollouts()
                    .forEach((alias, rollout) -> shown.put(name + "@" + alias + " rollout", rollout.toString()));
            for (Map.Entry<Long, Hold> hold : registry.holds(name).entrySet()) {
                shown.put(name + "@" + hold.getKey() + " hold", hold.getValue().reason());
            }
        }
        return shown;
    }

    private static void requireFiles(ModelRegistry registry, Path data) throws IOException {
        Set<String> digests = new TreeSet<>();
        for (ModelEntry entry : registry.models()) {
            for (ModelVersion version : entry.versions()) {
                digests.add(FolderArtifacts.hex(version.digest()));
                assertTrue(version.state() != State.CORRUPT, () -> version.ref() + " is CORRUPT");
                assertEquals(
                        Optional.empty(),
                        registry.check(version),
                        () -> version.ref().toString());
                Path manifest = version.directory().resolveSibling("manifest.json");
                assertEquals(
                        version.digest(),
                        "sha256:" + Sha256.of(manifest),
                        () -> version.ref().toString());
            }
        }
        assertEquals(digests, names(data.resolve("artifacts")));
        assertEquals(Set.of(), names(data.resolve("staging")));
    }

    private static Set<String> names(Path directory) throws IOException {
        try (Stream<Path> children = Files.list(directory)) {
            return children.map(child -> child.getFileName().toString()).collect(Collectors.toCollection(TreeSet::new));
        }
    }
}
