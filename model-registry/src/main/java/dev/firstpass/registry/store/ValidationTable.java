package dev.firstpass.registry.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.RegistryException.ArgumentInvalid;
import dev.firstpass.registry.validation.ReportJson;
import dev.firstpass.registry.validation.ValidationReport;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reports of versions that were tried out, the last one of each, and how many rows they may be given at a time.
///
/// For the transactions that they are called in.
final class ValidationTable {
    private static final Logger LOG = LoggerFactory.getLogger(ValidationTable.class);
    private static final JsonMapper JSON = new JsonMapper();
    private static final TypeReference<TreeMap<String, Integer>> ROWS = new TypeReference<>() {};

    private ValidationTable() {}

    static void put(Handle handle, ModelRef.Numbered ref, ValidationReport report, Map<String, Integer> rows) {
        handle.createUpdate("""
                        INSERT INTO validation (tenant, name, number, at, verdict, row_limits, report)
                        VALUES (:tenant, :name, :number, :at, :verdict, :rows, :report)
                        ON CONFLICT (tenant, name, number) DO UPDATE SET at = excluded.at,
                            verdict = excluded.verdict, row_limits = excluded.row_limits, report = excluded.report""")
                .bindMap(Rows.key(ref.name(), ref.number()))
                .bind("at", report.at().toEpochMilli())
                .bind("verdict", report.isPassed() ? "PASSED" : "FAILED")
                .bind("rows", written(new TreeMap<>(rows)))
                .bind("report", ReportJson.write(report).toString())
                .execute();
    }

    static Optional<ValidationReport> find(Handle handle, ModelRef.Numbered ref) {
        return handle.createQuery(
                        "SELECT report FROM validation WHERE tenant = :tenant AND name = :name AND number = :number")
                .bindMap(Rows.key(ref.name(), ref.number()))
                .mapTo(String.class)
                .findOne()
                .map(ReportJson::read);
    }

    static void delete(Handle handle, ModelRef.Numbered ref) {
        handle.createUpdate("DELETE FROM validation WHERE tenant = :tenant AND name = :name AND number = :number")
                .bindMap(Rows.key(ref.name(), ref.number()))
                .execute();
    }

    /// Version -> stage -> most rows of one run, for all that have such limits.
    static Map<ModelRef.Numbered, Map<String, Integer>> rows(Handle handle) {
        return rows(
                handle.createQuery("SELECT tenant, name, number, row_limits FROM validation WHERE row_limits <> '{}'"));
    }

    /// The same for one model.
    static Map<ModelRef.Numbered, Map<String, Integer>> rows(Handle handle, ModelName name) {
        return rows(handle.createQuery("""
                        SELECT tenant, name, number, row_limits FROM validation
                        WHERE tenant = :tenant AND name = :name AND row_limits <> '{}'""").bindMap(Rows.key(name)));
    }

    private static Map<ModelRef.Numbered, Map<String, Integer>> rows(Query query) {
        Map<ModelRef.Numbered, Map<String, Integer>> rows = new HashMap<>();
        query.map((row, _) -> limits(row))
                .forEach(found -> found.ifPresent(limits -> rows.put(limits.getKey(), limits.getValue())));
        return rows;
    }

    /// Empty where the row is not one that was written, and so says nothing.
    private static Optional<Map.Entry<ModelRef.Numbered, Map<String, Integer>>> limits(ResultSet row)
            throws SQLException {
        try {
            return Optional.of(Map.entry(
                    new ModelRef.Numbered(Rows.model(row), row.getLong("number")),
                    JSON.readValue(row.getString("row_limits"), ROWS)));
        } catch (ArgumentInvalid | JsonProcessingException e) {
            LOG.error("validation: a row is damaged: {}", e.getMessage());
            return Optional.empty();
        }
    }

    private static String written(Map<String, Integer> rows) {
        try {
            return JSON.writeValueAsString(rows);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a map of numbers is always writable", e);
        }
    }
}
