package dev.firstpass.loadtest.soak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

final class RowTest {
    private static final double HOUR = 3600;

    private static double flat(double at) {
        return 100;
    }

    /// Of half an hour, with noise of 2 MiB.
    private static List<Sample> samples(
            DoubleUnaryOperator heap, DoubleUnaryOperator descriptors, DoubleUnaryOperator resident) {
        Random random = new Random(11);
        List<Sample> samples = new ArrayList<>();
        for (double at = 10; at <= HOUR / 2; at += 10) {
            double noise = 2 * random.nextGaussian();
            samples.add(new Sample(
                    at,
                    (int) Math.round(descriptors.applyAsDouble(at) + noise),
                    resident.applyAsDouble(at) + noise,
                    4,
                    at % 30 == 0 ? Optional.of(new Sample.Own(heap.applyAsDouble(at) + noise, 80)) : Optional.empty()));
        }
        return samples;
    }

    private static List<String> failed(List<Sample> samples) {
        return Row.of(samples, HOUR / 2).stream()
                .filter(row -> !row.holds())
                .map(Row::name)
                .toList();
    }

    @Test
    void server_thatHoldsNoMoreAndNoMore_passes() {
        assertEquals(List.of(), failed(samples(RowTest::flat, RowTest::flat, RowTest::flat)));
    }

    @Test
    void growth_whileItWarmsUp_countsForNothing() {
        DoubleUnaryOperator warming = at -> Math.min(at, HOUR / 6);
        assertEquals(List.of(), failed(samples(warming, warming, warming)));
    }

    @Test
    void growth_afterwards_isFoundWhereItIs() {
        DoubleUnaryOperator leak = at -> 100 + 30 * at / HOUR;
        assertEquals(List.of("heap after GC"), failed(samples(leak, RowTest::flat, RowTest::flat)));
        assertEquals(List.of("descriptors"), failed(samples(RowTest::flat, leak, RowTest::flat)));
        // 10 minutes lie between the middles of the thirds: 5 MiB are not too much, 20 are.
        assertEquals(List.of(), failed(samples(RowTest::flat, RowTest::flat, leak)));
        assertEquals(
                List.of("resident memory"), failed(samples(RowTest::flat, RowTest::flat, at -> 100 + 120 * at / HOUR)));
    }

    @Test
    void growth_ofLessThanAMebibyteAnHour_isNone() {
        List<Sample> samples = new ArrayList<>();
        for (double at = 10; at <= HOUR / 2; at += 10) {
            samples.add(new Sample(
                    at, 100, 100, 4, Optional.of(new Sample.Own(100 + 0.9 * at / HOUR, 80 + 1.1 * at / HOUR))));
        }
        assertEquals(List.of("direct memory"), failed(samples));
    }

    @Test
    void request_thatEndedAsItShouldNot_isNamed() {
        Book book = new Book();
        book.note("photo", Told.good(200, ""), 1);
        assertTrue(Row.of(book).holds());
        book.note("photo", Told.good(503, "WORKER_LOST"), 2);
        book.note("bad input", Told.bad(422, ""), 3);
        book.note("bad input", Told.bad(500, "INTERNAL"), 4);

        assertEquals(
                "FAIL  requests         4 in all, ended as they should not: 2",
                Row.of(book).toString());
        assertEquals(List.of("2 s, photo: 503 WORKER_LOST", "4 s, bad input: 500 INTERNAL"), book.unexpected());
        assertEquals(
                List.of("bad input                {422=1, 500=1}", "photo                    {200=1, 503=1}"),
                book.lines());
    }
}
