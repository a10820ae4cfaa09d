package dev.firstpass.server.frontend.cvat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.firstpass.server.failure.FailureException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FunctionNameTest {
    @ParameterizedTest
    @CsvSource({
        "coco, coco",
        "coco..3, coco@3",
        "coco..canary, coco@canary",
        "coco...3, coco.@3",
        "coco..production..fields, coco@production+fields",
        "co.co..3..my.fields..2, co.co@3+my.fields@2",
        "coco....production...fields....2, coco..@production.+fields..@2",
        "coco.., coco@"
    })
    void names_areReferences(String name, String reference) {
        assertEquals(reference, FunctionName.reference("name", name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "co co", "coco@3", "a..b..c..d..e", "coco+fields"})
    void whatIsNoName_isRefused(String name) {
        assertThrows(FailureException.class, () -> FunctionName.reference("name", name));
    }

    @Test
    void longestNames_areTaken() {
        String name = "m".repeat(63) + ".." + "a".repeat(32) + ".." + "p".repeat(63) + ".." + "9".repeat(18);
        assertEquals(name.length() - 3, FunctionName.reference("name", name).length());
    }
}
