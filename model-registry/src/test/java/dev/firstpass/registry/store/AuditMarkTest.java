package dev.firstpass.registry.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.firstpass.registry.audit.AuditHead;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AuditMarkTest {
    private static final AuditHead THIRD = new AuditHead(3, "3".repeat(64));
    private static final AuditHead FOURTH = new AuditHead(4, "4".repeat(64));

    @TempDir
    private Path temp;

    private Optional<AuditHead> reopened() throws IOException {
        try (AuditMark mark = AuditMark.open(temp)) {
            return mark.head();
        }
    }

    @Test
    void head_ofANewMark_isNone() throws IOException {
        assertEquals(Optional.empty(), reopened());
    }

    @Test
    void advance_keepsTheGreatest() throws IOException {
        try (AuditMark mark = AuditMark.open(temp)) {
            mark.advance(FOURTH);
            mark.advance(THIRD);
        }
        assertEquals(Optional.of(FOURTH), reopened());
        assertEquals(512, Files.size(temp.resolve(AuditMark.NAME)));
    }

    @Test
    void reset_goesBack() throws IOException {
        try (AuditMark mark = AuditMark.open(temp)) {
            mark.advance(FOURTH);
            mark.reset(THIRD);
        }
        assertEquals(Optional.of(THIRD), reopened());
    }

    @Test
    void head_ofAMarkWithAnyBitFlipped_isNone() throws IOException {
        try (AuditMark mark = AuditMark.open(temp)) {
            mark.advance(FOURTH);
        }
        Path file = temp.resolve(AuditMark.NAME);
        byte[] bytes = Files.readAllBytes(file);
        int end = new String(bytes, StandardCharsets.US_ASCII).stripTrailing().length();
        for (int at = 0; at < end; at++) {
            byte[] damaged = bytes.clone();
            damaged[at] ^= 1;
            Files.write(file, damaged);
            assertEquals(Optional.empty(), reopened(), "byte " + at);
        }
    }
}
