package dev.firstpass.postprocess.format;

import dev.firstpass.postprocess.geometry.ImageSize;
import java.util.Optional;

/// Reads the one file that holds the labels of one image, for formats that have such: [LabelFilesReader] does the rest.
///
/// Stateless; what the bytes hold may be hostile.
interface LabelFileParser {
    /// Whether a file of this name may hold labels, by its name alone.
    boolean isNamed(String name);

    /// Whether it looks like this format and like no other of the list. Never throws.
    boolean recognises(byte[] content);

    /// @param size upright size of the image where it is known already; a file that says another is refused
    /// @throws DataSetException with the field and what was expected; the file's name is added by the caller
    LabelFile parse(byte[] content, Optional<ImageSize> size);
}
