package dev.firstpass.postprocess.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Map;
import org.junit.jupiter.api.Test;

final class WrittenDataSetTest {
    @Test
    void content_ofOneEntry_isItsBytes() {
        byte[] bytes = {1, 2};
        assertArrayEquals(bytes, new WrittenDataSet(Map.of("labels.json", bytes), FormatReport.NOTHING).content());
    }

    @Test
    void content_ofNoneOrSeveral_isRefused() {
        WrittenDataSet none = new WrittenDataSet(Map.of(), FormatReport.NOTHING);
        assertThrows(IllegalStateException.class, none::content);
        WrittenDataSet two = new WrittenDataSet(Map.of("a", new byte[0], "b", new byte[0]), FormatReport.NOTHING);
        assertThrows(IllegalStateException.class, two::content);
    }
}
