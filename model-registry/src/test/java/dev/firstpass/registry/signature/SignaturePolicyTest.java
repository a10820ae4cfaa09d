package dev.firstpass.registry.signature;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.firstpass.registry.Manifest.BundleFile;
import dev.firstpass.registry.RegistryException.ArtifactRejected;
import dev.firstpass.registry.Sha256;
import dev.firstpass.registry.SignedBy;
import dev.firstpass.registry.SignedBy.Form;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SignaturePolicyTest {
    @TempDir
    private Path temp;

    private Path folder;
    private SignedBundle bundle;
    private KeyPair keys;
    private SignaturePolicy trusting;

    @BeforeEach
    void lay() throws IOException, GeneralSecurityException {
        folder = temp.resolve("weeds");
        bundle = SignedBundle.lay(folder);
        keys = Signer.keys("secp256r1");
        trusting = trusting(TrustedKey.of(Signer.pem(keys.getPublic())).orElseThrow());
    }

    private static SignaturePolicy trusting(TrustedKey... keys) {
        return new SignaturePolicy(List.of(keys), true);
    }

    private String refusal(SignaturePolicy policy) {
        return assertThrows(ArtifactRejected.class, () -> bundle.check(policy)).getMessage();
    }

    // --- what the tools make

    @ParameterizedTest
    @ValueSource(strings = {"prime256v1", "secp384r1", "secp521r1"})
    void check_whatModelSigningMade_isByItsKey(String curve) throws IOException {
        TrustedKey key = SignedBundle.key(curve + ".pem");
        bundle.put("model.sig", curve + ".model.sig");

        assertEquals(
                List.of(new SignedBy(key.fingerprint(), Form.MODEL_SIGNING)),
                bundle.check(trusting(SignedBundle.key("ed25519.pem"), key)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ed25519", "secp384r1"})
    void check_whatOpensslMade_isByItsKey(String name) throws IOException {
        TrustedKey key = SignedBundle.key(name + ".pem");
        bundle.put("SHA256SUMS", "SHA256SUMS").put("SHA256SUMS.sig", name + ".SHA256SUMS.sig");

        assertEquals(List.of(new SignedBy(key.fingerprint(), Form.CHECKSUMS)), bundle.check(trusting(key)));
    }

    @Test
    void check_whatModelSigningMade_andTheBundleWasChanged_isRefusedByTheFilesName() throws IOException {
        bundle.put("model.sig", "prime256v1.model.sig");

        requireTied(trusting(SignedBundle.key("prime256v1.pem")), "model.sig");
    }

    @Test
    void check_whatOpensslMade_andTheBundleWasChanged_isRefusedByTheFilesName() throws IOException {
        bundle.put("SHA256SUMS", "SHA256SUMS").put("SHA256SUMS.sig", "ed25519.SHA256SUMS.sig");

        requireTied(trusting(SignedBundle.key("ed25519.pem")), "SHA256SUMS.sig");
    }

    /// That a signature is of this bundle's files, all of them, and of no others.
    private void requireTied(SignaturePolicy policy, String signature) throws IOException {
        assertEquals(1, bundle.check(policy).size());
        Path classes = folder.resolve("names/classes.txt");
        byte[] before = Files.readAllBytes(classes);

        Files.writeString(classes, "weed\ncrop\n");
        assertEquals("names/classes.txt: changed since it was signed (" + signature + ")", refusal(policy));

        Files.delete(classes);
        assertEquals("names/classes.txt: missing, though " + signature + " is of it", refusal(policy));

        Files.write(folder.resolve("names/Classes.txt"), before);
        assertEquals("names/Classes.txt: not among the files that " + signature + " is of", refusal(policy));

        Files.delete(folder.resolve("names/Classes.txt"));
        Files.write(classes, before);
        Files.writeString(folder.resolve("extra.bin"), "");
        assertEquals("extra.bin: not among the files that " + signature + " is of", refusal(policy));

        Files.delete(folder.resolve("extra.bin"));
        Files.writeString(folder.resolve("firstpass.yaml"), "family: boxes\nclasses: [a, b]\n");
        assertEquals("firstpass.yaml: changed since it was signed (" + signature + ")", refusal(policy));
    }

    // --- who

    @Test
    void check_anotherKey_isRefusedAndSaysWhichAreTrusted() throws IOException, GeneralSecurityException {
        Signer.sign(folder, Signer.keys("secp256r1"));

        assertEquals(
                "model.sig: signed by a key that this server does not trust (expected: one of " + trusting.keys() + ")",
                refusal(trusting));
    }

    @Test
    void check_anotherKeyThatClaimsToBeTheTrustedOne_isRefused() throws IOException, GeneralSecurityException {
        String hint = trusting.keys().getFirst().modelSigningHint();
        Signer.sign(
                folder,
                Signer.keys("secp256r1"),
                _ -> {},
                sig -> ((ObjectNode) sig.path("verificationMaterial").path("publicKey")).put("hint", hint));

        assertEquals(
                "model.sig: changed since it was signed, or not signed by the key that it names", refusal(trusting));
    }

    @Test
    void check_payloadThatWasExchanged_isRefused() throws IOException, GeneralSecurityException {
        Signer.sign(folder, keys);
        String signed = Files.readString(folder.resolve("model.sig"));
        String payload = signed.replaceAll(".*\"payload\":\"([^\"]+)\".*", "$1");
        Files.writeString(folder.resolve("model.onnx"), "another model\n");
        String other = new String(Base64.getDecoder().decode(payload), StandardCharsets.UTF_8)
                .replace(
                        "1706adee00751036563a808eb4375501f6e5bcefb3c7b32bbdfd416a48d43f94",
                        Sha256.of(folder.resolve("model.onnx")));
        Files.writeString(
                folder.resolve("model.sig"),
                signed.replace(payload, Base64.getEncoder().encodeToString(other.getBytes(StandardCharsets.UTF_8))));

        assertEquals(
                "model.sig: changed since it was signed, or not signed by the key that it names", refusal(trusting));
    }

    @Test
    void check_bothForms_bothMustBeRight() throws IOException, GeneralSecurityException {
        KeyPair second = Signer.keys("Ed25519");
        TrustedKey secondKey = TrustedKey.of(Signer.pem(second.getPublic())).orElseThrow();
        Signer.sign(folder, keys);
        Signer.signSums(folder, second);
        SignaturePolicy both = trusting(trusting.keys().getFirst(), secondKey);

        assertEquals(
                List.of(
                        new SignedBy(trusting.keys().getFirst().fingerprint(), Form.MODEL_SIGNING),
                        new SignedBy(secondKey.fingerprint(), Form.CHECKSUMS)),
                bundle.check(both));
        assertTrue(refusal(trusting).startsWith("SHA256SUMS.sig: SHA256SUMS was changed"), refusal(trusting));
        assertTrue(refusal(trusting(secondKey)).startsWith("model.sig: signed by a key"));
    }

    @Test
    void check_noSignature_isRefusedWhereOneIsRequired() throws IOException {
        assertEquals(
                "the bundle is not signed (expected: model.sig or SHA256SUMS.sig, by a key that this server trusts)",
                refusal(trusting));
        assertEquals(List.of(), bundle.check(new SignaturePolicy(trusting.keys(), false)));
        assertEquals(List.of(), bundle.check(SignaturePolicy.NONE));
    }

    @Test
    void check_noSignatureButItsList_isNotSigned() throws IOException {
        bundle.put("SHA256SUMS", "SHA256SUMS");

        assertTrue(refusal(trusting).startsWith("the bundle is not signed"), refusal(trusting));
    }

    @Test
    void check_signatureThatIsNotRequired_mustBeRightAllTheSame() throws IOException, GeneralSecurityException {
        Signer.sign(folder, Signer.keys("Ed25519"));

        assertTrue(refusal(new SignaturePolicy(trusting.keys(), false)).startsWith("model.sig: "));
        assertEquals(List.of(), bundle.check(SignaturePolicy.NONE), "where no keys are trusted, nothing can be said");
    }

    @Test
    void check_manifestGivenBeside_isRefused() throws IOException, GeneralSecurityException {
        Signer.sign(folder, keys);

        ArtifactRejected refused = assertThrows(
                ArtifactRejected.class,
                () -> trusting.check(folder, List.of(new BundleFile("model.sig", "0".repeat(64), 1)), true));
        assertEquals(
                "firstpass.yaml: given beside a bundle that is signed (expected: in it, and signed)",
                refused.getMessage());
    }

    @Test
    void required_withoutKeys_isNoPolicy() {
        assertThrows(IllegalArgumentException.class, () -> new SignaturePolicy(List.of(), true));
    }

    // --- what is no signature of model_signing

    private static ObjectNode predicate(ObjectNode statement) {
        return (ObjectNode) statement.path("predicate");
    }

    private static ObjectNode resource(ObjectNode statement) {
        return (ObjectNode) predicate(statement).path("resources").path(1);
    }

    @Test
    void check_statementThatIsSignedButOfAnotherKind_isRefused() throws IOException, GeneralSecurityException {
        Map<Consumer<ObjectNode>, String> changes = new LinkedHashMap<>();
        changes.put(
                statement -> resource(statement).put("algorithm", "blake2b"),
                "algorithm: 'blake2b' (expected: sha256)");
        changes.put(
                statement -> ((ObjectNode) predicate(statement).path("serialization")).put("hash_type", "md5"),
                "hash_type: 'md5' (expected: sha256)");
        changes.put(
                statement -> ((ObjectNode) predicate(statement).path("serialization")).put("method", "shards"),
                "method: 'shards' (expected: files)");
        changes.put(
                statement -> statement.put("predicateType", "https://example.org/other"),
                "predicateType: 'https://example.org/other' (expected: https://model_signing/signature/v1.0)");
        changes.put(
                statement -> statement.remove("_type"), "_type: nothing (expected: https://in-toto.io/Statement/v1)");
        changes.put(
                statement -> resource(statement).put("name", "firstpass.yaml"),
                "a file's digest is not one (expected: for each file one SHA-256)");
        changes.put(
                statement -> resource(statement).put("digest", "17"),
                "a file's digest is not one (expected: for each file one SHA-256)");
        changes.put(
                statement -> resource(statement).put("name", "."),
                "of a single file (expected: of the folder that the file is in)");
        changes.put(
                statement -> resource(statement).put("digest", "0".repeat(64)),
                "its subject is not what its files are");
        changes.put(
                statement -> ((ArrayNode) statement.path("subject")).removeAll(),
                "its subject is not what its files are");
        for (Map.Entry<Consumer<ObjectNode>, String> change : changes.entrySet()) {
            Signer.sign(folder, keys, change.getKey(), _ -> {});

            assertEquals("model.sig: " + change.getValue(), refusal(trusting));
        }
    }

    @Test
    void check_bundleThatIsNone_isRefused() throws IOException, GeneralSecurityException {
        Map<Consumer<ObjectNode>, String> changes = new LinkedHashMap<>();
        changes.put(
                sig -> sig.put("mediaType", "application/json"),
                "mediaType: 'application/json' (expected: application/vnd.dev.sigstore.bundle.v0.3+json)");
        changes.put(
                sig -> ((ObjectNode) sig.path("verificationMaterial")).remove("publicKey"),
                "not signed with a key (expected: made by `model_signing sign key`)");
        changes.put(
                sig -> sig.remove("dsseEnvelope"),
                "not signed with a key (expected: made by `model_signing sign key`)");
        changes.put(
                sig -> ((ObjectNode) sig.path("dsseEnvelope")).put("payloadType", "text/plain"),
                "payloadType: 'text/plain' (expected: application/vnd.in-toto+json)");
        changes.put(sig -> ((ObjectNode) sig.path("dsseEnvelope")).put("payload", "#"), "payload is not Base64");
        changes.put(
                sig -> ((ArrayNode) sig.path("dsseEnvelope").path("signatures")).addObject(),
                "2 signatures (expected: 1)");
        changes.put(
                sig -> ((ArrayNode) sig.path("dsseEnvelope").path("signatures")).removeAll(),
                "0 signatures (expected: 1)");
        for (Map.Entry<Consumer<ObjectNode>, String> change : changes.entrySet()) {
            Signer.sign(folder, keys, _ -> {}, change.getKey());

            assertEquals("model.sig: " + change.getValue(), refusal(trusting));
        }
        for (String text : List.of("", "{", "[]", "{\"mediaType\":1,\"mediaType\":2}", "[".repeat(5000), "{} {}")) {
            Files.writeString(folder.resolve("model.sig"), text);

            assertTrue(refusal(trusting).startsWith("model.sig: "), text);
        }
        Files.write(folder.resolve("model.sig"), new byte[(8 << 20) + 1]);
        assertEquals("model.sig: over 8388608 bytes (expected: a signature)", refusal(trusting));
    }

    @Test
    void check_statementThatIsSignedButNoJson_isRefused() throws IOException, GeneralSecurityException {
        for (String payload : List.of("", "no JSON", "{\"_type\": 1, \"_type\": 2}")) {
            Signer.write(folder, keys, payload.getBytes(StandardCharsets.UTF_8), _ -> {});

            assertTrue(refusal(trusting).startsWith("model.sig: "), payload);
        }
    }

    // --- lists of sums

    @Test
    void check_listWithLinesOfTheSignatureAndOfHiddenFiles_isAsWithoutThem()
            throws IOException, GeneralSecurityException {
        String zeros = "0".repeat(64);
        Signer.signSums(
                folder,
                keys,
                SignedBundle.text("SHA256SUMS").replace("  ./", " *") + zeros + "  ./SHA256SUMS\n" + zeros
                        + "  ./.git/config\n");

        assertEquals(1, bundle.check(trusting).size());
    }

    @Test
    void check_listThatIsNone_isRefused() throws IOException, GeneralSecurityException {
        String list = SignedBundle.text("SHA256SUMS");
        Map<String, String> lists = new LinkedHashMap<>();
        lists.put("", "firstpass.yaml: not among the files that SHA256SUMS.sig is of");
        lists.put("no list\n", "SHA256SUMS: 'no list' (expected: lines as of `sha256sum`, a digest and a path)");
        lists.put(list + list, "SHA256SUMS: 'firstpass.yaml' comes twice");
        for (Map.Entry<String, String> one : lists.entrySet()) {
            Signer.signSums(folder, keys, one.getKey());

            assertEquals(one.getValue(), refusal(trusting));
        }
        Files.delete(folder.resolve("SHA256SUMS"));
        assertEquals("SHA256SUMS: missing (expected: what SHA256SUMS.sig is of)", refusal(trusting));
    }
}
