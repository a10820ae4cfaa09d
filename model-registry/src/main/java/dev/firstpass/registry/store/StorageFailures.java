package dev.firstpass.registry.store;

import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.RegistryException.DataUnusable;
import dev.firstpass.registry.RegistryException.StorageFull;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import org.sqlite.SQLiteErrorCode;

/// Tells a full disk from a broken one, and both from our own faults.
///
/// Pure, but for asking the file system how much space is left.
final class StorageFailures {
    /// Less than this left means that a failed write failed for want of space. Needed beside the error text,
    /// which is in the language of the system.
    private static final long NEARLY_NOTHING_BYTES = 256 * 1024;

    private StorageFailures() {}

    static RegistryException of(IOException failure, Path directory) {
        if (isFull(failure, directory)) {
            return new StorageFull("no space left in the data directory", failure);
        }
        return new DataUnusable("the data directory cannot be read or written", failure);
    }

    /// @param failure anything that a database call threw
    static RuntimeException of(RuntimeException failure, Path directory) {
        return Causes.find(failure, SQLException.class)
                .map(sql -> of(sql, directory, failure))
                .orElse(failure);
    }

    private static RuntimeException of(SQLException sql, Path directory, RuntimeException failure) {
        int code = kind(sql);
        if (code == SQLiteErrorCode.SQLITE_FULL.code
                || (code == SQLiteErrorCode.SQLITE_IOERR.code && isFull(sql, directory))
                || (code == SQLiteErrorCode.SQLITE_CANTOPEN.code && isFull(sql, directory))) {
            return new StorageFull("no space left in the data directory", failure);
        }
        if (code == SQLiteErrorCode.SQLITE_NOTADB.code || code == SQLiteErrorCode.SQLITE_CORRUPT.code) {
            return new DataUnusable("the registry's database is damaged", failure);
        }
        // The statements are ours and fixed: one that SQLite does not understand meets a damaged schema, or a
        // transaction that
        // has failed before.
        if (code == SQLiteErrorCode.SQLITE_ERROR.code
                || code == SQLiteErrorCode.SQLITE_READONLY.code
                || code == SQLiteErrorCode.SQLITE_IOERR.code
                || code == SQLiteErrorCode.SQLITE_CANTOPEN.code) {
            return new DataUnusable("the registry's database cannot be read or written", failure);
        }
        return failure;
    }

    /// One of SQLite's codes without what refines it, which is all but the low byte.
    static int kind(SQLException sql) {
        return sql.getErrorCode() & 0xFF;
    }

    private static boolean isFull(Exception failure, Path directory) {
        String message = String.valueOf(failure.getMessage());
        return message.contains("No space left") || message.contains("quota exceeded") || isNearlyFull(directory);
    }

    private static boolean isNearlyFull(Path directory) {
        try {
            FileStore store = Files.getFileStore(directory);
            // File systems that store nothing, such as /proc, have no space at all.
            return store.getTotalSpace() > 0 && store.getUsableSpace() < NEARLY_NOTHING_BYTES;
        } catch (IOException _) {
            return false;
        }
    }
}
