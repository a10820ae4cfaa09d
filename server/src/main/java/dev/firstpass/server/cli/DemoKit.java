package dev.firstpass.server.cli;

import java.nio.file.Path;
import java.util.List;

/// What the demo shows: models to fetch and photos to label.
interface DemoKit {
    List<DemoModel> models();

    List<DemoPhoto> photos();

    /// Brings the model's bundle onto this machine, from the cache where it is there already.
    ///
    /// @return a bundle that can be registered, not to be changed
    Path fetch(DemoModel model);

    /// @param name what it is registered as
    /// @param summary one line for the page
    /// @param source the package its weights come from, with its licence
    record DemoModel(String name, String summary, String source) {}

    /// @param fileName with its ending
    /// @param credit who made it and under which licence
    record DemoPhoto(String fileName, byte[] bytes, String title, String credit) {}
}
