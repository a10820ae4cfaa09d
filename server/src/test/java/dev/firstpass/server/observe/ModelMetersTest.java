package dev.firstpass.server.observe;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.Replica.Residency;
import dev.firstpass.server.frontend.TestVersions;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ModelMetersTest {
    private static final ModelName COCO = new ModelName("coco");

    @Test
    void scrape_tellsWhatAliasesName_andHowThatStands() {
        AtomicReference<Map<ModelRef.Aliased, ModelVersion>> aliases = new AtomicReference<>(Map.of(
                new ModelRef.Aliased(COCO, "production"), TestVersions.version("coco", 1),
                new ModelRef.Aliased(COCO, "next"), TestVersions.version("coco", 2)));
        try (Metrics metrics = new Metrics()) {
            ModelMeters.bind(
                    aliases::get,
                    () -> Map.of(
                            new ModelRef.Numbered(COCO, 2),
                            Residency.FAILED,
                            new ModelRef.Numbered(COCO, 7),
                            Residency.SERVING),
                    metrics);

            String first = metrics.scrape();
            assertLine(first, "firstpass_alias_info{alias=\"production\",model=\"coco\",version=\"1\"} 1");
            assertLine(first, "firstpass_alias_info{alias=\"next\",model=\"coco\",version=\"2\"} 1");
            assertLine(first, "firstpass_model_state{model=\"coco\",state=\"cold\",version=\"1\"} 1.0");
            assertLine(first, "firstpass_model_state{model=\"coco\",state=\"failed\",version=\"2\"} 1.0");
            assertLine(first, "firstpass_model_state{model=\"coco\",state=\"serving\",version=\"7\"} 1.0");

            aliases.set(Map.of());
            String second = metrics.scrape();
            assertFalse(second.contains("firstpass_alias_info{"), second);
            assertFalse(second.contains("state=\"cold\""), second);
        }
    }

    @Test
    void scrape_tellsTheDiskOfTheData_andNotItsName(@TempDir Path data) {
        try (Metrics metrics = new Metrics()) {
            HostMeters.bind(data, metrics.registry());

            String scrape = metrics.scrape();

            assertTrue(value(scrape, "firstpass_disk_free_bytes") <= value(scrape, "firstpass_disk_size_bytes"));
            assertTrue(value(scrape, "firstpass_disk_size_bytes") > 0);
            assertTrue(value(scrape, "process_resident_memory_bytes") > 1 << 20);
            assertFalse(scrape.contains(data.getFileName().toString()));
        }
    }

    private static double value(String scrape, String name) {
        return scrape.lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length())))
                .findFirst()
                .orElseThrow();
    }

    private static void assertLine(String scrape, String line) {
        String name = line.startsWith("#") ? line : line.substring(0, line.indexOf('{'));
        List<String> found =
                scrape.lines().filter(each -> each.startsWith(name)).toList();
        assertTrue(found.contains(line), () -> line + " is not in " + String.join("\n", found));
    }
}
