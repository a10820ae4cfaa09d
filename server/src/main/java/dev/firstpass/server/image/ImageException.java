package dev.firstpass.server.image;

/// Why bytes did not become pixels: always the sender's fault, never the server's. Every message may be shown to
/// the sender; it holds sizes and names of formats, nothing of the machine.
public abstract sealed class ImageException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private ImageException(String message) {
        super(message);
    }

    /// The bytes are no image, or one whose structure contradicts itself.
    public static final class Undecodable extends ImageException {
        private static final long serialVersionUID = 1L;

        public Undecodable(String message) {
            super(message);
        }
    }

    /// The image ends before what its own structure promises.
    public static final class Truncated extends ImageException {
        private static final long serialVersionUID = 1L;

        public Truncated(String message) {
            super(message);
        }
    }

    /// The header announces more pixels than [ImageLimits] allow. Nothing was allocated for them.
    public static final class TooManyPixels extends ImageException {
        private static final long serialVersionUID = 1L;

        public TooManyPixels(String message) {
            super(message);
        }
    }

    /// A known format, or a variant of one, that is not read.
    public static final class UnsupportedType extends ImageException {
        private static final long serialVersionUID = 1L;

        public UnsupportedType(String message) {
            super(message);
        }
    }
}
