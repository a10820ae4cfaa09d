package dev.firstpass.postprocess.dataset;

import dev.firstpass.postprocess.geometry.ImageSize;

/// A data set, or the labels of one of its images, cannot be read. The message is for the person whose data it is: it
/// names the file and what was expected. What it quotes of the data may be long; the middle of a message is cut out then.
public final class DataSetException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private static final int LONGEST = 500;
    private static final int KEPT_OF_THE_END = 150;

    public DataSetException(String message) {
        super(shortened(message));
    }

    /// Labels that are for an image of size `said`, while the image has another.
    ///
    /// @param where what precedes in the message: the file and `: `, or nothing
    public static DataSetException otherSize(String where, ImageSize said, ImageSize actual) {
        return new DataSetException(where + "labels are for an image of " + said.width() + "x" + said.height()
                + " (expected: " + actual.width() + "x" + actual.height() + ", its upright size)");
    }

    public DataSetException(String message, Throwable cause) {
        super(shortened(message), cause);
    }

    private static String shortened(String message) {
        if (message.length() <= LONGEST) {
            return message;
        }
        return message.substring(0, LONGEST - KEPT_OF_THE_END) + " ... "
                + message.substring(message.length() - KEPT_OF_THE_END);
    }
}
