package dev.firstpass.postprocess.format;

import java.util.Locale;
import java.util.Optional;

/// What the lines of YOLO's text files say; Ultralytics' names of its tasks.
enum YoloTask {
    DETECT("yolo", "Ultralytics YOLO boxes: data.yaml and a text file for each image"),
    SEGMENT("yolo.segment", "Ultralytics YOLO polygons: data.yaml and a text file for each image"),
    OBB("yolo.obb", "Ultralytics YOLO rotated boxes: data.yaml and a text file for each image"),
    POSE("yolo.pose", "Ultralytics YOLO key points: data.yaml and a text file for each image");

    private final String id;
    private final String description;

    YoloTask(String id, String description) {
        this.id = id;
        this.description = description;
    }

    /// Of the format.
    String id() {
        return id;
    }

    String description() {
        return description;
    }

    /// What `task` in a data.yaml calls it.
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Optional<YoloTask> ofWord(String word) {
        for (YoloTask task : values()) {
            if (task.word().equals(word)) {
                return Optional.of(task);
            }
        }
        return Optional.empty();
    }
}
