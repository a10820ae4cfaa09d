package dev.firstpass.server.frontend.attack;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

/// Makes wrong bytes of right ones. The same seed makes the same.
///
/// For one thread.
final class Mutations {
    private static final byte[] TELLING = {0, 1, 127, -128, -1, '\r', '\n', ' ', ':', '/', '%', '{', '"', '0', '9'};
    private static final int MOST = 6;

    private final Random random;

    Mutations(long seed) {
        this.random = new Random(seed);
    }

    byte[] of(List<byte[]> corpus) {
        byte[] bytes = pick(corpus).clone();
        for (int times = random.nextInt(MOST) + 1; times > 0; times--) {
            bytes = once(bytes, corpus);
        }
        return bytes;
    }

    private byte[] once(byte[] bytes, List<byte[]> corpus) {
        if (bytes.length == 0) {
            return pick(corpus).clone();
        }
        int at = random.nextInt(bytes.length);
        int to = Math.min(bytes.length, at + 1 + random.nextInt(16));
        return switch (random.nextInt(7)) {
            case 0 -> set(bytes, at, (byte) (bytes[at] ^ 1 << random.nextInt(8)));
            case 1 -> set(bytes, at, TELLING[random.nextInt(TELLING.length)]);
            case 2 -> Frames.join(Arrays.copyOf(bytes, at), Arrays.copyOfRange(bytes, to, bytes.length));
            case 3 -> Frames.join(Arrays.copyOf(bytes, to), Arrays.copyOfRange(bytes, at, bytes.length));
            case 4 ->
                Frames.join(
                        Arrays.copyOf(bytes, at),
                        new byte[] {TELLING[random.nextInt(TELLING.length)]},
                        Arrays.copyOfRange(bytes, at, bytes.length));
            case 5 -> Arrays.copyOf(bytes, at);
            default -> {
                byte[] other = pick(corpus);
                yield Frames.join(
                        Arrays.copyOf(bytes, at), Arrays.copyOfRange(other, Math.min(other.length, at), other.length));
            }
        };
    }

    private byte[] pick(List<byte[]> corpus) {
        return corpus.get(random.nextInt(corpus.size()));
    }

    private static byte[] set(byte[] bytes, int at, byte value) {
        bytes[at] = value;
        return bytes;
    }
}
