package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.server.image.ImageException;

/// What is wrong with an image, on its way from the worker that found it to the server.
///
/// Pure functions.
final class ImageFaults {
    private static final int LONGEST = 200;

    private ImageFaults() {}

    static Reply.Refused reply(ImageException fault) {
        Reply.Fault kind = switch (fault) {
            case ImageException.Undecodable _ -> Reply.Fault.UNDECODABLE;
            case ImageException.Truncated _ -> Reply.Fault.TRUNCATED;
            case ImageException.TooManyPixels _ -> Reply.Fault.TOO_MANY_PIXELS;
            case ImageException.UnsupportedType _ -> Reply.Fault.UNSUPPORTED_TYPE;
        };
        return new Reply.Refused(kind, shown(String.valueOf(fault.getMessage())));
    }

    /// The sender of the image may read the words, which a worker that an image has taken over may have written: they
    /// are short and plain text, and the worker has seen nothing but images of this isolation group.
    static ImageException exception(Reply.Refused refused) {
        String message = shown(refused.message());
        return switch (refused.fault()) {
            case UNDECODABLE -> new ImageException.Undecodable(message);
            case TRUNCATED -> new ImageException.Truncated(message);
            case TOO_MANY_PIXELS -> new ImageException.TooManyPixels(message);
            case UNSUPPORTED_TYPE -> new ImageException.UnsupportedType(message);
        };
    }

    private static String shown(String message) {
        return RemoteSession.shown(message.substring(0, Math.min(message.length(), LONGEST)));
    }
}
