package dev.firstpass.server.labelbox;

/// Lines of a file that go into one import: a row each, and all rows of a data row.
///
/// Immutable.
///
/// @param firstLine of the file, from 1
/// @param rows that are in it; lines without anything count for none
/// @param offset of its first byte in the file
/// @param digest of its bytes, in hex
public record Chunk(long firstLine, int rows, int dataRows, long offset, long bytes, String digest) {}
