package dev.firstpass.registry.signature;

import dev.firstpass.registry.Manifest.BundleFile;
import dev.firstpass.registry.RegistryException.ArtifactRejected;
import dev.firstpass.registry.SignedBy;
import dev.firstpass.registry.SignedBy.Form;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Whose signatures count, and whether there must be one.
///
/// A signature is of all files of a bundle that are taken in, its `firstpass.yaml` with them, and of no others: a file that
/// was changed, added or left out is refused by its name. The signature is held against what was copied into the registry,
/// not against what was offered, so nothing can change in between. What makes up a signature is no part of the version:
/// signed or not, and by whomever, the same files are the same version.
///
/// Immutable. Blocks as long as reading the signature takes.
///
/// @param keys none: signatures are not looked at
/// @param required whether a bundle without a signature is refused
public record SignaturePolicy(List<TrustedKey> keys, boolean required) {
    /// Nobody's signature counts, and none is needed.
    public static final SignaturePolicy NONE = new SignaturePolicy(List.of(), false);

    private static final Set<String> OWN_FILES = Stream.concat(
                    Stream.of(ChecksumList.FILE), Arrays.stream(Form.values()).map(Form::file))
            .collect(Collectors.toUnmodifiableSet());

    public SignaturePolicy {
        keys = List.copyOf(keys);
        if (required && keys.isEmpty()) {
            throw new IllegalArgumentException("keys: none (expected: one at least, where signatures are required)");
        }
    }

    /// Whether a file of a bundle belongs to its signature rather than to the version.
    public static boolean isOfSignature(String path) {
        return OWN_FILES.contains(path);
    }

    /// Checks all signatures of a bundle.
    ///
    /// @param directory where the bundle was copied to
    /// @param files what was copied, with those of the signature
    /// @param overridden whether something else that nobody signed says how to read the model
    /// @return who signed it; empty where no keys are trusted, or nobody did and nobody needs to
    /// @throws ArtifactRejected naming the file that is not as it was signed, or the signature that does not count
    public List<SignedBy> check(Path directory, List<BundleFile> files, boolean overridden) throws IOException {
        if (keys.isEmpty()) {
            return List.of();
        }
        Set<String> paths = files.stream().map(BundleFile::path).collect(Collectors.toSet());
        List<Form> forms = Arrays.stream(Form.values())
                .filter(form -> paths.contains(form.file()))
                .toList();
        if (forms.isEmpty()) {
            if (required) {
                throw new ArtifactRejected("the bundle is not signed (expected: "
                        + Arrays.stream(Form.values()).map(Form::file).collect(Collectors.joining(" or "))
                        + ", by a key that this server trusts)");
            }
            return List.of();
        }
        if (overridden) {
            throw new ArtifactRejected(
                    "firstpass.yaml: given beside a bundle that is signed (expected: in it, and signed)");
        }
        Map<String, String> content = files.stream()
                .filter(file -> !isOfSignature(file.path()))
                .collect(Collectors.toMap(BundleFile::path, BundleFile::sha256, (one, _) -> one, LinkedHashMap::new));
        List<SignedBy> signers = new ArrayList<>();
        for (Form form : forms) {
            Signed signed = switch (form) {
                case MODEL_SIGNING -> ModelSigning.read(directory.resolve(form.file()), keys);
                case CHECKSUMS -> ChecksumList.read(directory, paths, keys);
            };
            requireSame(form, content, new TreeMap<>(signed.digests()));
            signers.add(new SignedBy(signed.by().fingerprint(), form));
        }
        return List.copyOf(signers);
    }

    private static void requireSame(Form form, Map<String, String> content, Map<String, String> signed) {
        content.forEach((path, sha256) -> {
            String expected = signed.get(path);
            if (expected == null) {
                throw new ArtifactRejected(path + ": not among the files that " + form.file() + " is of");
            }
            if (!expected.equals(sha256)) {
                throw new ArtifactRejected(path + ": changed since it was signed (" + form.file() + ")");
            }
        });
        for (String path : signed.keySet()) {
            if (!content.containsKey(path) && !isOfSignature(path) && !isHidden(path)) {
                throw new ArtifactRejected(
                        path.replaceAll("\\p{C}", "?") + ": missing, though " + form.file() + " is of it");
            }
        }
    }

    /// Files and folders whose name begins with a dot are not taken in.
    private static boolean isHidden(String path) {
        return path.startsWith(".") || path.contains("/.");
    }

    /// What a signature says.
    ///
    /// @param by whose it is
    /// @param digests path of each file -> its SHA-256 in lower-case hex digits
    record Signed(TrustedKey by, Map<String, String> digests) {}
}
