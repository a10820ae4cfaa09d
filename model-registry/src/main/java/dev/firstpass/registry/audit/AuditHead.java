package dev.firstpass.registry.audit;

/// Where the audit ends. Who keeps one elsewhere can tell later that nothing before it was rewritten, whoever could write
/// to the registry.
///
/// Immutable.
///
/// @param id of the last line; 0 where there is none
/// @param hash of the last line
public record AuditHead(long id, String hash) {
    /// Of an audit without lines: 64 zeros.
    public static final AuditHead START = new AuditHead(0, "0".repeat(64));
}
