package dev.firstpass.registry.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.validation.ReportJson;
import dev.firstpass.registry.validation.ValidationReport;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jdbi.v3.core.Jdbi;

/// The reports of versions that were tried out, the last one of each, and how many rows they may be given at a time.
///
/// Thread-safe.
final class Validations {
    private static final JsonMapper JSON = new JsonMapper();
    private static final TypeReference<TreeMap<String, Integer>> ROWS = new TypeReference<>() {};

    private final Jdbi jdbi;
    private final String tenant;
    private final Path directory;

    /// @param directory of the database, for the words of a failure
    Validations(Jdbi jdbi, String tenant, Path directory) {
        this.jdbi = jdbi;
        this.tenant = tenant;
        this.directory = directory;
    }

    /// Keeps a report in the place of an earlier one.
    ///
    /// @param rows stage -> most rows of one run
    void keep(ModelRef.Numbered ref, ValidationReport report, Map<String, Integer> rows) {
        stored(() -> jdbi.inTransaction(handle -> handle.createUpdate("""
                        INSERT INTO validation (tenant, name, number, at, verdict, row_limits, report)
                        VALUES (:tenant, :name, :number, :at, :verdict, :rows, :report)
                        ON CONFLICT (tenant, name, number) DO UPDATE SET at = excluded.at,
                            verdict = excluded.verdict, row_limits = excluded.row_limits, report = excluded.report""")
                .bind("tenant", tenant)
                .bind("name", ref.name().value())
                .bind("number", ref.number())
                .bind("at", report.at().toEpochMilli())
                .bind("verdict", report.isPassed() ? "PASSED" : "FAILED")
                .bind("rows", written(new TreeMap<>(rows)))
                .bind("report", ReportJson.write(report).toString())
                .execute()));
    }

    /// The last report of a version; empty if it was never tried out, or before this was kept.
    Optional<ValidationReport> find(ModelRef.Numbered ref) {
        return stored(() -> jdbi.withHandle(handle -> handle.createQuery(
                        "SELECT report FROM validation WHERE tenant = :tenant AND name = :name AND number = :number")
                .bind("tenant", tenant)
                .bind("name", ref.name().value())
                .bind("number", ref.number())
                .mapTo(String.class)
                .findOne()
                .map(ReportJson::read)));
    }

    /// Version -> stage -> most rows of one run, for all that have such limits.
    Map<ModelRef.Numbered, Map<String, Integer>> rows() {
        Map<ModelRef.Numbered, Map<String, Integer>> rows = new HashMap<>();
        stored(() -> jdbi.withHandle(handle -> {
            handle.createQuery("SELECT name, number, row_limits FROM validation WHERE tenant = :tenant")
                    .bind("tenant", tenant)
                    .map((row, _) -> Map.entry(
                            new ModelRef.Numbered(new ModelName(row.getString("name")), row.getLong("number")),
                            read(row.getString("row_limits"))))
                    .forEach(entry -> rows.put(entry.getKey(), entry.getValue()));
            return rows.size();
        }));
        return rows;
    }

    private static String written(Map<String, Integer> rows) {
        try {
            return JSON.writeValueAsString(rows);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a map of numbers is always writable", e);
        }
    }

    private static Map<String, Integer> read(String rows) {
        try {
            return JSON.readValue(rows, ROWS);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("validation: row_limits are not what was written", e);
        }
    }

    private <T> T stored(Supplier<T> work) {
        try {
            return work.get();
        } catch (RuntimeException e) {
            throw StorageFailures.of(e, directory);
        }
    }
}
