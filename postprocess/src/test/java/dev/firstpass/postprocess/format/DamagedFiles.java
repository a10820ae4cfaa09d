package dev.firstpass.postprocess.format;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;

/// Files as they come out of bad transfers, bad scripts and bad will, from a seed: bits turned, pieces lost, repeated and
/// swapped, numbers and words replaced, brackets without end. Of PNGs the checksums are mostly set right again, so that what
/// is damaged behind them is reached. For one thread.
final class DamagedFiles {
    private static final byte[] PNG = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
    private static final int MOST_DAMAGES = 4;

    private static final List<String> NUMBERS = List.of(
            "-1",
            "0",
            "-0",
            "1",
            "2",
            "255",
            "65536",
            "2147483647",
            "2147483648",
            "-2147483649",
            "4294967297",
            "9223372036854775807",
            "9223372036854775808",
            "1e400",
            "-1e400",
            "1e-400",
            "1e308",
            "0.1",
            "NaN",
            "Infinity",
            "0x10",
            "1".repeat(400),
            "9".repeat(1200),
            "1e999999999",
            "007",
            "1.",
            "");

    private static final List<String> WORDS = List.of(
            "null",
            "true",
            "{}",
            "[]",
            "\"\"",
            "\"a\"",
            "[[]]",
            "{\"a\":1}",
            "[1,2]",
            "[\"x\"]",
            ":",
            ",",
            "\\u0000",
            "\u0000",
            "&amp;",
            "&x;",
            "<!DOCTYPE a [<!ENTITY x \"y\">]>",
            "<object>",
            "</object>",
            "---\n",
            "*a",
            "&a",
            "? ",
            "\n",
            "\t",
            "é",
            "\uFFFF",
            "../../a",
            "a".repeat(5000));

    private static final List<String> DEPTHS =
            List.of("[", "{\"a\":", "{", "<a>", "- ", "[{\"classifications\":", "&a [", "  ");

    private final Random random;

    DamagedFiles(long seed) {
        this.random = new Random(seed);
    }

    /// Another file than `content`, mostly.
    byte[] damaged(byte[] content) {
        byte[] damaged = content;
        int damages = 1 + random.nextInt(MOST_DAMAGES);
        for (int i = 0; i < damages; i++) {
            damaged = once(damaged);
        }
        boolean isPng = Arrays.mismatch(PNG, damaged) == PNG.length;
        return isPng && random.nextInt(4) > 0 ? withChecksums(damaged) : damaged;
    }

    private byte[] once(byte[] content) {
        if (content.length == 0) {
            return WORDS.get(random.nextInt(WORDS.size())).getBytes(StandardCharsets.UTF_8);
        }
        return switch (random.nextInt(12)) {
            case 0 -> bitTurned(content);
            case 1 -> byteReplaced(content);
            case 2 -> Arrays.copyOf(content, random.nextInt(content.length));
            case 3 -> {
                int[] piece = piece(content.length);
                yield replaced(content, piece[0], piece[1], new byte[0]);
            }
            case 4 -> repeated(content);
            case 5 -> swapped(content);
            case 6, 7, 8 -> numberReplaced(content);
            case 9 -> {
                int[] piece = random.nextBoolean() ? piece(content.length) : new int[] {at(content), 0};
                yield replaced(content, piece[0], piece[1], word());
            }
            case 10 -> {
                int at = at(content);
                String depth = DEPTHS.get(random.nextInt(DEPTHS.size()));
                int times = random.nextInt(10) == 0 ? 20_000 : 1 + random.nextInt(1200);
                yield replaced(content, at, at, depth.repeat(times).getBytes(StandardCharsets.UTF_8));
            }
            default -> lineMoved(content);
        };
    }

    private int at(byte[] content) {
        return random.nextInt(content.length);
    }

    private byte[] word() {
        return WORDS.get(random.nextInt(WORDS.size())).getBytes(StandardCharsets.UTF_8);
    }

    /// From and to, mostly a short one.
    private int[] piece(int length) {
        int from = random.nextInt(length);
        int most = random.nextInt(4) == 0 ? length - from : Math.min(length - from, 24);
        return new int[] {from, from + random.nextInt(most + 1)};
    }

    private byte[] bitTurned(byte[] content) {
        byte[] turned = content.clone();
        turned[at(content)] ^= (byte) (1 << random.nextInt(8));
        return turned;
    }

    private byte[] byteReplaced(byte[] content) {
        byte[] replaced = content.clone();
        replaced[at(content)] = (byte) random.nextInt(256);
        return replaced;
    }

    private byte[] repeated(byte[] content) {
        int[] piece = piece(content.length);
        byte[] once = Arrays.copyOfRange(content, piece[0], piece[1]);
        int times = 1 + random.nextInt(random.nextInt(10) == 0 ? 50 : 2);
        ByteBuffer all = ByteBuffer.allocate(once.length * times);
        while (all.hasRemaining()) {
            all.put(once);
        }
        return replaced(content, piece[1], piece[1], all.array());
    }

    private byte[] swapped(byte[] content) {
        int[] piece = piece(content.length);
        byte[] moved = Arrays.copyOfRange(content, piece[0], piece[1]);
        byte[] without = replaced(content, piece[0], piece[1], new byte[0]);
        int at = without.length == 0 ? 0 : random.nextInt(without.length);
        return replaced(without, at, at, moved);
    }

    /// The first that comes after a random place.
    private byte[] numberReplaced(byte[] content) {
        int from = at(content);
        while (from < content.length && !isDigit(content[from])) {
            from++;
        }
        int to = from;
        while (to < content.length && (isDigit(content[to]) || content[to] == '.')) {
            to++;
        }
        String number = random.nextInt(4) == 0
                ? Integer.toString(random.nextInt(200))
                : NUMBERS.get(random.nextInt(NUMBERS.size()));
        return replaced(content, from, to, number.getBytes(StandardCharsets.US_ASCII));
    }

    private static boolean isDigit(byte letter) {
        return letter >= '0' && letter <= '9';
    }

    private byte[] lineMoved(byte[] content) {
        int from = at(content);
        while (from > 0 && content[from - 1] != '\n') {
            from--;
        }
        int to = from;
        while (to < content.length && content[to] != '\n') {
            to++;
        }
        to = Math.min(content.length, to + 1);
        byte[] line = Arrays.copyOfRange(content, from, to);
        byte[] without = random.nextBoolean() ? content : replaced(content, from, to, new byte[0]);
        int at = without.length == 0 ? 0 : random.nextInt(without.length);
        return replaced(without, at, at, line);
    }

    private static byte[] replaced(byte[] content, int from, int to, byte[] by) {
        int end = Math.max(from, to);
        ByteArrayOutputStream all = new ByteArrayOutputStream(content.length + by.length);
        all.write(content, 0, from);
        all.write(by, 0, by.length);
        all.write(content, end, content.length - end);
        return all.toByteArray();
    }

    private static byte[] withChecksums(byte[] png) {
        ByteBuffer all = ByteBuffer.wrap(png.clone());
        int at = PNG.length;
        while (at + 12 <= png.length) {
            int length = all.getInt(at);
            if (length < 0 || length > png.length - at - 12) {
                break;
            }
            CRC32 crc = new CRC32();
            crc.update(png, at + 4, length + 4);
            all.putInt(at + 8 + length, (int) crc.getValue());
            at += 12 + length;
        }
        return all.array();
    }
}
