package dev.firstpass.server.labelbox;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.util.Optional;

/// Labelbox's import of rows as predictions, as it was when it was asked about.
///
/// Immutable.
///
/// @param name unique in its project
/// @param progress percent
/// @param errorFile where the rows are that were refused, each with why, for a day
record PredictionImport(String name, State state, int progress, Optional<URI> errorFile) {
    /// How far it has come.
    enum State {
        RUNNING,
        /// Each of its rows was taken or refused.
        FINISHED,
        /// None of its rows was taken.
        FAILED
    }

    /// Fields that are asked for.
    static final String FIELDS = "id name state progress errorFileUrl statusFileUrl";

    /// @throws LabelboxException if it is none
    static PredictionImport of(JsonNode fields) {
        String state = fields.path("state").asText();
        return new PredictionImport(
                fields.path("name").asText(),
                switch (state) {
                    case "RUNNING" -> State.RUNNING;
                    case "FINISHED" -> State.FINISHED;
                    case "FAILED" -> State.FAILED;
                    default -> throw LabelboxException.strange("an import in the state '" + state + "'");
                },
                percent(fields.path("progress").asText()),
                Optional.of(fields.path("errorFileUrl").asText(""))
                        .filter(url -> !url.isEmpty() && !url.equals("null"))
                        .map(PredictionImport::uri));
    }

    /// `37%`; 0 for anything else.
    private static int percent(String progress) {
        String digits = progress.replace("%", "").strip();
        return digits.matches("[0-9]{1,3}") ? Math.min(100, Integer.parseInt(digits)) : 0;
    }

    private static URI uri(String url) {
        try {
            return URI.create(url);
        } catch (IllegalArgumentException _) {
            throw LabelboxException.strange("an address of a file that is none");
        }
    }
}
