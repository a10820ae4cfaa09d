package dev.firstpass.server.frontend.roboflow;

import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.server.failure.Words;
import dev.firstpass.server.frontend.Options;
import dev.firstpass.server.frontend.RequestRules;

/// How instances are told (`response_mask_format`).
enum MaskForm {
    POLYGON(GeometryKind.POLYGON),
    RLE(GeometryKind.MASK);

    private final GeometryKind geometry;

    MaskForm(GeometryKind geometry) {
        this.geometry = geometry;
    }

    GeometryKind geometry() {
        return geometry;
    }

    /// Polygons where nothing is said.
    static MaskForm of(JsonNode node) {
        if (node.isMissingNode() || node.isNull()) {
            return POLYGON;
        }
        String name = Options.text("response_mask_format", node);
        return switch (name) {
            case "polygon" -> POLYGON;
            case "rle" -> RLE;
            default ->
                throw RequestRules.invalid(
                        "response_mask_format",
                        "response_mask_format: " + Words.quoted(name) + " (expected: polygon or rle)");
        };
    }
}
