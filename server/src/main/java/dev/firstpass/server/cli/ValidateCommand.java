package dev.firstpass.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.validation.ReportJson;
import dev.firstpass.registry.validation.ReportText;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `models validate`.
///
/// For one thread.
@Command(
        name = "validate",
        description = {
            "Try a version out again, as its registration did, and show what was found.",
            "It runs in a process of its own, beside what serves: a photo, rows of several shapes, more and more rows at a"
                    + " time, images that show nothing, and the golden samples of its manifest. A version that was FAILED"
                    + " becomes AVAILABLE if it works now; one that serves goes on serving, whatever is found."
        },
        footer = {"", "Examples:", "  firstpass models validate weeds@2", "  firstpass models validate weeds --json"})
final class ValidateCommand implements Callable<Integer> {
    private final Session session;

    @Mixin
    private Target target = new Target();

    @Parameters(paramLabel = "REF", description = "The version: coco@3, coco@production, or coco.")
    private String ref = "";

    ValidateCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        ModelRef wanted = ModelRef.parse(ref);
        try (RegistryAccess registry = target.registry(session)) {
            RegistryAccess.Validation validation = registry.validate(wanted, session.progress());
            JsonNode report = validation.report();
            session.print(report, ReportText.of(validation.ref(), ReportJson.read(report)));
            return report.path("verdict").asText().equals("PASSED") ? ExitCode.OK : ExitCode.FAILED;
        }
    }
}
