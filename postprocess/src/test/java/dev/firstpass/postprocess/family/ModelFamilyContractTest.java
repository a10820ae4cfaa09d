package dev.firstpass.postprocess.family;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.ImageTransform;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.TensorInfo;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What holds for every family in [ModelFamilies#STANDARD].
final class ModelFamilyContractTest {
    static final ImageSize ASSET = new ImageSize(123, 77);

    static List<FamilySample> samples() {
        return FamilySample.ALL;
    }

    @Test
    void standard_everyFamily_hasASampleHere() {
        assertEquals(
                ModelFamilies.STANDARD.stream()
                        .map(ModelFamily::id)
                        .filter(id -> !FamilySample.OF_SEVERAL_FILES.contains(id))
                        .toList(),
                FamilySample.ALL.stream().map(FamilySample::family).toList());
    }

    @ParameterizedTest
    @MethodSource("samples")
    void id_andDescription_areFitForAListing(FamilySample sample) {
        ModelFamily family = family(sample);
        assertTrue(family.id().matches("[a-z]+(-[a-z]+)*"), family.id());
        assertFalse(family.description().isBlank() || family.description().contains("\n"));
    }

    @ParameterizedTest
    @MethodSource("samples")
    void parameters_areFitForAListingAndTheirDefaultsAreReadable(FamilySample sample) {
        List<FamilyParameter> parameters = family(sample).parameters();
        assertEquals(
                parameters.size(),
                parameters.stream().map(FamilyParameter::name).distinct().count());
        ModelSpec spec = recognised(sample, sample.openBatch());
        for (FamilyParameter parameter : parameters) {
            assertTrue(parameter.name().matches("[a-z][A-Za-z0-9]{0,63}"), parameter.name());
            assertFalse(
                    parameter.description().isBlank() || parameter.description().contains("\n"));
            if (!parameter.byDefault().isEmpty()) {
                family(sample).check(with(spec, parameter.name(), parameter.byDefault()));
            }
        }
    }

    /// Both at registration, where the check reads them all.
    @ParameterizedTest
    @MethodSource("samples")
    void check_parameterThatIsBlankOrNoNumber_isRefusedByItsName(FamilySample sample) {
        ModelSpec spec = recognised(sample, sample.openBatch());
        for (FamilyParameter parameter : family(sample).parameters()) {
            boolean isNumber = parameter.byDefault().matches("-?[0-9.]+");
            for (String value : isNumber ? List.of(" ", "x", "NaN", "1e400") : List.of(" ")) {
                ModelSpec bad = with(spec, parameter.name(), value);
                IllegalArgumentException refused = assertThrows(
                        IllegalArgumentException.class, () -> family(sample).check(bad));
                assertTrue(
                        String.valueOf(refused.getMessage()).startsWith("parameters." + parameter.name() + ": "),
                        refused::getMessage);
            }
        }
    }

    private static ModelSpec with(ModelSpec spec, String parameter, String value) {
        Map<String, String> parameters = new HashMap<>(spec.parameters());
        parameters.put(parameter, value);
        return spec.withParameters(parameters);
    }

    @ParameterizedTest
    @MethodSource("samples")
    void recognise_itsOwnModel_givesASpecThatPassesTheCheck(FamilySample sample) {
        Recognition recognition = family(sample).recognise(sample.openBatch()).orElseThrow();
        assertEquals(sample.family(), recognition.spec().family());
        assertTrue(recognition.confidence() > 0 && recognition.confidence() <= 1);
        assertTrue(recognition.origins().keySet().containsAll(List.of("family", "outputs", "batching")));
        family(sample).check(recognition.spec());
        FamilyParameters.of(family(sample), recognition.spec());
    }

    @ParameterizedTest
    @MethodSource("samples")
    void recognise_batchAxis_decidesMaxBatch(FamilySample sample) {
        assertEquals(1, recognised(sample, sample.fixedBatch()).firstStage().maxBatch());
        assertEquals(
                sample.takesBatches(),
                recognised(sample, sample.openBatch()).firstStage().maxBatch() > 1);
    }

    @ParameterizedTest
    @MethodSource("samples")
    void recognise_modelOfAnotherFamily_isLessSureThanItsOwn(FamilySample sample) {
        double own = family(sample).recognise(sample.openBatch()).orElseThrow().confidence();
        for (ModelFamily other : ModelFamilies.STANDARD) {
            Optional<Recognition> recognition = other.recognise(sample.openBatch());
            assertTrue(other.id().equals(sample.family())
                    || recognition.isEmpty()
                    || recognition.get().confidence() < own);
        }
    }

    @ParameterizedTest
    @MethodSource("samples")
    void recognise_fileThatNamesAFamily_isBelieved(FamilySample sample) {
        ModelSignature named = named(sample, sample.family());
        assertEquals(1.0, family(sample).recognise(named).orElseThrow().confidence());
        assertEquals(Optional.empty(), family(sample).recognise(named(sample, "some-other")));
    }

    @ParameterizedTest
    @MethodSource("samples")
    void recognise_nothing_isEmpty(FamilySample sample) {
        assertEquals(Optional.empty(), family(sample).recognise(new ModelSignature(List.of(), List.of(), Map.of())));
    }

    @ParameterizedTest
    @MethodSource("samples")
    void recognise_noOutputs_isEmpty(FamilySample sample) {
        ModelSignature named = named(sample, sample.family());
        ModelSignature silent = new ModelSignature(named.inputs(), List.of(), named.metadata());
        assertEquals(Optional.empty(), family(sample).recognise(silent));
    }

    /// A file can declare any extent; no image has such a side.
    @ParameterizedTest
    @MethodSource("samples")
    void recognise_sidesBeyondAnInt_isEmpty(FamilySample sample) {
        ModelSignature signature = sample.openBatch();
        ModelSignature huge = new ModelSignature(
                signature.inputs().stream().map(ModelFamilyContractTest::huge).toList(),
                signature.outputs().stream().map(ModelFamilyContractTest::huge).toList(),
                signature.metadata());
        assertEquals(Optional.empty(), family(sample).recognise(huge));
    }

    /// Sides, open or not, become 2^40; the batch axis, channels and coordinates stay.
    private static TensorInfo huge(TensorInfo tensor) {
        long[] extents = tensor.shape().toArray();
        for (int axis = 1; axis < extents.length; axis++) {
            boolean isSide = extents[axis] == Shape.DYNAMIC || extents[axis] > 4;
            extents[axis] = isSide ? 1L << 40 : extents[axis];
        }
        return new TensorInfo(tensor.name(), tensor.type(), Shape.of(extents));
    }

    @ParameterizedTest
    @MethodSource("samples")
    void interpret_sample_findsNativeGeometryWithinTheAssetBestFirst(FamilySample sample) {
        List<Annotation> found = interpret(sample, sample.outputs());
        assertFalse(found.isEmpty());
        assertEquals(
                found,
                found.stream()
                        .sorted(Comparator.comparingDouble((Annotation annotation) ->
                                        annotation.candidate().score())
                                .reversed())
                        .toList());
        for (Annotation annotation : found) {
            assertEquals(family(sample).nativeGeometry(), annotation.kind());
            assertEquals(
                    annotation.kind() != GeometryKind.CLASSIFICATION,
                    annotation.bounds().isPresent());
            Rect bounds = annotation.bounds().orElse(new Rect(0, 0, 1, 1));
            assertEquals(bounds, bounds.clippedTo(ASSET));
            assertTrue(bounds.area() > 0);
        }
        assertEquals(
                found.size(),
                found.stream().map(a -> a.candidate().index()).distinct().count());
    }

    @ParameterizedTest
    @MethodSource("samples")
    void interpret_twice_givesTheSameAndClosesNothing(FamilySample sample) {
        assertEquals(interpret(sample, sample.outputs()), interpret(sample, sample.outputs()));
        assertFalse(sample.outputs().isClosed());
    }

    @ParameterizedTest
    @MethodSource("samples")
    void interpret_valueThatIsNoNumber_isRefusedNotDropped(FamilySample sample) {
        for (int output : sample.usedOutputs().toArray()) {
            int last = (int) sample.outputs().tensors().get(output).elements() - 1;
            for (float value : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
                for (int index : new int[] {0, last}) {
                    FakeOutputs spoiled = sample.spoiled(output, index, value);
                    OutputInvalidException refused =
                            assertThrows(OutputInvalidException.class, () -> interpret(sample, spoiled));
                    assertTrue(String.valueOf(refused.getMessage()).contains("expected: "));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("samples")
    void interpret_wrongOutputs_areRefused(FamilySample sample) {
        assertThrows(OutputInvalidException.class, () -> interpret(sample, new FakeOutputs()));
        assertThrows(OutputInvalidException.class, () -> interpret(sample, sample.flattened()));
    }

    private static ModelFamily family(FamilySample sample) {
        return ModelFamilies.byId(sample.family()).orElseThrow();
    }

    private static ModelSpec recognised(FamilySample sample, ModelSignature signature) {
        return family(sample).recognise(signature).orElseThrow().spec();
    }

    static List<Annotation> interpret(FamilySample sample, FakeOutputs outputs) {
        ImageTransform transform = FamilyInputs.stretch(ASSET, sample.input());
        return FamilyInputs.done(
                family(sample), outputs, transform, FamilyInputs.of(recognised(sample, sample.openBatch())));
    }

    private static ModelSignature named(FamilySample sample, String family) {
        Map<String, String> metadata = Stream.concat(
                        sample.openBatch().metadata().entrySet().stream(),
                        Stream.of(Map.entry("firstpass.family", family)))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
        return new ModelSignature(
                sample.openBatch().inputs(), sample.openBatch().outputs(), metadata);
    }
}
