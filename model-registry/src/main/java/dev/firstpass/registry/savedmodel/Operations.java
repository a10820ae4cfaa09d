package dev.firstpass.registry.savedmodel;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The lists of TensorFlow's operations: which may be used where, and what others could do.
///
/// Pure functions.
final class Operations {
    private static final String RESOURCE = "operations.txt";
    private static final Map<String, Set<String>> GROUPS = read();

    /// Allowed only where nothing that is run reaches them.
    static final Set<String> SAVING = GROUPS.getOrDefault("saving", Set.of());

    /// Allowed only on the way to the restore operation, with the path that the loader feeds.
    static final Set<String> RESTORING = GROUPS.getOrDefault("restoring", Set.of());

    /// Allowed anywhere.
    static final Set<String> ANYWHERE = anywhere();

    /// For messages alone: an operation is refused because it is on no list of allowed ones, not for being here.
    private static final Map<String, List<String>> EFFECTS = effects();

    private Operations() {}

    private static Map<String, List<String>> effects() {
        Map<String, List<String>> effects = new LinkedHashMap<>();
        effects.put("runs Python", List.of("PyFunc", "PyFuncStateless", "EagerPyFunc"));
        effects.put("ends the process", List.of("Abort"));
        effects.put(
                "writes files",
                List.of("WriteFile", "Save", "SaveSlices", "SaveV2", "MergeV2Checkpoints", "DistributedSave"));
        effects.put("writes files or addresses", List.of("DebugIdentity*", "DebugNumericSummary*", "DebugNanCount"));
        effects.put("writes files or the server's log", List.of("Print", "PrintV2", "DumpTensor"));
        effects.put(
                "writes files or data bases",
                List.of(
                        "CreateSummary*",
                        "SaveDataset*",
                        "DatasetToTFRecord",
                        "SnapshotDataset*",
                        "CacheDataset*",
                        "CalibrationStatisticsSaver"));
        effects.put(
                "reads files",
                List.of(
                        "ReadFile",
                        "MatchingFiles*",
                        "InitializeTableFromTextFile*",
                        "LoadAndRemapMatrix",
                        "GenerateVocabRemapping",
                        "ImmutableConst",
                        "Restore*",
                        "RecordInput",
                        "WholeFileReader*",
                        "TextLine*",
                        "TFRecord*",
                        "FixedLengthRecord*",
                        "LMDB*",
                        "CSVDataset*",
                        "SqlDataset",
                        "LoadDataset"));
        effects.put("changes how files are reached", List.of("FileSystemSetConfiguration"));
        effects.put("forms names of files", List.of("ShardedFilename", "ShardedFilespec"));
        effects.put(
                "talks to other processes",
                List.of(
                        "Rpc*",
                        "RemoteCall",
                        "Send",
                        "Recv",
                        "_Send",
                        "_Recv",
                        "_HostSend",
                        "_HostRecv",
                        "Collective*",
                        "Nccl*",
                        "DataService*",
                        "RegisterDataset*",
                        "TPU*",
                        "ConfigureDistributedTPU",
                        "DTensor*"));
        effects.put("runs a program of another kind", List.of("Xla*"));
        effects.put("parses bytes in native code", List.of("Decode*", "Parse*", "ExtractJpegShape"));
        effects.put("may wait without end", List.of("*Queue*", "Barrier*", "*Stage*", "Mutex*"));
        effects.put("may read files", List.of("*Dataset*", "*Iterator*", "*Reader*", "Experimental*"));
        return Collections.unmodifiableMap(effects);
    }

    private static Set<String> anywhere() {
        Set<String> all = new HashSet<>();
        GROUPS.values().forEach(all::addAll);
        all.removeAll(SAVING);
        all.removeAll(RESTORING);
        return Collections.unmodifiableSet(all);
    }

    /// What an operation could do, as the end of a sentence.
    static String effect(String operation) {
        return EFFECTS.entrySet().stream()
                .filter(entry -> entry.getValue().stream().anyMatch(pattern -> matches(pattern, operation)))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse("not known to be harmless");
    }

    private static boolean matches(String pattern, String operation) {
        boolean anyStart = pattern.startsWith("*");
        boolean anyEnd = pattern.endsWith("*");
        String word = pattern.replace("*", "");
        if (anyStart && anyEnd) {
            return operation.contains(word);
        }
        return anyEnd ? operation.startsWith(word) : operation.equals(word);
    }

    private static Map<String, Set<String>> read() {
        Map<String, Set<String>> groups = new LinkedHashMap<>();
        Set<String> group = new HashSet<>();
        for (String line : text().lines().map(String::strip).toList()) {
            if (line.startsWith("[")) {
                group = groups.computeIfAbsent(line.substring(1, line.length() - 1), _ -> new HashSet<>());
            } else if (!line.isEmpty() && !line.startsWith("#")) {
                Collections.addAll(group, line.split(" +"));
            }
        }
        return groups;
    }

    private static String text() {
        try (InputStream text = Operations.class.getResourceAsStream(RESOURCE)) {
            if (text == null) {
                throw new IllegalStateException(RESOURCE + " is missing beside its class");
            }
            return new String(text.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
