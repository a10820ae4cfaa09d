package dev.firstpass.postprocess.family;

import java.util.Arrays;

/// The best of many scored places of a tensor, by score and then by index: a threshold of 0 makes a candidate of every number
/// of a head, and only so many are looked at. Candidates are longs that sort as they rank, so neither adding nor sorting makes
/// an object; beyond a few times as many as are kept, what cannot be among them is let go.
///
/// For one thread.
final class BestCandidates {
    private static final int FIRST_ROOM = 256;

    private final int most;
    private long[] keys;
    private int size;

    /// @param most that are kept
    BestCandidates(int most) {
        this.most = most;
        this.keys = new long[Math.min(FIRST_ROOM, 4 * most)];
    }

    /// @param index that has not been added before
    /// @param score at least 0
    void add(int index, float score) {
        if (size == keys.length) {
            makeRoom();
        }
        keys[size++] = key(index, score);
    }

    private void makeRoom() {
        if (size < 4 * most) {
            keys = Arrays.copyOf(keys, Math.min(2 * size, 4 * most));
        } else {
            Arrays.sort(keys);
            size = most;
        }
    }

    /// The bits of floats >= 0 are in the order of the floats; inverted, the best comes first. (Adding 0 turns -0 into 0.)
    private static long key(int index, float score) {
        return ((long) (Integer.MAX_VALUE - Float.floatToRawIntBits(score + 0f)) << 32) | index;
    }

    /// Hands them on, best first.
    void forEach(Outputs.Taker taker) {
        Arrays.sort(keys, 0, size);
        for (int i = 0; i < Math.min(size, most); i++) {
            taker.take((int) keys[i], Float.intBitsToFloat(Integer.MAX_VALUE - (int) (keys[i] >>> 32)));
        }
    }
}
