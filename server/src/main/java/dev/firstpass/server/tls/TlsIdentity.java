package dev.firstpass.server.tls;

import dev.firstpass.server.tls.TlsException.Which;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A certificate with its key, both of which were looked at: they belong together, and the certificate is valid.
///
/// Immutable. Its text does not have the key.
///
/// @param chain the server's own first
/// @param authorities of clients' certificates; empty where none are asked for
public record TlsIdentity(List<X509Certificate> chain, PrivateKey key, List<X509Certificate> authorities) {
    private static final Pattern KEY =
            Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");

    /// Signed to see whether key and certificate belong together.
    private static final byte[] SAMPLE = "firstpass".getBytes(StandardCharsets.US_ASCII);

    public TlsIdentity {
        chain = List.copyOf(chain);
        authorities = List.copyOf(authorities);
    }

    /// Reads the files.
    ///
    /// @throws TlsException naming the file and what it is to be
    public static TlsIdentity read(TlsFiles files, Instant now) throws TlsException {
        List<X509Certificate> chain = certificates(files.certificate(), Which.CERTIFICATE);
        X509Certificate own = chain.getFirst();
        requireValid(own, now);
        PrivateKey key = key(files.key(), own);
        List<X509Certificate> authorities = files.clients().isEmpty()
                ? List.of()
                : certificates(files.clients().get().authorities(), Which.AUTHORITIES);
        return new TlsIdentity(chain, key, authorities);
    }

    /// From when on the certificate is not valid any more.
    public Instant expiresAt() {
        return chain.getFirst().getNotAfter().toInstant();
    }

    /// The certificates of a file.
    ///
    /// @throws TlsException if it cannot be read, or has none
    public static List<X509Certificate> certificates(Path file, Which which) throws TlsException {
        try {
            List<X509Certificate> found = CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(Files.readAllBytes(file)))
                    .stream()
                    .map(X509Certificate.class::cast)
                    .toList();
            if (!found.isEmpty()) {
                return found;
            }
        } catch (IOException _) {
            throw new TlsException(which, "a file that can be read");
        } catch (CertificateException _) {
            // It is told below.
        }
        throw new TlsException(which, "certificates in PEM: `-----BEGIN CERTIFICATE-----`");
    }

    private static void requireValid(X509Certificate certificate, Instant now) throws TlsException {
        if (!now.isBefore(certificate.getNotAfter().toInstant())) {
            throw new TlsException(
                    Which.CERTIFICATE,
                    "a certificate that has not expired; this one did at "
                            + certificate.getNotAfter().toInstant());
        }
        if (now.isBefore(certificate.getNotBefore().toInstant())) {
            throw new TlsException(
                    Which.CERTIFICATE,
                    "a certificate that is valid already; this one is from "
                            + certificate.getNotBefore().toInstant() + " on");
        }
    }

    private static PrivateKey key(Path file, X509Certificate certificate) throws TlsException {
        try {
            requireSecret(file);
            Matcher pem = KEY.matcher(Files.readString(file, StandardCharsets.US_ASCII));
            if (!pem.find()) {
                throw new TlsException(
                        Which.KEY,
                        "a private key in PEM without a password, PKCS #8: `openssl pkcs8 -topk8 -nocrypt` makes it of"
                                + " others");
            }
            byte[] encoded = Base64.getMimeDecoder().decode(pem.group(1));
            PrivateKey key = KeyFactory.getInstance(certificate.getPublicKey().getAlgorithm())
                    .generatePrivate(new PKCS8EncodedKeySpec(encoded));
            if (belong(key, certificate)) {
                return key;
            }
        } catch (IOException _) {
            throw new TlsException(Which.KEY, "a file that can be read");
        } catch (GeneralSecurityException | IllegalArgumentException _) {
            // It is told below.
        }
        throw new TlsException(Which.KEY, "the private key of the certificate; this one is of another");
    }

    /// Who can read the key can be the server to its clients.
    private static void requireSecret(Path file) throws IOException, TlsException {
        if (file.getFileSystem().supportedFileAttributeViews().contains("posix")
                && Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ)) {
            throw new TlsException(
                    Which.KEY,
                    "a file that not everybody can read: `chmod o-r`, or in Kubernetes `defaultMode: 0440` of the volume");
        }
    }

    private static boolean belong(PrivateKey key, X509Certificate certificate) throws GeneralSecurityException {
        String algorithm = switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> key.getAlgorithm();
        };
        Signature signature = Signature.getInstance(algorithm);
        signature.initSign(key);
        signature.update(SAMPLE);
        byte[] signed = signature.sign();
        signature.initVerify(certificate.getPublicKey());
        signature.update(SAMPLE);
        return signature.verify(signed);
    }

    @Override
    public String toString() {
        return chain.getFirst().getSubjectX500Principal() + " until " + expiresAt();
    }
}
