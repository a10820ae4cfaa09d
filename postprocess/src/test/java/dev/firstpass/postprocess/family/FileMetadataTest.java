package dev.firstpass.postprocess.family;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.firstpass.postprocess.tensor.ModelSignature;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class FileMetadataTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "[\"person\", \"traffic light\"]",
                "['person', 'traffic light',]",
                "{0: 'person', 1: 'traffic light'}",
                "{\"1\": \"traffic light\", \"0\": \"person\"}",
            })
    void classes_everyKnownForm_isRead(String names) {
        assertEquals(Optional.of(List.of("person", "traffic light")), classes(names));
    }

    @Test
    void classes_pythonQuotes_areRead() {
        assertEquals(Optional.of(List.of("driver's", "it's")), classes("{0: \"driver's\", 1: 'it\\'s'}"));
    }

    @Test
    void classes_indexesLeftOut_areGaps() {
        assertEquals(Optional.of(List.of("", "a", "", "b")), classes("{1: 'a', 3: 'b'}"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "person, car", "[", "{}", "[]", "3", "{a: 'b'}", "{99999999999: 'a'}", "{-1: 'a'}"})
    void classes_unknownForm_isEmpty(String names) {
        assertEquals(Optional.empty(), classes(names));
    }

    private static Optional<List<String>> classes(String names) {
        return FileMetadata.classes(new ModelSignature(List.of(), List.of(), Map.of("names", names)));
    }
}
