package dev.firstpass.server.tls;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// An authority that issues certificates for `localhost` and 127.0.0.1, ECDSA on P-256: X.509 as RFC 5280 has it, written by hand, since
/// the JDK makes none.
///
/// Thread-safe.
public final class TestPki {
    private static final byte[] ECDSA_SHA256 = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);
    private static final AtomicLong SERIAL = new AtomicLong(1);

    private final String name;
    private final KeyPair keys = keys();
    public final X509Certificate certificate;

    public TestPki(String name) {
        this.name = name;
        Instant now = Instant.now();
        this.certificate =
                certificate(name, keys, name, keys, now.minus(Duration.ofDays(1)), now.plus(Duration.ofDays(90)), true);
    }

    /// A certificate with its key.
    public record Issued(X509Certificate certificate, PrivateKey key) {
        /// Writes both into a folder, the key for its owner alone.
        ///
        /// @param name of the files, which end in `.crt` and `.key`
        public TlsFiles write(Path folder, String name) {
            try {
                Path key = folder.resolve(name + ".key");
                Files.writeString(key, pem("PRIVATE KEY", this.key.getEncoded()));
                Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
                return new TlsFiles(TestPki.write(folder.resolve(name + ".crt"), certificate), key, Optional.empty());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /// Valid for 30 days.
    public Issued issue(String commonName) {
        Instant now = Instant.now();
        return issue(commonName, now.minus(Duration.ofDays(1)), now.plus(Duration.ofDays(30)));
    }

    public Issued issue(String commonName, Instant from, Instant until) {
        KeyPair own = keys();
        return new Issued(certificate(commonName, own, name, keys, from, until, false), own.getPrivate());
    }

    /// What trusts this authority, and shows the first of these certificates if it is asked for one.
    public SSLContext client(Issued... own) {
        try {
            KeyStore keys = KeyStore.getInstance(KeyStore.getDefaultType());
            keys.load(null, null);
            keys.setCertificateEntry("authority", certificate);
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(keys);
            for (Issued one : own) {
                keys.setKeyEntry("own", one.key, new char[0], new X509Certificate[] {one.certificate});
            }
            KeyManagerFactory shown = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            shown.init(keys, new char[0]);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(shown.getKeyManagers(), trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /// The authority's certificate in a file.
    public Path write(Path folder) {
        return write(folder.resolve(name + ".ca.crt"), certificate);
    }

    private static Path write(Path file, X509Certificate certificate) {
        try {
            return Files.writeString(file, pem("CERTIFICATE", certificate.getEncoded()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String pem(String type, byte[] der) {
        return "-----BEGIN " + type + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der) + "\n-----END " + type + "-----\n";
    }

    private static KeyPair keys() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static X509Certificate certificate(
            String subject,
            KeyPair own,
            String issuer,
            KeyPair signer,
            Instant from,
            Instant until,
            boolean isAuthority) {
        byte[] extensions = isAuthority
                ? extension(oid(0x55, 0x1d, 0x13), sequence(tlv(0x01, new byte[] {(byte) 0xff})))
                : extension(
                        oid(0x55, 0x1d, 0x11),
                        sequence(
                                tlv(0x82, "localhost".getBytes(StandardCharsets.US_ASCII)),
                                tlv(0x87, new byte[] {127, 0, 0, 1})));
        byte[] body = sequence(
                tlv(0xa0, tlv(0x02, new byte[] {2})),
                tlv(0x02, BigInteger.valueOf(SERIAL.getAndIncrement()).toByteArray()),
                ECDSA_SHA256,
                name(issuer),
                sequence(time(from), time(until)),
                name(subject),
                own.getPublic().getEncoded(),
                tlv(0xa3, sequence(extensions)));
        try {
            Signature signature = Signature.getInstance("SHA256withECDSA");
            signature.initSign(signer.getPrivate());
            signature.update(body);
            byte[] der = sequence(body, ECDSA_SHA256, tlv(0x03, concat(new byte[] {0}, signature.sign())));
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] name(String commonName) {
        byte[] text = tlv(0x0c, commonName.getBytes(StandardCharsets.UTF_8));
        return sequence(tlv(0x31, sequence(oid(0x55, 0x04, 0x03), text)));
    }

    private static byte[] time(Instant instant) {
        return tlv(0x18, TIME.format(instant).getBytes(StandardCharsets.US_ASCII));
    }

    private static byte[] extension(byte[] oid, byte[] value) {
        return sequence(oid, tlv(0x04, value));
    }

    private static byte[] oid(int... bytes) {
        byte[] value = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            value[i] = (byte) bytes[i];
        }
        return tlv(0x06, value);
    }

    private static byte[] sequence(byte[]... parts) {
        return tlv(0x30, concat(parts));
    }

    private static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    private static byte[] tlv(int tag, byte[] value) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(tag);
        if (value.length < 128) {
            out.write(value.length);
        } else {
            byte[] length = BigInteger.valueOf(value.length).toByteArray();
            int from = length[0] == 0 ? 1 : 0;
            out.write(0x80 | (length.length - from));
            out.write(length, from, length.length - from);
        }
        out.writeBytes(value);
        return out.toByteArray();
    }
}
