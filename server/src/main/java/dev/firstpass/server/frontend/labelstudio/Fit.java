package dev.firstpass.server.frontend.labelstudio;

import dev.firstpass.postprocess.annotation.Conversions;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.format.LabelStudioConfig;
import dev.firstpass.postprocess.format.LabelStudioConfig.Control;
import dev.firstpass.postprocess.format.LabelStudioConfig.Kind;
import dev.firstpass.postprocess.format.LabelStudioConfig.Label;
import dev.firstpass.postprocess.spec.GeometryWish;
import dev.firstpass.postprocess.spec.LabelingWishes;
import dev.firstpass.registry.Project;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.failure.Words;
import dev.firstpass.server.frontend.ModelDescription;
import dev.firstpass.server.frontend.RequestRules;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;

/// How what a model finds is said with the controls of a labeling configuration: by which control, in which geometry, and
/// under which labels.
///
/// The model's own geometry comes first, then those that it can be made into. Of several controls of a kind the one with
/// labels for the most classes is taken, of equal ones the first.
///
/// Immutable.
///
/// @param control that gets what is found
/// @param fitting how many classes have a label; 1 where they are not known
/// @param mapping class of the model -> label of the control; empty where labels pass as they are
/// @param dataKey field of a task's data that holds the image
/// @param missing labels that the model gives and the control lacks
/// @param unused labels of the control that the model never gives
/// @param options of the label format
record Fit(
        Control control,
        GeometryKind geometry,
        int fitting,
        Map<String, String> mapping,
        String dataKey,
        List<String> missing,
        List<String> unused,
        Map<String, String> options) {
    private static final String FIELD = "label_config";

    /// Into which a geometry is made where its own has no control: what says most comes first.
    private static final List<GeometryKind> OTHERS = List.of(GeometryKind.POLYGON, GeometryKind.MASK, GeometryKind.BOX);

    Fit {
        mapping = Map.copyOf(mapping);
        missing = List.copyOf(missing);
        unused = List.copyOf(unused);
        options = Map.copyOf(options);
    }

    /// @param chosen label that a labeler chose for what the model finds; all that it finds gets this one
    /// @throws FailureException GEOMETRY_UNSUPPORTED if there is no control for it, ARGUMENT_INVALID if none has a label
    ///     for it
    static Fit of(
            LabelStudioConfig config, ModelDescription model, Optional<Project> project, Optional<String> chosen) {
        List<GeometryKind> kinds = kinds(model, project);
        List<Control> found = new ArrayList<>();
        for (GeometryKind kind : kinds) {
            List<Control> controls = controls(config, kind);
            found.addAll(controls);
            Optional<Fit> best = Optional.empty();
            for (Control control : controls) {
                Fit fit = chosen.or(() -> anyLabel(model, control))
                        .map(label -> ofChosen(config, model, kind, control, label))
                        .orElseGet(() -> ofClasses(config, model, project, kind, control));
                boolean isBetter = best.map(Fit::fitting).orElse(0) < fit.fitting();
                best = isBetter ? Optional.of(fit) : best;
            }
            if (best.isPresent()) {
                return best.get();
            }
        }
        throw found.isEmpty() ? noControl(model, kinds) : noLabel(model, found, chosen);
    }

    /// Something to begin with, of a model that finds what it is asked for by a label that is chosen then.
    private static Optional<String> anyLabel(ModelDescription model, Control control) {
        return model.takesPrompt() ? control.labels().stream().map(Label::value).findFirst() : Optional.empty();
    }

    private static List<GeometryKind> kinds(ModelDescription model, Optional<Project> project) {
        Optional<GeometryKind> wanted =
                project.flatMap(known -> known.spec().labeling().geometry()).flatMap(GeometryWish::wanted);
        if (wanted.isPresent()) {
            return List.of(wanted.get());
        }
        List<GeometryKind> kinds = new ArrayList<>(List.of(model.geometry()));
        OTHERS.stream()
                .filter(kind -> kind != model.geometry() && Conversions.hasRule(model.geometry(), kind))
                .forEach(kinds::add);
        return kinds;
    }

    private static Kind kind(GeometryKind geometry) {
        return switch (geometry) {
            case BOX, ROTATED_BOX, KEYPOINTS -> Kind.RECTANGLELABELS;
            case POLYGON -> Kind.POLYGONLABELS;
            case MASK -> Kind.BRUSHLABELS;
            case POLYLINE -> Kind.VECTORLABELS;
            case CLASSIFICATION -> Kind.CHOICES;
        };
    }

    /// Joints stand in the rectangle that has their label, so both controls have to be there.
    private static List<Control> controls(LabelStudioConfig config, GeometryKind geometry) {
        boolean lacksJoints = geometry == GeometryKind.KEYPOINTS
                && config.of(Kind.KEYPOINTLABELS).isEmpty();
        return lacksJoints ? List.of() : config.of(kind(geometry));
    }

    private static Fit ofChosen(
            LabelStudioConfig config, ModelDescription model, GeometryKind kind, Control control, String label) {
        boolean isThere = control.labels().isEmpty()
                || control.labels().stream().anyMatch(known -> known.value().equals(label));
        Map<String, String> mapping = new HashMap<>();
        if (isThere) {
            model.classes().forEach(name -> mapping.put(name, label));
        }
        int fitting = isThere ? Math.max(1, mapping.size()) : 0;
        return of(config, kind, control, fitting, mapping, List.of(), List.of());
    }

    /// The names of a class are what the project makes of it, or else the model's manifest, and then its own.
    private static Fit ofClasses(
            LabelStudioConfig config,
            ModelDescription model,
            Optional<Project> project,
            GeometryKind kind,
            Control control) {
        Map<String, String> renamed = project.map(
                        known -> known.spec().labeling().mapping())
                .filter(mapping -> !mapping.isEmpty())
                .orElseGet(model::ontology);
        Map<String, String> mapping = new LinkedHashMap<>();
        Set<String> missing = new TreeSet<>();
        for (String name : model.classes()) {
            if (name.isEmpty() || !(renamed.isEmpty() || renamed.containsKey(name))) {
                continue;
            }
            String label = renamed.getOrDefault(name, name);
            Optional<String> known =
                    control.labels().isEmpty() ? Optional.of(label) : control.label(List.of(label, name));
            known.ifPresentOrElse(one -> mapping.put(name, one), () -> missing.add(label));
        }
        Set<String> unused = new TreeSet<>();
        control.labels().forEach(label -> unused.add(label.value()));
        unused.removeAll(mapping.values());
        int fitting = model.classes().isEmpty() ? 1 : mapping.size();
        return of(config, kind, control, fitting, mapping, List.copyOf(missing), List.copyOf(unused));
    }

    private static Fit of(
            LabelStudioConfig config,
            GeometryKind kind,
            Control control,
            int fitting,
            Map<String, String> mapping,
            List<String> missing,
            List<String> unused) {
        Map<String, String> options = new HashMap<>();
        options.put("to_name", control.image());
        options.put("from_name." + control.kind().type(), control.name());
        if (kind == GeometryKind.KEYPOINTS) {
            options.put(
                    "from_name." + Kind.KEYPOINTLABELS.type(),
                    config.of(Kind.KEYPOINTLABELS).getFirst().name());
        }
        if (kind == GeometryKind.CLASSIFICATION) {
            options.put("choice", control.isMultiple() ? "multiple" : "single");
        }
        if (kind == GeometryKind.POLYGON) {
            Optional<Control> brush = config.of(Kind.BRUSHLABELS).stream()
                    .filter(other -> hasAll(other, mapping))
                    .findFirst();
            options.put("holes", brush.isPresent() ? "mask" : "fill");
            brush.ifPresent(other -> options.put("from_name." + Kind.BRUSHLABELS.type(), other.name()));
        }
        return new Fit(
                control,
                kind,
                fitting,
                mapping,
                config.images().getOrDefault(control.image(), ""),
                missing,
                unused,
                options);
    }

    private static boolean hasAll(Control control, Map<String, String> mapping) {
        return control.labels().isEmpty()
                || control.labels().stream().map(Label::value).toList().containsAll(mapping.values());
    }

    /// What a request by this fit wishes, over what its project does.
    LabelingWishes wishes() {
        return new LabelingWishes(
                mapping,
                control.threshold(),
                Map.of(),
                Set.of(),
                OptionalInt.empty(),
                Optional.of(new GeometryWish.Of(geometry)),
                Optional.empty(),
                OptionalInt.empty(),
                OptionalLong.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    private static FailureException noControl(ModelDescription model, List<GeometryKind> kinds) {
        List<String> tags = kinds.stream().map(Fit::tags).distinct().toList();
        return Failure.ofField(
                        Reason.GEOMETRY_UNSUPPORTED,
                        FIELD,
                        FIELD + ": no control for what " + model.name() + " finds (expected: "
                                + String.join(", or ", tags) + ", for an Image whose value is a field of the task)")
                .asException();
    }

    private static String tags(GeometryKind kind) {
        return switch (kind) {
            case BOX, ROTATED_BOX -> "RectangleLabels";
            case KEYPOINTS -> "KeyPointLabels beside RectangleLabels";
            case POLYGON -> "PolygonLabels";
            case MASK -> "BrushLabels";
            case POLYLINE -> "VectorLabels";
            case CLASSIFICATION -> "Choices";
        };
    }

    private static FailureException noLabel(ModelDescription model, List<Control> found, Optional<String> chosen) {
        String controls = String.join(
                ", ",
                found.stream()
                        .map(control -> Words.quoted(control.name()))
                        .distinct()
                        .toList());
        String detail = chosen.map(label -> "the label " + Words.quoted(label) + " is none of the control " + controls)
                .orElseGet(() -> "no label of the control " + controls + " is a class of " + model.name() + ": "
                        + some(model.classes())
                        + " (predicted_values of a label, or a project's mapping, says which class becomes it)");
        return RequestRules.invalid(FIELD, FIELD + ": " + detail);
    }

    private static String some(List<String> names) {
        int most = 5;
        String shown =
                String.join(", ", names.stream().limit(most).map(Words::quoted).toList());
        return names.size() > most ? shown + " and " + (names.size() - most) + " more" : shown;
    }
}
