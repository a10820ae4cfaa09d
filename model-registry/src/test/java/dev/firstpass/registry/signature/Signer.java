package dev.firstpass.registry.signature;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.firstpass.registry.Sha256;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.security.interfaces.ECKey;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// Signs bundles, rightly or not.
///
/// Pure functions, but for reading and writing the bundle.
public final class Signer {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String PAYLOAD = "application/vnd.in-toto+json";

    private Signer() {}

    /// @param algorithm `Ed25519`, or a curve
    public static KeyPair keys(String algorithm) throws GeneralSecurityException {
        if (algorithm.equals("Ed25519")) {
            return KeyPairGenerator.getInstance(algorithm).generateKeyPair();
        }
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec(algorithm));
        return generator.generateKeyPair();
    }

    public static String pem(Key key) {
        return "-----BEGIN PUBLIC KEY-----\n" + Base64.getMimeEncoder().encodeToString(key.getEncoded())
                + "\n-----END PUBLIC KEY-----\n";
    }

    static byte[] sign(KeyPair keys, byte[] message) throws GeneralSecurityException {
        return sign(
                keys,
                switch (keys.getPublic()) {
                    case ECKey elliptic ->
                        switch (elliptic.getParams().getOrder().bitLength()) {
                            case 256 -> "SHA256withECDSA";
                            case 384 -> "SHA384withECDSA";
                            default -> "SHA512withECDSA";
                        };
                    default -> "Ed25519";
                },
                message);
    }

    static byte[] sign(KeyPair keys, String algorithm, byte[] message) throws GeneralSecurityException {
        Signature signature = Signature.getInstance(algorithm);
        signature.initSign(keys.getPrivate());
        signature.update(message);
        return signature.sign();
    }

    /// Puts a `model.sig` into a folder, as OpenSSF's tool does.
    public static void sign(Path folder, KeyPair keys) throws IOException, GeneralSecurityException {
        sign(folder, keys, _ -> {}, _ -> {});
    }

    /// @param statement changes what is signed
    /// @param bundle changes what is around it
    static void sign(Path folder, KeyPair keys, Consumer<ObjectNode> statement, Consumer<ObjectNode> bundle)
            throws IOException, GeneralSecurityException {
        ObjectNode signed = statement(folder);
        statement.accept(signed);
        write(folder, keys, JSON.writeValueAsBytes(signed), bundle);
    }

    static void write(Path folder, KeyPair keys, byte[] payload, Consumer<ObjectNode> change)
            throws IOException, GeneralSecurityException {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        message.writeBytes(("DSSEv1 28 " + PAYLOAD + " " + payload.length + " ").getBytes(StandardCharsets.UTF_8));
        message.writeBytes(payload);
        ObjectNode bundle = JSON.createObjectNode().put("mediaType", "application/vnd.dev.sigstore.bundle.v0.3+json");
        bundle.putObject("verificationMaterial")
                .putObject("publicKey")
                .put("hint", TrustedKey.of(pem(keys.getPublic())).orElseThrow().modelSigningHint());
        ObjectNode envelope = bundle.putObject("dsseEnvelope")
                .put("payload", Base64.getEncoder().encodeToString(payload))
                .put("payloadType", PAYLOAD);
        envelope.putArray("signatures")
                .addObject()
                .put("sig", Base64.getEncoder().encodeToString(sign(keys, message.toByteArray())))
                .put("keyid", "");
        change.accept(bundle);
        Files.write(folder.resolve("model.sig"), JSON.writeValueAsBytes(bundle));
    }

    private static ObjectNode statement(Path folder) throws IOException {
        ObjectNode statement = JSON.createObjectNode().put("_type", "https://in-toto.io/Statement/v1");
        ObjectNode subject = statement.putArray("subject").addObject().put("name", "weeds");
        statement.put("predicateType", "https://model_signing/signature/v1.0");
        ObjectNode predicate = statement.putObject("predicate");
        predicate.putObject("serialization").put("method", "files").put("hash_type", "sha256");
        var resources = predicate.putArray("resources");
        MessageDigest all = Sha256.begin();
        digests(folder).forEach((path, digest) -> {
            all.update(HexFormat.of().parseHex(digest));
            resources.addObject().put("name", path).put("algorithm", "sha256").put("digest", digest);
        });
        subject.putObject("digest").put("sha256", Sha256.end(all));
        return statement;
    }

    /// Puts `SHA256SUMS` and its signature into a folder.
    public static void signSums(Path folder, KeyPair keys) throws IOException, GeneralSecurityException {
        StringBuilder list = new StringBuilder();
        digests(folder)
                .forEach((path, digest) ->
                        list.append(digest).append("  ./").append(path).append('\n'));
        signSums(folder, keys, list.toString());
    }

    static void signSums(Path folder, KeyPair keys, String list) throws IOException, GeneralSecurityException {
        byte[] bytes = list.getBytes(StandardCharsets.UTF_8);
        Files.write(folder.resolve("SHA256SUMS"), bytes);
        Files.write(folder.resolve("SHA256SUMS.sig"), sign(keys, bytes));
    }

    private static Map<String, String> digests(Path folder) throws IOException {
        Map<String, String> digests = new TreeMap<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String path = folder.relativize(file).toString();
                if (!SignaturePolicy.isOfSignature(path)) {
                    digests.put(path, Sha256.of(file));
                }
            }
        }
        return digests;
    }
}
