package dev.firstpass.server.config;

import static dev.firstpass.server.config.Setting.optional;
import static dev.firstpass.server.config.Setting.setting;

import dev.firstpass.registry.Tenant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/// The settings `quotas`: how much of the server each tenant may have.
///
/// Pure functions.
final class QuotaSettings {
    private static final String REQUESTS_NAME = "requests-per-second";
    private static final String CONCURRENT_NAME = "concurrent";
    private static final String BYTES_NAME = "bytes-per-day";
    private static final String NO_LIMIT = "no limit";

    private static final SettingKind<Integer> REQUESTS_KIND = SettingKind.whole(1, 1_000_000);
    private static final SettingKind<Integer> CONCURRENT_KIND = SettingKind.whole(1, 1_000_000);
    private static final SettingKind<Long> BYTES_KIND = SettingKind.bytes("1MiB", "1048576GiB");

    private static final Setting<Integer> REQUESTS = optional(
            "quotas." + REQUESTS_NAME,
            REQUESTS_KIND,
            NO_LIMIT,
            "Requests of each tenant in a second, on the average; as many may come at once.");
    private static final Setting<Integer> CONCURRENT = optional(
            "quotas." + CONCURRENT_NAME, CONCURRENT_KIND, NO_LIMIT, "Requests of each tenant that may be under way.");
    private static final Setting<Long> BYTES = optional(
            "quotas." + BYTES_NAME,
            BYTES_KIND,
            NO_LIMIT,
            "Bytes of each tenant's requests from midnight to midnight, UTC.");
    private static final Setting<Map<Tenant, Map<String, String>>> TENANTS = setting(
            "quotas.tenants",
            new SettingKind<>(
                    "quotas of single tenants, as a list or with commas: acme.requests-per-second=50,"
                            + " acme.bytes-per-day=none",
                    QuotaSettings::tenants),
            "",
            "Other quotas than those above, for the tenants that stand here; `none` is no limit.");

    static final List<Setting<?>> KNOWN = List.of(REQUESTS, CONCURRENT, BYTES, TENANTS);

    private QuotaSettings() {}

    static QuotaConfig quotas(SettingValues values) {
        Quota usual = new Quota(
                values.find(REQUESTS).map(OptionalInt::of).orElseGet(OptionalInt::empty),
                values.find(CONCURRENT).map(OptionalInt::of).orElseGet(OptionalInt::empty),
                values.find(BYTES).map(OptionalLong::of).orElseGet(OptionalLong::empty));
        Map<Tenant, Quota> named = new LinkedHashMap<>();
        values.get(TENANTS).forEach((tenant, said) -> named.put(tenant, over(usual, said)));
        return new QuotaConfig(usual, named);
    }

    private static Quota over(Quota usual, Map<String, String> said) {
        return new Quota(
                whole(said, REQUESTS_NAME, REQUESTS_KIND, usual.requestsPerSecond()),
                whole(said, CONCURRENT_NAME, CONCURRENT_KIND, usual.concurrent()),
                Optional.ofNullable(said.get(BYTES_NAME))
                        .map(text -> BYTES_KIND
                                .reader()
                                .apply(text)
                                .map(OptionalLong::of)
                                .orElseGet(OptionalLong::empty))
                        .orElse(usual.bytesPerDay()));
    }

    private static OptionalInt whole(
            Map<String, String> said, String name, SettingKind<Integer> kind, OptionalInt usual) {
        return Optional.ofNullable(said.get(name))
                .map(text -> kind.reader().apply(text).map(OptionalInt::of).orElseGet(OptionalInt::empty))
                .orElse(usual);
    }

    /// Tenant -> name of a quota -> its text; empty if there is anything else.
    private static Optional<Map<Tenant, Map<String, String>>> tenants(String text) {
        Map<Tenant, Map<String, String>> tenants = new LinkedHashMap<>();
        for (String entry : SettingKind.WORDS.reader().apply(text).orElseThrow()) {
            int dot = entry.indexOf('.');
            int sign = entry.indexOf('=');
            if (dot < 0 || sign < dot) {
                return Optional.empty();
            }
            Optional<Tenant> tenant =
                    SettingKind.TENANT.reader().apply(entry.substring(0, dot).strip());
            String name = entry.substring(dot + 1, sign).strip();
            String value = entry.substring(sign + 1).strip();
            if (tenant.isEmpty() || !isValue(name, value)) {
                return Optional.empty();
            }
            Map<String, String> known = tenants.computeIfAbsent(tenant.get(), _ -> new LinkedHashMap<>());
            if (known.putIfAbsent(name, value) != null) {
                return Optional.empty();
            }
        }
        return Optional.of(tenants);
    }

    private static boolean isValue(String name, String value) {
        return switch (name) {
            case REQUESTS_NAME -> isNoneOr(REQUESTS_KIND, value);
            case CONCURRENT_NAME -> isNoneOr(CONCURRENT_KIND, value);
            case BYTES_NAME -> isNoneOr(BYTES_KIND, value);
            default -> false;
        };
    }

    private static boolean isNoneOr(SettingKind<?> kind, String value) {
        return value.equals("none") || kind.reader().apply(value).isPresent();
    }
}
