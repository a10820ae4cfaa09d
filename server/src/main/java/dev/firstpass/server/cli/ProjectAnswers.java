package dev.firstpass.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.registry.Project;
import dev.firstpass.registry.ProjectName;
import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.manifest.ProjectDocument;
import dev.firstpass.server.cli.RegistryAccess.ProjectCheck;
import dev.firstpass.server.cli.RegistryAccess.ProjectDetails;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What a server says of labeling projects.
///
/// Pure functions.
final class ProjectAnswers {
    private ProjectAnswers() {}

    /// A version, to label by. A server of a later release may know wishes that this command line does not: then nothing is
    /// labeled, since what is written here would not be what the project asks for.
    static Project project(JsonNode answer) {
        try {
            return new Project(
                    new ProjectName(answer.path("name").asText()),
                    answer.path("version").asLong(),
                    answer.path("digest").asText(),
                    ProjectDocument.readCanonical(answer.path("spec").toString()),
                    Instant.parse(answer.path("createdAt").asText()));
        } catch (RegistryException.ArgumentInvalid | DateTimeParseException e) {
            throw CliException.failed("the server's project cannot be read: " + e.getMessage(), e);
        }
    }

    static ProjectDetails details(JsonNode answer) {
        List<Long> versions = new ArrayList<>();
        answer.path("versions").forEach(number -> versions.add(number.asLong()));
        return new ProjectDetails(
                answer.path("ref").asText(),
                answer.path("name").asText(),
                answer.path("version").asLong(),
                answer.path("digest").asText(),
                answer.path("createdAt").asText(),
                versions,
                answer.path("spec"),
                texts(answer.path("behind")));
    }

    static ProjectCheck check(JsonNode answer) {
        return new ProjectCheck(
                answer.path("project").asText(),
                answer.path("model").asText(),
                answer.path("fits").asBoolean(),
                texts(answer.path("unmapped")),
                texts(answer.path("unknownClasses")),
                texts(answer.path("unknownLabels")),
                texts(answer.path("unusedLabels")),
                Optional.of(answer.path("geometry").asText()).filter(why -> !why.isEmpty()));
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(text -> texts.add(text.asText()));
        return texts;
    }
}
