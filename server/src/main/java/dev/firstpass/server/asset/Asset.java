package dev.firstpass.server.asset;

/// The bytes of one image, fetched.
///
/// Immutable by convention: nobody writes to the array.
///
/// @param id the caller's name for it, or its digest where none was given
/// @param digest `sha256:` and 64 hex digits
public record Asset(String id, byte[] bytes, String digest) {}
