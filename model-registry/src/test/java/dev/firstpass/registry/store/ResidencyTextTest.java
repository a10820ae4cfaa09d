package dev.firstpass.registry.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.Replica.Residency;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What servers tell each other of what they have in memory.
final class ResidencyTextTest {
    private static final ModelRef.Numbered COCO = new ModelRef.Numbered(new ModelName("coco"), 3);
    private static final ModelRef.Numbered WEEDS = new ModelRef.Numbered(new ModelName("weeds"), 1);

    @Test
    void text_isReadAsWhatItWasMadeOf() {
        Map<ModelRef.Numbered, Residency> versions = Map.of(COCO, Residency.SERVING, WEEDS, Residency.FAILED);

        assertEquals("{\"coco@3\":\"SERVING\",\"weeds@1\":\"FAILED\"}", ResidencyText.of(versions));
        assertEquals(versions, ResidencyText.read(ResidencyText.of(versions)));
        assertEquals(Map.of(), ResidencyText.read(ResidencyText.of(Map.of())));
    }

    @Test
    void whatIsNotKnown_isPassedOver() {
        assertEquals(
                Map.of(COCO, Residency.LOADING),
                ResidencyText.read("{\"coco@3\": \"LOADING\", \"weeds@1\": \"DREAMING\", \"coco@production\":"
                        + " \"SERVING\", \"?\": \"SERVING\"}"));
        assertEquals(Map.of(), ResidencyText.read("what?"));
    }
}
