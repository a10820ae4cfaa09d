package dev.firstpass.registry.savedmodel;

import dev.firstpass.registry.RegistryException.ArtifactRejected;
import dev.firstpass.registry.savedmodel.Program.Function;
import dev.firstpass.registry.savedmodel.Program.Node;
import dev.firstpass.registry.savedmodel.Program.Reached;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// Which operations a SavedModel may hold. A SavedModel is a program: TensorFlow has operations that read and write
/// files, open connections and call Python.
///
/// Immutable.
public enum OperationPolicy {
    /// Only operations that are known to do nothing but compute, in every node of the graph and of every function,
    /// run or not. Those that write checkpoints may be in it where nothing that is run reaches them; the one that reads
    /// checkpoints, where the loader runs it and with the path that the loader gives.
    HARMLESS {
        @Override
        void check(Program program) {
            new Check(program).run();
        }
    },

    /// All of them. For models that are confined by other means, and for tests of these.
    ANYTHING {
        @Override
        void check(Program program) {
            // Nothing is refused.
        }
    };

    private static final Set<String> PLAIN_CALLS = Set.of("PartitionedCall", "StatefulPartitionedCall");
    private static final Set<String> FED = Set.of("Placeholder", "PlaceholderWithDefault", "Const");

    /// @throws ArtifactRejected naming the first operation that is refused, its node and what it could do
    abstract void check(Program program);

    /// The names on the list, those with conditions included.
    public static Set<String> listed() {
        Set<String> listed = new TreeSet<>(Operations.ANYWHERE);
        listed.addAll(Operations.SAVING);
        listed.addAll(Operations.RESTORING);
        return listed;
    }

    /// For one thread, for one program.
    private static final class Check {
        private final Program program;
        private final Reached served;
        private final Reached restored;

        private Check(Program program) {
            this.program = program;
            this.served = program.served();
            this.restored = program.restored();
        }

        private void run() {
            program.nodes().forEach(node -> {
                boolean isRestored = restored.nodes().contains(node);
                check(node, "", served.nodes().contains(node), isRestored, isRestored && readsOwnVariables(node));
            });
            for (Function function : program.functions().values()) {
                boolean isServed = served.functions().contains(function.name());
                boolean isRestored = restored.functions().contains(function.name());
                for (Node node : function.nodes()) {
                    check(
                            node,
                            " of function " + shown(function.name()),
                            isServed,
                            isRestored,
                            isRestored && readsOwnVariables(node, function));
                }
            }
        }

        /// @param isOwn whether the node, if it restores, can read nothing but the model's variables
        private void check(Node node, String where, boolean isServed, boolean isRestored, boolean isOwn) {
            for (String operation : node.operations()) {
                if (Operations.ANYWHERE.contains(operation)) {
                    continue;
                }
                String found = shown(operation) + " at node " + shown(node.name()) + where + ": ";
                String effect = Operations.effect(operation);
                if (Operations.SAVING.contains(operation)) {
                    if (isServed || isRestored) {
                        throw new ArtifactRejected(
                                found + effect + " (expected: only where checkpoints are saved, which is never run)");
                    }
                } else if (Operations.RESTORING.contains(operation)) {
                    if (isServed || (isRestored && !isOwn)) {
                        throw new ArtifactRejected(
                                found + effect + " (expected: only the model's own variables, when it is loaded)");
                    }
                } else {
                    throw new ArtifactRejected(
                            found + effect + " (expected: operations that only compute; see operations.txt)");
                }
            }
            for (String called : node.calls()) {
                if (!program.functions().containsKey(called)) {
                    throw new ArtifactRejected("node " + shown(node.name()) + where + ": calls " + shown(called)
                            + " (expected: a function of the model's own library)");
                }
            }
        }

        private boolean readsOwnVariables(Node node) {
            return !node.inputs().isEmpty() && isFilename(node.inputs().getFirst());
        }

        /// In a function: its path is an argument, and all who call it give the loader's path there. Calls from within
        /// other functions are not followed.
        private boolean readsOwnVariables(Node node, Function function) {
            int argument = node.inputs().isEmpty()
                    ? -1
                    : function.arguments().indexOf(node.inputs().getFirst());
            boolean isCalledWithin = restored.functions().stream()
                    .flatMap(name -> nodes(name).stream())
                    .anyMatch(caller -> caller.calls().contains(function.name()));
            return argument >= 0
                    && !isCalledWithin
                    && restored.nodes().stream()
                            .filter(caller -> caller.calls().contains(function.name()))
                            .allMatch(caller -> PLAIN_CALLS.containsAll(caller.operations())
                                    && caller.calls().size() == 1
                                    && caller.inputs().size() > argument
                                    && isFilename(caller.inputs().get(argument)));
        }

        private List<Node> nodes(String function) {
            Function found = program.functions().get(function);
            return found == null ? List.of() : found.nodes();
        }

        /// Whether the loader feeds this node with where the variables are. What the node is then does not matter, as
        /// long as it is one and gives one tensor.
        private boolean isFilename(String node) {
            List<Node> named = program.nodes().stream()
                    .filter(one -> one.name().equals(node))
                    .toList();
            return !program.filename().isEmpty()
                    && node.equals(program.filename())
                    && named.size() == 1
                    && FED.containsAll(named.getFirst().operations());
        }
    }

    /// A name from the file, fit to be shown.
    private static String shown(String name) {
        String head = name.length() > 64 ? name.substring(0, 64) + "..." : name;
        return head.replaceAll("[^\\x21-\\x7e]", "?");
    }
}
