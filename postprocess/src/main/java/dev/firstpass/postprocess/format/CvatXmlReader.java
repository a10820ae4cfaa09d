package dev.firstpass.postprocess.format;

import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.dataset.DataSetException;
import dev.firstpass.postprocess.dataset.DataSetFiles;
import dev.firstpass.postprocess.dataset.DataSetSource;
import dev.firstpass.postprocess.dataset.LabeledDataSet;
import dev.firstpass.postprocess.dataset.LabeledImage;
import dev.firstpass.postprocess.dataset.TrueLabel;
import dev.firstpass.postprocess.geometry.ImageSize;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/// CVAT for images: an XML file of all images, of which where each stands is kept. Tracks, which are of videos, are not read.
///
/// XML is read without DTDs and entities, one image at a time.
///
/// Stateless.
final class CvatXmlReader implements LabelReader {
    private static final int MOST_BYTES = 256 << 20;

    /// Files that are looked into: more than that are something else.
    private static final int MOST_LOOKED_INTO = 50;

    @Override
    public String id() {
        return "cvat.xml";
    }

    @Override
    public String description() {
        return "CVAT for images: an .xml with boxes, polygons, masks, polylines, points, skeletons, ellipses, tags";
    }

    @Override
    public boolean recognises(DataSetSource source) throws IOException {
        return source.file().isPresent()
                ? isXml(source.file().get())
                        && isCvat(source.files(), source.file().get())
                : !files(source).isEmpty();
    }

    private static boolean isXml(String name) {
        return name.toLowerCase(Locale.ROOT).endsWith(".xml");
    }

    private static List<String> files(DataSetSource source) throws IOException {
        List<String> files = new ArrayList<>();
        int looked = 0;
        for (String name : source.files().names()) {
            if (isXml(name) && looked++ < MOST_LOOKED_INTO && isCvat(source.files(), name)) {
                files.add(name);
            }
        }
        return files;
    }

    /// Looks at the first two elements.
    private static boolean isCvat(DataSetFiles files, String name) throws IOException {
        try (InputStream in = files.open(name)) {
            XMLStreamReader xml = XmlIn.open(in);
            try {
                boolean isBegun = false;
                while (xml.hasNext()) {
                    if (xml.next() == XMLStreamConstants.START_ELEMENT) {
                        String element = xml.getLocalName();
                        if (isBegun) {
                            return Set.of("version", "meta", "image", "track").contains(element);
                        }
                        isBegun = element.equals("annotations");
                        if (!isBegun) {
                            return false;
                        }
                    }
                }
                return isBegun;
            } finally {
                xml.close();
            }
        } catch (XMLStreamException _) {
            return false;
        }
    }

    @Override
    public LabeledDataSet open(DataSetSource source) throws IOException {
        List<String> files = source.file().isPresent() ? List.of(source.file().get()) : files(source);
        if (files.size() != 1) {
            throw new DataSetException(
                    "labels of CVAT: " + (files.isEmpty() ? "none" : files) + " (expected: one .xml; name it)");
        }
        String file = files.getFirst();
        Charset encoding = encoding(source.files(), file);
        Index index = new Index(source, file, encoding);
        try (InputStream in = source.files().open(file)) {
            new XmlPieces(in, "image", MOST_BYTES).read(index);
        } catch (DataSetException e) {
            throw new DataSetException(file + ", " + e.getMessage(), e);
        }
        return index.finish();
    }

    /// Pieces of the file are found by its bytes, which those of wide letters are not.
    private static Charset encoding(DataSetFiles files, String file) throws IOException {
        try (BufferedInputStream in = new BufferedInputStream(files.open(file))) {
            Charset encoding = XmlIn.encoding(in);
            if (encoding.name().startsWith("UTF-16") || encoding.name().startsWith("UTF-32")) {
                throw new DataSetException(file + ": " + encoding.name() + " (expected: UTF-8)");
            }
            return encoding;
        } catch (XMLStreamException e) {
            throw new DataSetException(file + ": no XML that can be read", e);
        }
    }

    /// What is learnt of the images as they pass. Mutable, for one thread.
    private static final class Index implements XmlPieces.Found {
        private final DataSetSource source;
        private final String file;
        private final Charset encoding;
        private final Set<String> names;
        private final List<LabeledImage> images = new ArrayList<>();
        private final List<Optional<ImageSize>> sizes = new ArrayList<>();
        private final Set<String> classes = new LinkedHashSet<>();
        private final Set<GeometryKind> kinds = EnumSet.noneOf(GeometryKind.class);
        private final Notes notes = new Notes();
        private final JsonPlaces places = new JsonPlaces();
        private boolean isComplete;

        Index(DataSetSource source, String file, Charset encoding) {
            this.source = source;
            this.file = file;
            this.encoding = encoding;
            this.names = source.images().names();
        }

        @Override
        public void element(long offset, byte[] xml, int line) {
            CvatImage image;
            try {
                image = CvatImage.of(new ByteArrayInputStream(xml), encoding);
            } catch (DataSetException e) {
                throw new DataSetException("line " + line + ": " + e.getMessage(), e);
            }
            for (TrueLabel label : labelsIfReadable(image)) {
                classes.add(label.label());
                kinds.add(label.annotation().kind());
            }
            image.notes().forEach(notes::count);
            places.add(images.size(), offset, xml.length);
            images.add(new LabeledImage(
                    images.size(),
                    image.name(),
                    ImageNames.find(image.name(), List.of(ImageNames.folder(file), "", "images", "data"), names)));
            sizes.add(image.size());
        }

        /// None of an image that has one which cannot be read: [LabeledDataSet#labels] says why, when its turn comes.
        private static List<TrueLabel> labelsIfReadable(CvatImage image) {
            try {
                return image.labels(Optional.empty());
            } catch (DataSetException _) {
                return List.of();
            }
        }

        @Override
        public void other(String name) {
            if (name.equals("track")) {
                notes.count("tracks of videos: not read");
            }
        }

        @Override
        public void end(String name) {
            isComplete |= name.equals("annotations");
        }

        LabeledDataSet finish() {
            if (!isComplete) {
                throw new DataSetException(file + ": ends early (expected: </annotations>)");
            }
            if (images.isEmpty()) {
                throw new DataSetException(file + ": no image (expected: CVAT for images)");
            }
            return new Images(
                    source.files(),
                    file,
                    encoding,
                    List.copyOf(images),
                    List.copyOf(sizes),
                    List.copyOf(classes),
                    Set.copyOf(kinds),
                    notes.counts(),
                    places.byImage(images.size()));
        }
    }

    /// Thread-safe, as its files are.
    private record Images(
            DataSetFiles files,
            String file,
            Charset encoding,
            List<LabeledImage> images,
            List<Optional<ImageSize>> sizes,
            List<String> classes,
            Set<GeometryKind> kinds,
            Map<String, Long> notes,
            JsonPlaces.ByImage places)
            implements LabeledDataSet {
        @Override
        public Optional<ImageSize> size(LabeledImage image) {
            return sizes.get(image.index());
        }

        @Override
        public List<TrueLabel> labels(LabeledImage image, ImageSize size) throws IOException {
            Optional<ImageSize> said = sizes.get(image.index());
            if (said.isPresent() && !said.get().equals(size)) {
                throw DataSetException.otherSize(file + ", " + image.name() + ": ", said.get(), size);
            }
            byte[] xml = files.read(file, places.offsets()[image.index()], places.lengths()[image.index()]);
            try {
                return CvatImage.of(new ByteArrayInputStream(xml), encoding).labels(Optional.of(size));
            } catch (DataSetException | IllegalArgumentException e) {
                throw new DataSetException(file + ", " + image.name() + ": " + e.getMessage(), e);
            }
        }
    }
}
