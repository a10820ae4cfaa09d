package dev.firstpass.server.labelbox;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/// A row that Labelbox did not take.
///
/// Immutable.
///
/// @param dataRow id of the data row, possibly empty
/// @param reasons in Labelbox's words
public record Refused(String uuid, String dataRow, List<String> reasons) {
    public Refused {
        reasons = List.copyOf(reasons);
    }

    static boolean isRefused(JsonNode status) {
        return !status.path("status").asText("FAILURE").equals("SUCCESS");
    }

    static Refused of(JsonNode status) {
        List<String> reasons = new ArrayList<>();
        for (JsonNode error : status.path("errors")) {
            String name = error.path("name").asText();
            String message = error.path("message").asText();
            reasons.add(name.isEmpty() ? message : name + ": " + message);
        }
        return new Refused(
                status.path("uuid").asText(), status.path("dataRow").path("id").asText(), reasons);
    }
}
