package dev.firstpass.server.runtime.engine.tensorflow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.savedmodel.OperationPolicy;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.tensorflow.TensorFlow;
import org.tensorflow.proto.OpDef;

/// The list of operations against the library that would run them.
final class OperationListTest {
    /// Those of saver functions, which are on the list under conditions.
    private static final Set<String> CONDITIONAL = Set.of(
            "MergeV2Checkpoints", "RestoreV2", "SaveV2", "ShardedFilename", "StaticRegexFullMatch", "StringJoin");

    private static final Pattern DANGEROUS = Pattern.compile(
            "Py|File|Dataset|Iterator|Reader|Record|LMDB|Save|Restore|Checkpoint"
                    + "|Snapshot.|Load|Rpc|Remote|Collective|Nccl|Send|Recv|Debug|Dump|Print|Summary|Abort|Session"
                    + "|Xla|TPU|Tpu|Experimental|DTensor|Decode|Encode|Parse|Queue|Barrier|Stage|Mutex|ImmutableConst|Remap"
                    + "|Worker|Distributed|Custom|Host|Infeed|Outfeed|Mlir|TfLite|String|Regex|Unicode|Sleep|Timestamp");

    private static final List<OpDef> REGISTERED = TensorFlow.registeredOpList().getOpList();

    @Test
    void listed_everyName_isAnOperationOfTheLibrary() {
        Set<String> unknown = new TreeSet<>(OperationPolicy.listed());
        REGISTERED.forEach(operation -> unknown.remove(operation.getName()));

        assertEquals(Set.of(), unknown);
    }

    @Test
    void listed_namesThatSoundLikeMoreThanComputing_areOnlyTheSavers() {
        Set<String> found = OperationPolicy.listed().stream()
                .filter(name -> DANGEROUS.matcher(name).find())
                .collect(Collectors.toSet());

        assertEquals(CONDITIONAL, found);
    }

    @Test
    void listed_operationsThatTakeTheNameOfAFileOrAddress_areOnlyTheSavers() {
        Set<String> found = REGISTERED.stream()
                .filter(operation -> OperationPolicy.listed().contains(operation.getName()))
                .filter(OperationListTest::takesAName)
                .map(OpDef::getName)
                .collect(Collectors.toSet());

        assertTrue(CONDITIONAL.containsAll(found), found::toString);
        assertTrue(found.contains("RestoreV2"), found::toString);
    }

    /// By how the library's operations call such inputs and attributes.
    private static boolean takesAName(OpDef operation) {
        Pattern name = Pattern.compile("file|path|dir|url|address|prefix|stream|token");
        return operation.getInputArgList().stream()
                        .anyMatch(input -> name.matcher(input.getName()).find())
                || operation.getAttrList().stream()
                        .anyMatch(attribute -> name.matcher(attribute.getName()).find());
    }
}
