package dev.firstpass.postprocess.annotation;

import dev.firstpass.postprocess.geometry.ImageSize;

/// What label formats need to know of an asset.
///
/// Immutable.
///
/// @param id the caller's name for it (file name, row key), or its digest where none was given
/// @param size upright size in pixels
/// @param digest of the bytes, `sha256:` and 64 hex digits; empty where only labels are known, and not the asset itself
public record AssetInfo(String id, ImageSize size, String digest) {}
