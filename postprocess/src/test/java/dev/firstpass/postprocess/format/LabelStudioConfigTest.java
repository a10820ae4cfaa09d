package dev.firstpass.postprocess.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.format.LabelStudioConfig.Control;
import dev.firstpass.postprocess.format.LabelStudioConfig.Kind;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class LabelStudioConfigTest {
    @Test
    void read_controls_haveTheirLabelsAndTheImageTheyAreFor() {
        LabelStudioConfig config = LabelStudioConfig.read("""
                <View>
                  <Style>.a { color: red; }</Style>
                  <!-- photos -->
                  <Image name="photo" value="$picture" zoom="true"/>
                  <Text name="note" value="$note"/>
                  <RectangleLabels name="boxes" toName="photo" model_score_threshold="0.4">
                    <Label value="Car" predicted_values="car, truck" background="red"/>
                    <Label value="Dog"/>
                  </RectangleLabels>
                  <Choices name="scene" toName="photo" choice="multiple">
                    <Choice value="outdoor"><Choice value="street"/></Choice>
                  </Choices>
                  <KeyPointLabels name="click" toName="note,photo" smart="true"><Label value="Car"/></KeyPointLabels>
                  <Labels name="words" toName="note"><Label value="Name"/></Labels>
                </View>
                """);

        assertEquals(Map.of("photo", "picture"), config.images());
        assertEquals(
                List.of("boxes", "scene", "click"),
                config.controls().stream().map(Control::name).toList());
        Control boxes = config.of(Kind.RECTANGLELABELS).getFirst();
        assertEquals(Optional.of(0.4), boxes.threshold());
        assertEquals(List.of("car", "truck"), boxes.labels().getFirst().predicted());
        assertEquals("photo", config.of(Kind.KEYPOINTLABELS).getFirst().image());
        assertTrue(config.of(Kind.KEYPOINTLABELS).getFirst().isSmart());
        assertTrue(config.of(Kind.CHOICES).getFirst().isMultiple());
        assertEquals(2, config.of(Kind.CHOICES).getFirst().labels().size());
    }

    @Test
    void label_predictedValuesComeFirstThenTheNameThenItsCase() {
        Control control = LabelStudioConfig.read("""
                <View><Image name="i" value="$image"/><RectangleLabels name="b" toName="i">
                  <Label value="truck"/><Label value="Car" predicted_values="truck"/><Label value="DOG"/>
                </RectangleLabels></View>""").controls().getFirst();

        assertEquals(Optional.of("Car"), control.label(List.of("truck")));
        assertEquals(Optional.of("Car"), control.label(List.of("car")));
        assertEquals(Optional.of("DOG"), control.label(List.of("dog")));
        assertEquals(Optional.of("DOG"), control.label(List.of("hound", "dog")));
        assertEquals(Optional.empty(), control.label(List.of("cat")));
    }

    @Test
    void read_whatIsNotForImagesOrModels_isNoControl() {
        LabelStudioConfig config = LabelStudioConfig.read("""
                <View><Image name="i" valueList="$images"/><Image name="k" value="$image"/>
                  <RectangleLabels name="a" toName="i"/>
                  <RectangleLabels name="b" toName="k" model_skip="true"/>
                  <Choices name="c" toName="k" perRegion="true"/>
                  <BrushLabels name="d" toName="k" value="$labels"/></View>""");

        assertEquals(List.of("d"), config.controls().stream().map(Control::name).toList());
    }

    static Stream<String> unreadable() {
        return Stream.of(
                "",
                "no xml",
                "<View>",
                "<View></Other>",
                "<View a=\"1\" a=\"2\"/>",
                "<View>&unknown;</View>",
                "<!DOCTYPE v [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><View>&e;</View>",
                "<!DOCTYPE v [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]><View b=\"&b;\"/>",
                "<View>".repeat(65) + "</View>".repeat(65),
                "<View>" + "<Label/>".repeat(20_001) + "</View>",
                "<View>" + " ".repeat(1 << 20) + "</View>");
    }

    @ParameterizedTest
    @MethodSource("unreadable")
    void read_whatIsNoConfiguration_isRefused(String xml) {
        assertThrows(IllegalArgumentException.class, () -> LabelStudioConfig.read(xml));
    }
}
