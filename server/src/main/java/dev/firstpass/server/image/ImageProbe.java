package dev.firstpass.server.image;

import dev.firstpass.server.image.ImageException.Undecodable;
import dev.firstpass.server.image.ImageException.UnsupportedType;
import java.util.List;
import java.util.Optional;

/// Looks at an image's bytes without decoding them: which format it is, by its first bytes alone; how large it says
/// it is, against the limits; whether it is all there. Pure Java on a byte array: no input makes it throw anything
/// but an [ImageException], allocate in proportion to what a header claims, or run longer than a pass over the
/// bytes.
///
/// The rule for what is not read: bytes of another known format (GIF, PDF, SVG, HEIC, a ZIP...) are an
/// [UnsupportedType]; bytes of no known format, text among them, and no bytes at all are [Undecodable].
///
/// Immutable.
public final class ImageProbe {
    private static final List<Signature> OTHERS = List.of(
            new Signature(0, "GIF87a", "GIF"),
            new Signature(0, "GIF89a", "GIF"),
            new Signature(0, "%PDF-", "PDF"),
            new Signature(0, "PK\3\4", "ZIP"),
            new Signature(0, "\u001f\u008b", "gzip"),
            new Signature(0, "8BPS", "Photoshop"),
            new Signature(0, "\0\0\0\fjP  \r\n\u0087\n", "JPEG 2000"),
            new Signature(0, "\u00ffO\u00ffQ", "JPEG 2000"),
            new Signature(0, "\0\0\0\fJXL \r\n\u0087\n", "JPEG XL"),
            new Signature(0, "\u00ff\n", "JPEG XL"),
            new Signature(4, "ftypavi", "AVIF"),
            new Signature(4, "ftyphei", "HEIC"),
            new Signature(4, "ftyphev", "HEIC"),
            new Signature(4, "ftypmif1", "HEIF"),
            new Signature(4, "ftypmsf1", "HEIF"),
            new Signature(4, "ftyp", "MP4"),
            new Signature(0, "v/1\1", "OpenEXR"),
            new Signature(0, "#?RADIANCE", "Radiance HDR"),
            new Signature(128, "DICM", "DICOM"),
            new Signature(0, "qoif", "QOI"),
            new Signature(0, "SIMPLE  =", "FITS"),
            new Signature(0, "\0\0\1\0", "ICO"),
            new Signature(0, "RIFF", "RIFF"),
            new Signature(0, "\u001aE\u00df\u00a3", "Matroska"),
            new Signature(0, "%!PS", "PostScript"));

    private final ImageLimits limits;

    private record Signature(int at, String text, String format) {}

    public ImageProbe(ImageLimits limits) {
        this.limits = limits;
    }

    /// What the image says of itself, once everything that can be checked without decoding is checked.
    ///
    /// @throws ImageException if it cannot be read, is cut off, or is over the limits
    public ImageHeader probe(byte[] bytes) {
        return switch (type(bytes)) {
            case JPEG -> JpegWalk.read(bytes, limits);
            case PNG -> PngWalk.read(bytes, limits);
            case TIFF -> TiffDirectory.read(bytes, limits).header();
            case BMP -> BmpWalk.read(bytes, limits);
            case WEBP -> WebpWalk.read(bytes, limits);
        };
    }

    /// The format, by the first bytes.
    ///
    /// @throws UnsupportedType if it is another known format
    /// @throws Undecodable if it is none
    public static ImageType type(byte[] bytes) {
        ByteView in = ByteView.of("image", bytes, true);
        if (bytes.length == 0) {
            throw new Undecodable("image: 0 bytes (expected: JPEG, PNG, TIFF, BMP or WebP)");
        }
        if (in.has(0, "\u00ff\u00d8\u00ff")) {
            return ImageType.JPEG;
        }
        if (in.has(0, PngWalk.SIGNATURE)) {
            return ImageType.PNG;
        }
        if (in.has(0, "II*\0") || in.has(0, "MM\0*") || in.has(0, "II+\0") || in.has(0, "MM\0+")) {
            return ImageType.TIFF;
        }
        if (in.has(0, "BM") && in.has(6, "\0\0\0\0")) {
            return ImageType.BMP;
        }
        if (in.has(0, "RIFF") && in.has(8, "WEBP")) {
            return ImageType.WEBP;
        }
        throw otherFormat(in)
                .<ImageException>map(
                        format -> new UnsupportedType("image: " + format + " (expected: JPEG, PNG, TIFF, BMP or WebP)"))
                .orElseGet(() ->
                        new Undecodable("image: bytes of no known format (expected: JPEG, PNG, TIFF, BMP or WebP)"));
    }

    private static Optional<String> otherFormat(ByteView in) {
        for (Signature other : OTHERS) {
            if (in.has(other.at, other.text)) {
                return Optional.of(other.format);
            }
        }
        return markup(in);
    }

    /// SVG, HTML and XML, after any byte-order mark and white space.
    private static Optional<String> markup(ByteView in) {
        int at = in.has(0, "\u00ef\u00bb\u00bf") ? 3 : 0;
        while (at < in.length() && in.u8(at) <= ' ') {
            at++;
        }
        if (in.has(at, "<svg")) {
            return Optional.of("SVG");
        }
        if (in.has(at, "<?xml") || in.has(at, "<!DOCTYPE svg")) {
            return Optional.of("XML or SVG");
        }
        boolean html = in.has(at, "<!DOCTYPE") || in.has(at, "<!doctype") || in.has(at, "<html") || in.has(at, "<HTML");
        return html ? Optional.of("HTML") : Optional.empty();
    }
}
