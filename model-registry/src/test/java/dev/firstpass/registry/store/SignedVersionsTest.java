package dev.firstpass.registry.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.FakeFamily;
import dev.firstpass.registry.FakeModel;
import dev.firstpass.registry.Manifest.BundleFile;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.RegistryException.ArtifactRejected;
import dev.firstpass.registry.SignedBy;
import dev.firstpass.registry.SignedBy.Form;
import dev.firstpass.registry.Storage;
import dev.firstpass.registry.Validator;
import dev.firstpass.registry.audit.AuditLine;
import dev.firstpass.registry.signature.SignaturePolicy;
import dev.firstpass.registry.signature.Signer;
import dev.firstpass.registry.signature.TrustedKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// Signatures in the registry: what becomes of a version that is signed.
@ParameterizedClass
@EnumSource(Place.class)
@ExtendWith(SharedServers.Given.class)
final class SignedVersionsTest {
    private static final ModelName WEEDS = new ModelName("weeds");

    @Parameter
    private Place place = Place.LOCAL;

    @TempDir
    private Path temp;

    private Storage storage = Storage.LOCAL;
    private KeyPair keys;
    private TrustedKey trusted;

    @BeforeEach
    void makeKeys(SharedServers servers) throws GeneralSecurityException {
        storage = place.fresh(servers);
        keys = Signer.keys("Ed25519");
        trusted = TrustedKey.of(Signer.pem(keys.getPublic())).orElseThrow();
    }

    private ModelRegistry open(SignaturePolicy policy) {
        return ModelRegistry.open(
                DataDirectory.open(temp.resolve("data")),
                new RegistrySettings(storage, policy),
                List.of(FakeFamily.BOXES),
                FakeModel.reader(),
                () -> Instant.parse("2026-11-26T12:00:00Z"));
    }

    private ModelRegistry requiring() {
        return open(new SignaturePolicy(List.of(trusted), true));
    }

    private Path bundle(int seed) throws IOException {
        Path folder = Files.createDirectories(temp.resolve("offer-" + seed));
        FakeModel.write(folder.resolve("model.onnx"), seed);
        Files.writeString(folder.resolve("firstpass.yaml"), "classes: [a, b]\n");
        return folder;
    }

    private static Registration register(ModelRegistry registry, Path source) {
        return registry.register(WEEDS, source, Validator.NONE, ProgressListener.NONE);
    }

    private static List<SignedBy> signers(ModelRegistry registry, long number) {
        return registry.model(WEEDS).signers(number);
    }

    @Test
    void register_signed_keepsWhoDid_andTheVersionIsThatOfItsFiles() throws IOException, GeneralSecurityException {
        Path signed = bundle(1);
        Signer.signSums(signed, keys);
        SignedBy byUs = new SignedBy(trusted.fingerprint(), Form.CHECKSUMS);
        try (ModelRegistry registry = requiring()) {
            ModelVersion version = register(registry, signed).version();

            assertEquals(List.of(byUs), signers(registry, 1));
            assertEquals(
                    List.of("model.onnx"),
                    version.manifest().files().stream().map(BundleFile::path).toList());
            assertFalse(Files.exists(version.directory().resolve("SHA256SUMS.sig")));
            assertEquals(
                    List.of(trusted.fingerprint()),
                    registry.audit(0, 100).lines().stream()
                            .filter(line -> line.action().equals(AuditLine.SIGNATURE)
                                    && line.subject().equals("1")
                                    && line.digest().equals(version.digest()))
                            .map(AuditLine::to)
                            .toList());
        }
        try (ModelRegistry registry = requiring()) {
            assertEquals(List.of(byUs), signers(registry, 1), "after another start");
        }
    }

    @Test
    void register_sameFilesUnsignedAndSigned_areOneVersion_thatGainsItsSigners()
            throws IOException, GeneralSecurityException {
        Path folder = bundle(1);
        try (ModelRegistry registry = open(SignaturePolicy.NONE)) {
            Signer.sign(folder, keys);
            assertEquals(1, register(registry, folder).version().number());
            assertEquals(List.of(), signers(registry, 1), "nobody is trusted");
        }
        try (ModelRegistry registry = open(new SignaturePolicy(List.of(trusted), false))) {
            Registration again = register(registry, folder);
            long lines = registry.audit(0, 100).lines().size();
            assertFalse(again.created());
            assertEquals(List.of(new SignedBy(trusted.fingerprint(), Form.MODEL_SIGNING)), signers(registry, 1));

            assertFalse(register(registry, folder).created());
            assertEquals(lines, registry.audit(0, 100).lines().size(), "nothing new is to be said");

            Files.delete(folder.resolve("model.sig"));
            Signer.signSums(folder, keys);
            assertFalse(register(registry, folder).created());
            assertEquals(2, signers(registry, 1).size());
            assertEquals(1, registry.model(WEEDS).versions().size());
        }
    }

    @Test
    void register_refused_leavesNothing() throws IOException, GeneralSecurityException {
        try (ModelRegistry registry = requiring()) {
            Path unsigned = bundle(1);
            assertThrows(ArtifactRejected.class, () -> register(registry, unsigned));
            assertThrows(ArtifactRejected.class, () -> register(registry, unsigned.resolve("model.onnx")));

            Signer.sign(unsigned, Signer.keys("Ed25519"));
            assertThrows(ArtifactRejected.class, () -> register(registry, unsigned));

            Signer.sign(unsigned, keys);
            Path beside = Files.writeString(temp.resolve("beside.yaml"), "classes: [a, b]\n");
            assertThrows(
                    ArtifactRejected.class,
                    () -> registry.register(WEEDS, unsigned, beside, Validator.NONE, ProgressListener.NONE));

            assertTrue(registry.models().isEmpty());
            assertTrue(registry.audit(0, 100).lines().isEmpty());
            assertEquals(1, register(registry, unsigned).version().number());
        }
    }

    @Test
    void remove_signedVersion_takesItsSignaturesAlong() throws IOException, GeneralSecurityException {
        try (ModelRegistry registry = requiring()) {
            for (int seed = 1; seed <= 2; seed++) {
                Path folder = bundle(seed);
                Signer.sign(folder, keys);
                var _ = register(registry, folder);
            }
            ModelVersion second = registry.model(WEEDS).version(2).orElseThrow();
            registry.remove(second.ref());

            assertEquals(List.of(), signers(registry, 2));
            assertEquals(1, signers(registry, 1).size());
        }
    }
}
