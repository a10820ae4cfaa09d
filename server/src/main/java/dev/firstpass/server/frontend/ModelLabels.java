package dev.firstpass.server.frontend;

import dev.firstpass.postprocess.family.ModelFamily;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.failure.Words;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// Which labels a tool is to expect of a model's answers.
///
/// Immutable.
public record ModelLabels(List<ModelFamily> families) {
    public ModelLabels {
        families = List.copyOf(families);
    }

    /// Labels that answers may carry, those of its classes in their order and what the family or an ontology makes of them
    /// after that; where it has no classes, the one label that its family gives. Without doubles.
    public List<String> of(ModelDescription model) {
        Set<String> carried = new TreeSet<>(model.labelThresholds().keySet());
        List<String> labels =
                new ArrayList<>(model.classes().stream().filter(carried::remove).toList());
        labels.addAll(carried);
        return labels.isEmpty() ? usual(model).stream().toList() : List.copyOf(labels);
    }

    /// The number of a label in the model's output; of one that no class has by itself, one after all of those.
    ///
    /// @param label of those that answers may carry
    public int number(ModelDescription model, String label) {
        int own = model.classes().indexOf(label);
        if (own >= 0) {
            return own;
        }
        List<String> further =
                of(model).stream().filter(one -> !model.classes().contains(one)).toList();
        return model.classes().size() + Math.max(0, further.indexOf(label));
    }

    /// The classes that become those labels; a label that no class becomes is taken for a class.
    ///
    /// @param wanted labels as answers carry them, or classes as the model knows them
    /// @throws dev.firstpass.server.failure.FailureException ARGUMENT_INVALID for one that is neither
    public static Set<String> classes(ModelDescription model, Set<String> wanted) {
        Set<String> classes = new TreeSet<>();
        for (String label : wanted) {
            List<String> becoming = model.ontology().entrySet().stream()
                    .filter(entry -> entry.getValue().equals(label))
                    .map(Map.Entry::getKey)
                    .toList();
            classes.addAll(becoming.isEmpty() ? List.of(label) : becoming);
        }
        RequestRules.classes(classes, model);
        return classes;
    }

    private Optional<String> usual(ModelDescription model) {
        return family(model).flatMap(ModelFamily::usualLabel);
    }

    /// Names of the attributes that findings may have.
    public List<String> attributes(ModelDescription model) {
        return family(model).map(ModelFamily::attributes).orElse(List.of());
    }

    private Optional<ModelFamily> family(ModelDescription model) {
        return families.stream()
                .filter(family -> family.id().equals(model.family()))
                .findFirst();
    }

    /// What is said of a model that a tool's protocol cannot ask, or whose findings it cannot take.
    ///
    /// @param why a part of a sentence, after the model's name
    public static RuntimeException unfit(ModelDescription model, String why) {
        return Failure.of(Reason.NOT_SUPPORTED, "model " + Words.quoted(model.name()) + " " + why)
                .asException();
    }
}
