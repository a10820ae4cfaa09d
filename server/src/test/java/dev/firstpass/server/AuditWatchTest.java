package dev.firstpass.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.firstpass.registry.RegistryException.Unavailable;
import dev.firstpass.registry.audit.AuditHead;
import dev.firstpass.registry.audit.AuditLine;
import dev.firstpass.registry.audit.AuditPage;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class AuditWatchTest {
    private final List<AuditLine> audit = new ArrayList<>(chain("local", 5));
    private boolean isDown;
    private final AuditWatch watch = AuditWatch.unstarted(this::lines);

    private AuditPage lines(long after, int most) {
        if (isDown) {
            throw new Unavailable("the database does not answer", new IllegalStateException("down"));
        }
        return new AuditPage(
                audit.stream().filter(line -> line.id() > after).limit(most).toList(),
                audit.isEmpty() ? AuditHead.START : audit.getLast().head());
    }

    private static List<AuditLine> chain(String principal, int lines) {
        List<AuditLine> all = new ArrayList<>();
        AuditHead head = AuditHead.START;
        for (int i = 1; i <= lines; i++) {
            AuditLine line = new AuditLine(
                            0,
                            "local",
                            principal,
                            Instant.EPOCH,
                            AuditLine.ALIAS,
                            "coco",
                            "production",
                            "",
                            Integer.toString(i),
                            "",
                            AuditLine.DONE,
                            "")
                    .after(head);
            all.add(line);
            head = line.head();
        }
        return all;
    }

    @Test
    void auditAsItWasWritten_isIntact_alsoWhenItGrows() {
        assertEquals(1, watch.look());
        audit.clear();
        audit.addAll(chain("local", 9));
        assertEquals(1, watch.look());
    }

    @Test
    void lineThatWasEdited_isNoticed() {
        AuditLine third = audit.get(2);
        audit.set(2, third.ending("refused: it never was"));

        assertEquals(0, watch.look());
        audit.set(2, third);
        assertEquals(1, watch.look());
    }

    /// However much there is to read, a server that ends does not wait for it.
    @Test
    void lookAmidWhichTheWatchIsClosed_endsWithWhatWasKnown() {
        List<AuditLine> many = chain("local", 3_500);
        List<Long> asked = new ArrayList<>();
        AuditWatch[] closing = new AuditWatch[1];
        closing[0] = AuditWatch.unstarted((after, most) -> {
            asked.add(after);
            if (after == 1_000) {
                closing[0].close();
            }
            return new AuditPage(
                    many.stream().filter(line -> line.id() > after).limit(most).toList(),
                    many.getLast().head());
        });

        assertEquals(Double.NaN, closing[0].look());
        assertEquals(List.of(0L, 1_000L), asked);
    }

    @Test
    void lineThatIsMissing_isNoticed() {
        audit.remove(2);

        assertEquals(0, watch.look());
    }

    /// Each line fits the one before: no look at it alone could tell.
    @Test
    void wholeNewAudit_isNoticed_onceTheOldOneWasSeen() {
        assertEquals(1, watch.look());
        audit.clear();
        audit.addAll(chain("nobody", 7));

        assertEquals(0, watch.look());
    }

    @Test
    void endThatIsCutOff_isNoticed_onceItWasSeen() {
        assertEquals(1, watch.look());
        audit.removeLast();

        assertEquals(0, watch.look());
    }

    @Test
    void auditThatCannotBeRead_isAsItWasFoundBefore() {
        isDown = true;
        assertEquals(Double.NaN, watch.look());
        isDown = false;
        assertEquals(1, watch.look());
        isDown = true;
        assertEquals(1, watch.look());
    }

    @Test
    void metric_isThereAfterTheStart_andTheThreadEnds() throws InterruptedException {
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        Gauge intact;
        try (AuditWatch _ = AuditWatch.start(this::lines, meters)) {
            intact = meters.get("firstpass.audit.intact").gauge();
            long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
            while (Double.isNaN(intact.value()) && System.nanoTime() - until < 0) {
                Thread.sleep(1);
            }
        }
        assertEquals(1, intact.value());
    }
}
