package dev.firstpass.registry.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.RegistryException.Unavailable;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.sql.SQLException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.exception.SdkClientException;

/// A database or a bucket that is there and is not believed is not said to be away.
final class UntrustedServersTest {
    private static String ofDatabase(IOException cause) {
        RuntimeException failure = new IllegalStateException(new SQLException("connecting failed", "08006", cause));
        return String.valueOf(assertInstanceOf(Unavailable.class, PostgresFailures.of(failure))
                .getMessage());
    }

    private static String ofBucket(IOException cause) {
        return String.valueOf(Bucket.failed(SdkClientException.create("calling failed", cause))
                .getMessage());
    }

    @Test
    void database_thatShowsAForeignCertificate_isSaidToDoSo() {
        assertTrue(ofDatabase(new SSLHandshakeException("PKIX path building failed"))
                .contains("sslrootcert"));
        assertTrue(ofDatabase(new FileNotFoundException("root.crt")).contains("cannot be read"));
        assertEquals("the registry's database does not answer", ofDatabase(new IOException("reset")));
    }

    @Test
    void bucket_thatShowsAForeignCertificate_isSaidToDoSo() {
        assertTrue(
                ofBucket(new SSLHandshakeException("PKIX path building failed")).contains("trustStore"));
        assertEquals("the registry's bucket does not answer", ofBucket(new IOException("reset")));
    }
}
