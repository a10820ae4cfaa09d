package dev.firstpass.server.tls;

import java.net.Socket;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/// Trusts the server that shows the certificate of a file, under whatever name it was called, and nobody else: for whoever
/// can read the server's own file.
///
/// Thread-safe. Reads the file at each handshake, since it may be renewed.
final class OneCertificate extends X509ExtendedTrustManager {
    private final Path file;

    OneCertificate(Path file) {
        this.file = file;
    }

    private void check(X509Certificate[] chain) throws CertificateException {
        try {
            if (!chain[0].equals(TlsIdentity.certificates(file, TlsException.Which.CERTIFICATE)
                    .getFirst())) {
                throw new CertificateException("the server shows another certificate than that of " + file);
            }
        } catch (TlsException e) {
            throw new CertificateException(file + ": (expected: " + e.getMessage() + ")", e);
        }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
        check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        check(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
        throw new CertificateException("there are no clients");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        throw new CertificateException("there are no clients");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        throw new CertificateException("there are no clients");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[0];
    }
}
