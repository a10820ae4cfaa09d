package dev.firstpass.server.tls;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/// Which servers a client takes for what they say they are.
///
/// Immutable, all variants.
public sealed interface Trust {
    /// Those of the authorities that the Java runtime knows.
    record Usual() implements Trust {}

    /// Those of the authorities of a file in PEM, by the name they are called by.
    record Authorities(Path file) implements Trust {}

    /// The one whose certificate lies here, by whatever name.
    record Certificate(Path file) implements Trust {}

    /// Empty for the usual one.
    ///
    /// @throws TlsException if the file cannot be read or has no certificates
    default Optional<SSLContext> context() throws TlsException {
        try {
            return switch (this) {
                case Usual _ -> Optional.empty();
                case Authorities(Path file) -> Optional.of(context(managers(file)));
                case Certificate(Path file) -> Optional.of(context(new TrustManager[] {new OneCertificate(file)}));
            };
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("TLS is not to be had here", e);
        }
    }

    private static SSLContext context(TrustManager[] managers) throws GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers, null);
        return context;
    }

    private static TrustManager[] managers(Path file) throws GeneralSecurityException, IOException, TlsException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        int number = 0;
        for (X509Certificate authority : TlsIdentity.certificates(file, TlsException.Which.AUTHORITIES)) {
            store.setCertificateEntry(Integer.toString(number++), authority);
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory.getTrustManagers();
    }
}
