package dev.firstpass.registry.store;

import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.RegistryException.DataUnusable;
import dev.firstpass.registry.RegistryException.StorageFull;
import dev.firstpass.registry.RegistryException.Unavailable;
import java.io.FileNotFoundException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.Set;
import javax.net.ssl.SSLException;

/// Tells a database that is away from one that is full or refuses us, and all of them from our own faults, by the SQLSTATE
/// that it gives (PostgreSQL's manual, appendix A).
///
/// Pure functions.
final class PostgresFailures {
    /// Read-only, as a standby is; no connection free; a statement or a lock that took too long.
    private static final Set<String> AWAY = Set.of("25006", "53300", "57014", "55P03", "25P03");

    private PostgresFailures() {}

    /// @param failure anything that a database call threw
    static RuntimeException of(RuntimeException failure) {
        if (failure instanceof RegistryException) {
            return failure;
        }
        return Causes.find(failure, SQLException.class)
                .map(sql -> of(sql, failure))
                .orElse(failure);
    }

    private static RuntimeException of(SQLException sql, RuntimeException failure) {
        String state = sql.getSQLState() == null ? "" : sql.getSQLState();
        if (state.startsWith("28")) {
            return new DataUnusable("the registry's database refuses the user or the password", failure);
        }
        if (state.startsWith("42501")) {
            return new DataUnusable("the registry's database does not let its user do what is needed", failure);
        }
        if (state.equals("3D000")) {
            return new DataUnusable("the registry's database does not exist", failure);
        }
        if (state.startsWith("XX")) {
            return new DataUnusable("the registry's database is damaged", failure);
        }
        if (state.equals("53100")) {
            return new StorageFull("no space left where the registry's database is", failure);
        }
        boolean isAway = sql instanceof SQLTransientConnectionException
                || state.startsWith("08")
                || state.startsWith("57P")
                || AWAY.contains(state);
        return isAway ? new Unavailable(away(sql), failure) : failure;
    }

    /// That a server is not believed looks to the driver as if it were not there.
    private static String away(SQLException sql) {
        if (Causes.find(sql, SSLException.class).isPresent()) {
            return "the registry's database does not prove who it is (expected: a certificate with its name, of the"
                    + " authorities in the file that the URL's sslrootcert names)";
        }
        if (Causes.find(sql, FileNotFoundException.class).isPresent()) {
            return "the authorities of the registry's database cannot be read (expected: a file that the URL's"
                    + " sslrootcert names)";
        }
        return "the registry's database does not answer";
    }
}
