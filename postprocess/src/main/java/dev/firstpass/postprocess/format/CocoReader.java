package dev.firstpass.postprocess.format;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.firstpass.postprocess.dataset.DataSetException;
import dev.firstpass.postprocess.dataset.DataSetSource;
import dev.firstpass.postprocess.dataset.LabeledDataSet;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// COCO's instances: one JSON file with `images`, `annotations` and `categories`, and the images in a folder.
///
/// Images are looked for beside the file, in the data set's folder, and in its folders `images`, `data` and the one that
/// is named as the file is (`instances_val2017.json` -> `val2017`), in this order.
///
/// Stateless.
final class CocoReader implements LabelReader {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Set<String> MEMBERS = Set.of("images", "annotations", "categories");

    /// Members of other formats that have annotations too: the `firstpass` format's and Darwin's.
    private static final Set<String> OTHERS = Set.of("prediction", "asset", "item", "schema_ref");

    @Override
    public String id() {
        return "coco";
    }

    @Override
    public String description() {
        return "COCO instances: a .json with images, annotations and categories; boxes, polygons, RLE, crowds, keypoints";
    }

    @Override
    public boolean recognises(DataSetSource source) throws IOException {
        return source.file().isPresent()
                ? JsonFiles.isNamed(source.file().get())
                        && isCoco(source, source.file().get())
                : !files(source).isEmpty();
    }

    @Override
    public LabeledDataSet open(DataSetSource source) throws IOException {
        String file = file(source);
        try (InputStream in = source.files().open(file);
                JsonParser json = JSON.createParser(in)) {
            return CocoIndexer.index(source, file, json);
        } catch (JacksonException e) {
            throw LabelJson.unreadable(file, e);
        }
    }

    /// @throws DataSetException if there is none, or several
    static String file(DataSetSource source) throws IOException {
        if (source.file().isPresent()) {
            return source.file().get();
        }
        List<String> files = files(source);
        if (files.size() > 1) {
            files = source.split().isEmpty()
                    ? files
                    : files.stream()
                            .filter(file -> file.toLowerCase(Locale.ROOT)
                                    .contains(source.split().get().toLowerCase(Locale.ROOT)))
                            .toList();
        }
        if (files.size() != 1) {
            throw new DataSetException("labels in COCO's format: " + (files.isEmpty() ? "none" : files)
                    + " (expected: one file; name it, or a part by --split)");
        }
        return files.getFirst();
    }

    /// JSON files that are no image's own.
    private static List<String> files(DataSetSource source) throws IOException {
        Set<String> names = source.files().names();
        List<String> candidates = new ArrayList<>();
        Set<String> stems = new HashSet<>();
        names.stream().filter(ImageNames::isImage).map(ImageNames::stem).forEach(stems::add);
        for (String name : names) {
            if (JsonFiles.isNamed(name)
                    && !stems.contains(ImageNames.stem(name))
                    && !names.contains(ImageNames.stem(name))) {
                candidates.add(name);
            }
        }
        List<String> files = new ArrayList<>();
        for (String name : candidates.subList(0, Math.min(JsonFiles.MOST_LOOKED_INTO, candidates.size()))) {
            if (isCoco(source, name)) {
                files.add(name);
            }
        }
        return files;
    }

    /// Reads up to the annotations.
    private static boolean isCoco(DataSetSource source, String name) throws IOException {
        boolean isOther = false;
        boolean isCoco = false;
        try (InputStream in = source.files().open(name);
                JsonParser json = JSON.createParser(in)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                return false;
            }
            for (Optional<String> member = member(json); member.isPresent(); member = member(json)) {
                isOther |= OTHERS.contains(member.get());
                boolean isArray = json.nextToken() == JsonToken.START_ARRAY;
                if (member.get().equals("annotations") && isArray) {
                    return !isOther && hasImageIds(json);
                }
                isCoco |= MEMBERS.contains(member.get()) && isArray;
                json.skipChildren();
            }
            return isCoco && !isOther;
        } catch (JacksonException _) {
            // One that is cut off is said to be so when it is opened.
            return isCoco && !isOther;
        }
    }

    /// Other formats have `annotations` too, COCO's panoptic one among them.
    private static boolean hasImageIds(JsonParser json) throws IOException {
        if (json.nextToken() != JsonToken.START_OBJECT) {
            return true;
        }
        boolean hasImageId = false;
        for (Optional<String> member = member(json); member.isPresent(); member = member(json)) {
            hasImageId |= member.get().equals("image_id");
            if (member.get().equals("segments_info")) {
                return false;
            }
            json.nextToken();
            json.skipChildren();
        }
        return hasImageId;
    }

    /// Whether the object that was begun has a member `name`; reads up to it.
    static boolean hasMember(JsonParser json, String name) throws IOException {
        for (Optional<String> member = member(json); member.isPresent(); member = member(json)) {
            if (member.get().equals(name)) {
                return true;
            }
            json.nextToken();
            json.skipChildren();
        }
        return false;
    }

    /// After the objects of an array.
    ///
    /// @throws DataSetException if something else came than its end
    static void requireEnd(JsonParser json, String file, String array) {
        if (json.currentToken() != JsonToken.END_ARRAY) {
            throw new DataSetException(
                    file + ", line " + json.currentTokenLocation().getLineNr() + ": " + array + ": "
                            + json.currentToken() + " (expected: objects)");
        }
    }

    static Optional<String> member(JsonParser json) throws IOException {
        return json.nextToken() == JsonToken.FIELD_NAME ? Optional.of(json.currentName()) : Optional.empty();
    }
}
