package dev.firstpass.postprocess.geometry;

import java.util.Arrays;

/// COCO's compressed run lengths: the counts of [RunLengths] as a short ASCII string.
///
/// From the fourth count on, a count is stored as its difference to the count two places before (the last run of the
/// same kind). A value is cut into groups of five bits, lowest first, as long as the rest is more than the sign of
/// the group before; a sixth bit says that more groups follow, and 48 is added to reach printable characters ('0' to
/// 'o'). This is `rleToString` and `rleFrString` of cocoapi's `common/maskApi.c`.
public final class CocoRle {
    private static final int FIRST_CHAR = 48;
    private static final int MORE = 0x20;
    private static final int SIGN = 0x10;
    private static final int GROUP = 0x1f;
    private static final int GROUP_BITS = 5;

    /// Groups that hold any difference of two ints: ceil(33 / 5).
    private static final int MOST_GROUPS = 7;

    private CocoRle() {}

    public static String encode(RunLengths runs) {
        int[] counts = runs.counts();
        StringBuilder text = new StringBuilder(2 * counts.length);
        for (int i = 0; i < counts.length; i++) {
            append(text, i > 2 ? (long) counts[i] - counts[i - 2] : counts[i]);
        }
        return text.toString();
    }

    private static void append(StringBuilder text, long value) {
        long rest = value;
        boolean more = true;
        while (more) {
            int group = (int) (rest & GROUP);
            rest >>= GROUP_BITS;
            more = (group & SIGN) != 0 ? rest != -1 : rest != 0;
            text.append((char) (FIRST_CHAR + (more ? group | MORE : group)));
        }
    }

    /// @throws IllegalArgumentException if `text` is not such a string or its counts do not cover `size` exactly
    public static RunLengths decode(String text, ImageSize size) {
        int[] counts = new int[text.length()];
        int length = 0;
        int at = 0;
        while (at < text.length()) {
            long value = 0;
            int groups = 0;
            int group = MORE;
            while ((group & MORE) != 0) {
                group = groupAt(text, at++);
                value |= (long) (group & GROUP) << (GROUP_BITS * groups++);
                if (groups > MOST_GROUPS) {
                    throw new IllegalArgumentException("counts: too long a value before character " + at
                            + " (expected: at most " + MOST_GROUPS + " characters)");
                }
            }
            if ((group & SIGN) != 0) {
                value |= -1L << (GROUP_BITS * groups);
            }
            long count = length > 2 ? value + counts[length - 2] : value;
            if (count < 0 || count > Integer.MAX_VALUE) {
                throw new IllegalArgumentException("count: " + count + " (expected: 0.." + Integer.MAX_VALUE + ")");
            }
            counts[length++] = (int) count;
        }
        return new RunLengths(size, Arrays.copyOf(counts, length));
    }

    private static int groupAt(String text, int at) {
        if (at >= text.length()) {
            throw new IllegalArgumentException("counts: ends within a value (expected: a complete value)");
        }
        int group = text.charAt(at) - FIRST_CHAR;
        if (group < 0 || group > (GROUP | MORE)) {
            throw new IllegalArgumentException("counts: character at " + at + " (expected: one of '0'..'o')");
        }
        return group;
    }
}
