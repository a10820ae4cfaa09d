package dev.firstpass.server.image;

/// The formats that are read, decided by the bytes and never by a name or a declared type.
public enum ImageType {
    JPEG("image/jpeg"),
    PNG("image/png"),
    TIFF("image/tiff"),
    BMP("image/bmp"),
    WEBP("image/webp");

    private final String mediaType;

    ImageType(String mediaType) {
        this.mediaType = mediaType;
    }

    public String mediaType() {
        return mediaType;
    }
}
