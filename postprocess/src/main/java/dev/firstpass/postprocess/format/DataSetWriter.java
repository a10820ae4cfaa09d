package dev.firstpass.postprocess.format;

import dev.firstpass.postprocess.annotation.Prelabels;
import java.io.Closeable;
import java.io.IOException;

/// Writes a data set asset by asset, in memory bounded by one asset (and a few bytes per asset where the format lists
/// them at its end).
///
/// For one thread. `begin` - any number of `write` - `end`; `close` without `end` abandons the data set.
public interface DataSetWriter extends Closeable {
    /// Adds one asset with its annotations; an asset without any is still listed where the format can say so.
    ///
    /// @throws FormatOptionException if an option names one asset and this is another; what is left then is `close`
    void write(Prelabels prelabels) throws IOException;

    /// Completes the data set. Called once, after the last asset.
    void end() throws IOException;

    /// What was converted or left out so far.
    FormatReport report();

    @Override
    void close() throws IOException;
}
