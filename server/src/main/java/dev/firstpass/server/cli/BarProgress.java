package dev.firstpass.server.cli;

import java.io.PrintStream;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/// Progress as a bar on a terminal.
///
/// Thread-safe. The bar library repaints from a daemon thread of its own while work is under way.
final class BarProgress implements Progress {
    private static final int REPAINT_MILLIS = 150;

    private final PrintStream err;
    private final int columns;

    BarProgress(PrintStream err, int columns) {
        this.err = err;
        this.columns = columns;
    }

    @Override
    public Task begin(String what, long total, Unit unit) {
        ProgressBarBuilder builder = new ProgressBarBuilder()
                .setTaskName(what)
                .setInitialMax(total)
                .setUpdateIntervalMillis(REPAINT_MILLIS)
                .setStyle(ProgressBarStyle.COLORFUL_UNICODE_BLOCK)
                .setConsumer(new ConsoleProgressBarConsumer(err, columns - 1));
        switch (unit) {
            case BYTES -> builder.setUnit(" MB", 1_000_000);
            case PHOTOS -> builder.setUnit(" photos", 1);
            case STEPS -> builder.setUnit("", 1);
        }
        return new Bar(builder.build());
    }

    private record Bar(ProgressBar bar) implements Task {
        @Override
        public void advance(long units) {
            bar.stepBy(units);
        }

        @Override
        public void failed() {}

        @Override
        public void close() {
            bar.close();
        }
    }
}
