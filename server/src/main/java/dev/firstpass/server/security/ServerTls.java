package dev.firstpass.server.security;

import com.linecorp.armeria.common.TlsKeyPair;
import com.linecorp.armeria.common.TlsProvider;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServerTlsConfig;
import dev.firstpass.server.tls.TlsFiles;
import dev.firstpass.server.tls.TlsIdentity;
import dev.firstpass.server.tls.TlsWatch;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import io.netty.handler.ssl.ClientAuth;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The certificate that listeners show: each new connection gets the one in use, those that there are keep theirs.
///
/// Thread-safe.
public final class ServerTls implements TlsProvider {
    private final TlsFiles files;
    private final TlsWatch watch;
    private final Counter renewed;
    private final Counter refused;

    public ServerTls(TlsFiles files, TlsWatch watch, MeterRegistry meters) {
        this.files = files;
        this.watch = watch;
        this.renewed = reloads(meters, "renewed");
        this.refused = reloads(meters, "refused");
        TimeGauge.builder("firstpass.tls.certificate.expiry", this, TimeUnit.SECONDS, ServerTls::expirySeconds)
                .description("When the certificate in use expires, in seconds since 1970")
                .register(meters);
    }

    private static Counter reloads(MeterRegistry meters, String outcome) {
        return Counter.builder("firstpass.tls.reloads")
                .description("Changes of the certificate's files, and whether what they say was taken")
                .tag("outcome", outcome)
                .register(meters);
    }

    private double expirySeconds() {
        return watch.current().expiresAt().getEpochSecond();
    }

    /// Has a listener show it, and ask clients for theirs where that is set.
    public void protect(ServerBuilder listener) {
        listener.tlsProvider(
                this, ServerTlsConfig.builder().clientAuth(clientAuth()).build());
    }

    private ClientAuth clientAuth() {
        return files.clients()
                .map(clients -> clients.areRequired() ? ClientAuth.REQUIRE : ClientAuth.OPTIONAL)
                .orElse(ClientAuth.NONE);
    }

    /// Looks whether the files have changed. Blocks for as long as it takes to read them.
    public void look() {
        switch (watch.look()) {
            case SAME -> {}
            case RENEWED -> renewed.increment();
            case REFUSED -> refused.increment();
        }
    }

    @Override
    public TlsKeyPair keyPair(String hostname) {
        TlsIdentity identity = watch.current();
        return TlsKeyPair.of(identity.key(), identity.chain());
    }

    @Override
    public @Nullable List<X509Certificate> trustedCertificates(String hostname) {
        List<X509Certificate> authorities = watch.current().authorities();
        return authorities.isEmpty() ? null : authorities;
    }
}
