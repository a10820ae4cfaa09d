package dev.firstpass.registry.savedmodel;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What a SavedModel can run: the nodes of its graph, its functions, and where runs begin.
///
/// Immutable once scanned.
///
/// @param nodes of the graph, all of them
/// @param functions by name
/// @param roots nodes that are run or fetched, other than those of the saver: outputs of every signature, the operation
///     that initialises, and whatever a collection of nodes names
/// @param substitutes functions that TensorFlow may run though no node names them: gradients, and other implementations
///     of one interface
/// @param filename node that the loader feeds with the path of the variables, or an empty string
/// @param restore node that the loader runs then, or an empty string
record Program(
        List<Node> nodes,
        Map<String, Function> functions,
        Set<String> roots,
        Set<String> substitutes,
        String filename,
        String restore) {

    /// @param operations one, unless the file gives several, of which any may count
    /// @param inputs in a graph the names of nodes; in a function as they stand there
    /// @param calls functions that its attributes name
    record Node(String name, Set<String> operations, List<String> inputs, Set<String> calls) {}

    /// @param arguments names, in order
    /// @param nodes those that call functions or are not of the operations that may be anywhere; edges do not matter,
    ///     since all of a function is taken as run where it is called
    record Function(String name, List<String> arguments, List<Node> nodes) {}

    /// What runs when some nodes are run.
    ///
    /// @param nodes of the graph
    /// @param functions by name
    record Reached(Set<Node> nodes, Set<String> functions) {}

    /// A node of an input or of a signature's tensor: `^node`, `node` or `node:output`.
    static String nodeOf(String tensor) {
        String name = tensor.startsWith("^") ? tensor.substring(1) : tensor;
        int colon = name.indexOf(':');
        return colon < 0 ? name : name.substring(0, colon);
    }

    /// What may run to initialise and to answer.
    Reached served() {
        return reached(roots, substitutes);
    }

    /// What runs to restore variables.
    Reached restored() {
        return reached(Set.of(restore), Set.of());
    }

    /// All that the named nodes depend on, by data or by control, with the functions that it calls.
    private Reached reached(Set<String> from, Set<String> calledAnyway) {
        Map<String, List<Node>> named = new HashMap<>();
        nodes.forEach(node ->
                named.computeIfAbsent(node.name(), _ -> new ArrayList<>(1)).add(node));
        Set<Node> found = new LinkedHashSet<>();
        Set<String> seen = new HashSet<>(from);
        Deque<String> open = new ArrayDeque<>(seen);
        Set<String> called = new HashSet<>(calledAnyway);
        while (!open.isEmpty()) {
            for (Node node : named.getOrDefault(open.remove(), List.of())) {
                found.add(node);
                called.addAll(node.calls());
                node.inputs().stream().filter(seen::add).forEach(open::add);
            }
        }
        return new Reached(found, closure(called));
    }

    private Set<String> closure(Set<String> called) {
        Set<String> seen = new HashSet<>(called);
        Deque<String> open = new ArrayDeque<>(seen);
        while (!open.isEmpty()) {
            Function function = functions.get(open.remove());
            if (function != null) {
                function.nodes().stream()
                        .flatMap(node -> node.calls().stream())
                        .filter(seen::add)
                        .forEach(open::add);
            }
        }
        return seen;
    }
}
