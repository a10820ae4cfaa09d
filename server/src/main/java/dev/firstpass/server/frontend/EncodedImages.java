package dev.firstpass.server.frontend;

import dev.firstpass.server.asset.AssetRef;
import java.util.Base64;
import java.util.Optional;

/// Images that come as text.
///
/// Pure functions.
public final class EncodedImages {
    private static final String DATA = "data:";
    private static final String BASE64 = ";base64,";

    private EncodedImages() {}

    /// The bytes of `base64`, as RFC 4648 section 4 has it.
    ///
    /// @param field where it stands, for the error
    /// @throws dev.firstpass.server.failure.FailureException ARGUMENT_INVALID if it is nothing of the kind
    public static AssetRef.Inline ofBase64(String field, String text) {
        return new AssetRef.Inline(bytes(field, text), Optional.empty());
    }

    /// The same, with or without `data:image/png;base64,` in front of it, as browsers' pages write it.
    public static AssetRef.Inline ofDataUri(String field, String text) {
        if (!text.startsWith(DATA)) {
            return ofBase64(field, text);
        }
        int end = text.indexOf(',') + 1;
        if (!text.substring(0, end).endsWith(BASE64)) {
            throw RequestRules.invalid(field, field + ": a data URI without base64 (expected: data:<type>;base64,...)");
        }
        String type = text.substring(DATA.length(), end - BASE64.length());
        return new AssetRef.Inline(bytes(field, text.substring(end)), Optional.of(type));
    }

    private static byte[] bytes(String field, String text) {
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException _) {
            throw RequestRules.invalid(
                    field, field + ": not base64 (expected: RFC 4648 section 4, without line breaks)");
        }
    }
}
