package dev.firstpass.registry.store;

import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelVersion.State;
import dev.firstpass.registry.ProjectName;
import dev.firstpass.registry.RegistryException.ArgumentInvalid;
import dev.firstpass.registry.Rollout;
import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.audit.AuditLine;
import dev.firstpass.registry.store.MetadataStore.AliasRow;
import dev.firstpass.registry.store.MetadataStore.ProjectRow;
import dev.firstpass.registry.store.MetadataStore.RolloutRow;
import dev.firstpass.registry.store.MetadataStore.TokenRow;
import dev.firstpass.registry.store.MetadataStore.VersionRow;
import dev.firstpass.registry.token.ApiToken;
import dev.firstpass.registry.token.Scope;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jdbi.v3.core.statement.Query;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Rows of the tables as values.
///
/// Pure functions.
final class Rows {
    private static final Logger LOG = LoggerFactory.getLogger(Rows.class);

    private Rows() {}

    /// One row as a value.
    interface Reading<T> {
        /// @throws ArgumentInvalid if the row has what is no name
        T of(ResultSet row) throws SQLException;
    }

    /// What a query finds. What is no name is damage: its row is left out, and missed like one that is gone.
    static <T> List<T> list(Query query, Reading<T> reading) {
        return query.map((row, _) -> readable(row, reading)).stream()
                .flatMap(Optional::stream)
                .toList();
    }

    private static <T> Optional<T> readable(ResultSet row, Reading<T> reading) throws SQLException {
        try {
            return Optional.of(reading.of(row));
        } catch (ArgumentInvalid e) {
            LOG.error("a row is damaged: {}", e.getMessage());
            return Optional.empty();
        }
    }

    /// What a row calls its model, be it a name or not.
    static String called(ResultSet row) throws SQLException {
        String tenant = row.getString("tenant");
        String name = row.getString("name");
        return Tenant.LOCAL.value().equals(tenant) ? name : tenant + "/" + name;
    }

    /// What `:tenant` and `:name` of a statement are, for what is of a model.
    static Map<String, Object> key(ModelName name) {
        return Map.of("tenant", name.tenant().value(), "name", name.value());
    }

    /// The same for what is of a labeling project.
    static Map<String, Object> key(ProjectName name) {
        return Map.of("tenant", name.tenant().value(), "name", name.value());
    }

    /// What `:tenant`, `:name` and `:number` of a statement are, for what is of a version.
    static Map<String, Object> key(ModelName name, long number) {
        return Map.of("tenant", name.tenant().value(), "name", name.value(), "number", number);
    }

    /// The model that a row is of.
    static ModelName model(ResultSet row) throws SQLException {
        return new ModelName(new Tenant(row.getString("tenant")), row.getString("name"));
    }

    static VersionRow version(ResultSet row) throws SQLException {
        return new VersionRow(
                model(row),
                row.getLong("number"),
                row.getString("digest"),
                row.getString("manifest"),
                state(row.getString("state")),
                row.getString("reason"),
                Instant.ofEpochMilli(row.getLong("registered_at")));
    }

    /// What is no state is damage, and no state to serve in.
    private static State state(String text) {
        return Stream.of(State.values())
                .filter(state -> state.name().equals(text))
                .findFirst()
                .orElse(State.CORRUPT);
    }

    static AliasRow alias(ResultSet row) throws SQLException {
        return new AliasRow(model(row), row.getString("alias"), row.getLong("number"));
    }

    static RolloutRow rollout(ResultSet row) throws SQLException {
        return new RolloutRow(
                model(row),
                row.getString("alias"),
                new Rollout(
                        number(row, "canary"),
                        row.getInt("percent"),
                        number(row, "shadow"),
                        row.getInt("shadow_percent")));
    }

    static ProjectRow project(ResultSet row) throws SQLException {
        return new ProjectRow(
                new ProjectName(new Tenant(row.getString("tenant")), row.getString("name")),
                row.getLong("number"),
                row.getString("digest"),
                row.getString("spec"),
                Instant.ofEpochMilli(row.getLong("created_at")));
    }

    /// Scopes that are not known give nothing: they are of a later release.
    static TokenRow token(ResultSet row) throws SQLException {
        OptionalLong expires = number(row, "expires_at");
        OptionalLong used = number(row, "last_used_at");
        return new TokenRow(
                new ApiToken(
                        row.getString("id"),
                        new Tenant(row.getString("tenant")),
                        row.getString("name"),
                        Stream.of(row.getString("scopes").split(",", -1))
                                .flatMap(id -> Scope.of(id).stream())
                                .collect(Collectors.toSet()),
                        Instant.ofEpochMilli(row.getLong("created_at")),
                        expires.isPresent() ? Optional.of(Instant.ofEpochMilli(expires.getAsLong())) : Optional.empty(),
                        used.isPresent() ? Optional.of(Instant.ofEpochMilli(used.getAsLong())) : Optional.empty()),
                row.getString("hash"));
    }

    private static OptionalLong number(ResultSet row, String column) throws SQLException {
        long number = row.getLong(column);
        return row.wasNull() ? OptionalLong.empty() : OptionalLong.of(number);
    }

    static AuditLine auditLine(ResultSet row) throws SQLException {
        return new AuditLine(
                row.getLong("id"),
                row.getString("tenant"),
                row.getString("principal"),
                Instant.ofEpochMilli(row.getLong("at")),
                row.getString("action"),
                row.getString("name"),
                row.getString("subject"),
                row.getString("from_value"),
                row.getString("to_value"),
                row.getString("digest"),
                row.getString("result"),
                row.getString("hash"));
    }
}
