package dev.firstpass.registry.signature;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.firstpass.registry.RegistryException.ArtifactRejected;
import dev.firstpass.registry.Sha256;
import dev.firstpass.registry.SignedBy.Form;
import dev.firstpass.registry.signature.SignaturePolicy.Signed;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// The signature that OpenSSF's `model_signing sign key` makes: a Sigstore bundle, in it a DSSE envelope, in it an in-toto
/// statement with the digest of each file.
///
/// Layouts: https://docs.sigstore.dev/about/bundle, https://github.com/secure-systems-lab/dsse (protocol 1.0.0),
/// https://github.com/in-toto/attestation (statement 1), https://github.com/ossf/model-signing-spec (signature 1.0).
///
/// What the signature lists as left out of it is not left out here: every file that is taken in must be signed.
///
/// Pure functions, but for reading the file.
final class ModelSigning {
    private static final String FILE = Form.MODEL_SIGNING.file();
    private static final String BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json";
    private static final String PAYLOAD = "application/vnd.in-toto+json";
    private static final String STATEMENT = "https://in-toto.io/Statement/v1";
    private static final String PREDICATE = "https://model_signing/signature/v1.0";
    private static final String SHA256 = "sha256";
    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");

    /// What a model that is a single file is called in its signature.
    private static final String FILE_ITSELF = ".";

    /// What is said twice could be read in two ways.
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private ModelSigning() {}

    /// @throws ArtifactRejected if it is no such signature, or by none of the keys
    static Signed read(Path file, List<TrustedKey> keys) throws IOException {
        JsonNode bundle = json(SignatureFile.read(file, FILE), "a bundle of model_signing");
        require(bundle, "mediaType", BUNDLE);
        JsonNode material = bundle.path("verificationMaterial");
        JsonNode envelope = bundle.path("dsseEnvelope");
        if (!material.path("publicKey").isObject() || !envelope.isObject()) {
            throw refusal("not signed with a key (expected: made by `model_signing sign key`)");
        }
        require(envelope, "payloadType", PAYLOAD);
        JsonNode signatures = envelope.path("signatures");
        if (signatures.size() != 1) {
            throw refusal(signatures.size() + " signatures (expected: 1)");
        }
        byte[] payload = base64(envelope, "payload");
        byte[] signature = base64(signatures.path(0), "sig");
        // As DSSE has it: what is signed is the type of the payload together with the payload.
        byte[] head = ("DSSEv1 " + PAYLOAD.length() + " " + PAYLOAD + " " + payload.length + " ")
                .getBytes(StandardCharsets.US_ASCII);
        String hint = material.path("publicKey").path("hint").asText();
        TrustedKey signer = keys.stream()
                .filter(key -> key.hasSigned(List.of(head, payload), signature))
                .findFirst()
                .orElseThrow(() -> unknown(keys, hint));
        return new Signed(signer, digests(json(payload, "a statement of in-toto")));
    }

    /// The hint is nobody's word, and good for an explanation alone.
    private static ArtifactRejected unknown(List<TrustedKey> keys, String hint) {
        boolean isKnown = keys.stream().anyMatch(key -> key.modelSigningHint().equals(hint));
        return refusal(
                isKnown
                        ? "changed since it was signed, or not signed by the key that it names"
                        : "signed by a key that this server does not trust (expected: one of " + keys + ")");
    }

    private static Map<String, String> digests(JsonNode statement) {
        require(statement, "_type", STATEMENT);
        require(statement, "predicateType", PREDICATE);
        JsonNode predicate = statement.path("predicate");
        require(predicate.path("serialization"), "method", "files");
        require(predicate.path("serialization"), "hash_type", SHA256);
        Map<String, String> digests = new HashMap<>();
        MessageDigest all = Sha256.begin();
        for (JsonNode resource : predicate.path("resources")) {
            String name = resource.path("name").asText();
            String digest = resource.path("digest").asText();
            require(resource, "algorithm", SHA256);
            if (name.equals(FILE_ITSELF)) {
                throw refusal("of a single file (expected: of the folder that the file is in)");
            }
            if (!DIGEST.matcher(digest).matches() || digests.put(name, digest) != null) {
                throw refusal("a file's digest is not one (expected: for each file one SHA-256)");
            }
            all.update(HexFormat.of().parseHex(digest));
        }
        JsonNode subject = statement.path("subject");
        if (subject.size() != 1
                || !subject.path(0).path("digest").path(SHA256).asText().equals(Sha256.end(all))) {
            throw refusal("its subject is not what its files are");
        }
        return digests;
    }

    private static JsonNode json(byte[] text, String expected) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException _) {
            throw refusal("not JSON (expected: " + expected + ")");
        } catch (IOException e) {
            throw new IllegalStateException("an array cannot fail to be read", e);
        }
    }

    private static byte[] base64(JsonNode node, String field) {
        try {
            return Base64.getDecoder().decode(node.path(field).asText());
        } catch (IllegalArgumentException _) {
            throw refusal(field + " is not Base64");
        }
    }

    private static void require(JsonNode node, String field, String expected) {
        String found = node.path(field).asText();
        if (!found.equals(expected)) {
            String shown = found.isEmpty() ? "nothing" : SignatureFile.shown(found);
            throw refusal(field + ": " + shown + " (expected: " + expected + ")");
        }
    }

    private static ArtifactRejected refusal(String why) {
        return new ArtifactRejected(FILE + ": " + why);
    }
}
