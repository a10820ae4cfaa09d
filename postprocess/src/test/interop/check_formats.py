#!/usr/bin/env python3
"""Reads label files written by Firstpass with the official readers of their formats.

    check_formats.py firstpass=a.json coco=b.json labelbox=c.ndjson label-studio=d.json [coco.results=e.json]
        [yolo=DIR] [yolo.segment=DIR] [yolo.obb=DIR] [voc=DIR] [png=DIR] [png.instances=DIR] [coco.panoptic=DIR]

All files are of one data set. The `firstpass` file is the truth: boxes read back from the others must be the same
within 0.01 px and masks pixel by pixel. Options are expected at their defaults (asset ids as keys and file names).
Names in a DIR may have letters written as in URLs. Exit status 1 and a line per fault if something is not accepted or not the same.
"""
import collections
import contextlib
import importlib.metadata
import io
import json
import math
import os
import shutil
import sys
import tempfile
import urllib.parse
from xml.sax.saxutils import quoteattr

import numpy as np
from labelbox.data.serialization.ndjson.classification import NDClassification
from labelbox.data.serialization.ndjson.label import NDLabel
from labelbox.data.serialization.ndjson.objects import NDObject
from label_studio_sdk.converter import brush
from label_studio_sdk.label_interface import LabelInterface
from pycocotools import mask as coco_mask
from PIL import Image
from pycocotools.coco import COCO

TOLERANCE = 0.01
ANNOTATION_PER_LABEL_LIMIT = 5000  # of Labelbox, per feature name and data row
LABELBOX_TYPES = {
    "bbox": {"NDRectangle"},
    "polygon": {"NDPolygon"},
    "line": {"NDLine"},
    "point": {"NDPoint"},
    "mask": {"NDMask"},
    "answer": {"NDRadio", "NDChecklist", "NDText"},
}
faults = []
checked = collections.Counter()


def check(what, ok, *details):
    checked[what] += 1
    if not ok:
        faults.append(f"{what}: " + " ".join(str(detail) for detail in details))


def close(a, b):
    return len(a) == len(b) and all(abs(x - y) <= TOLERANCE for x, y in zip(a, b))


class Truth:
    """The firstpass file, by asset id."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as lines:
            self.assets = {}
            for line in lines:
                document = json.loads(line)
                self.assets[document["asset"]["id"]] = document

    def of_type(self, asset, kind):
        return [a for a in self.assets[asset]["annotations"] if a["type"] == kind]

    def count(self, *kinds):
        return sum(len(self.of_type(asset, kind)) for asset in self.assets for kind in kinds)


def box_of(annotation):
    box = annotation["box"]
    return [box["x"], box["y"], box["width"], box["height"]]


def pixels_of(annotation):
    return coco_mask.decode(annotation["mask"])


def same_mask(pixels, annotations):
    return any(pixels.shape == pixels_of(a).shape and np.array_equal(pixels, pixels_of(a)) for a in annotations)


def check_coco(path, truth):
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(path)
    check("coco images", len(coco.imgs) == len(truth.assets), len(coco.imgs))
    for image in coco.imgs.values():
        asset = image["file_name"]
        labels = {c["id"]: c["name"] for c in coco.cats.values()}
        annotations = coco.loadAnns(coco.getAnnIds(imgIds=image["id"]))
        expected = [a for a in truth.assets[asset]["annotations"] if a["type"] not in ("polyline", "classification")]
        check("coco annotations", len(annotations) == len(expected), asset, len(annotations), len(expected))
        for annotation, origin in zip(annotations, expected):
            what = f"coco {origin['type']}"
            check(what, labels[annotation["category_id"]] == origin["label"], asset, annotation)
            check(what, close(annotation["bbox"], box_of(origin)) or origin["type"] == "polygon", asset, annotation)
            check(what, abs(annotation["score"] - origin["score"]) < 1e-5, asset, annotation)
            if origin["type"] == "mask":
                check(what, np.array_equal(coco.annToMask(annotation), pixels_of(origin)), asset, "pixels")
                check(what, annotation["area"] == pixels_of(origin).sum(), asset, "area")
            elif annotation["segmentation"]:
                covered = int(coco.annToMask(annotation).sum())
                edges = 2 * (annotation["bbox"][2] + annotation["bbox"][3])
                check(what, abs(covered - annotation["area"]) <= edges, asset, covered, annotation["area"])


def check_coco_results(path, dataset, truth):
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(dataset)
        results = coco.loadRes(path)
    with open(path, encoding="utf-8") as file:
        kinds = {key for detection in json.load(file) for key in detection} - {"image_id", "category_id", "score"}
    check("coco.results kind", len(kinds) <= 1, kinds)
    check("coco.results images", set(results.imgs) == set(coco.imgs))
    check("coco.results detections", 0 < len(results.anns) <= sum(len(d["annotations"]) for d in truth.assets.values()))


def check_labelbox(path, truth):
    with open(path, encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    check("labelbox uuids", len({(row["dataRow"]["globalKey"], row["uuid"]) for row in rows}) == len(rows))
    per_name = collections.Counter((row["dataRow"]["globalKey"], row["name"]) for row in rows)
    check("labelbox lines per name", max(per_name.values(), default=0) <= ANNOTATION_PER_LABEL_LIMIT, per_name)
    for row in rows:
        read = NDLabel(annotations=row).annotations
        kind = next(key for key in LABELBOX_TYPES if key in row)
        check(f"labelbox {kind}", type(read).__name__ in LABELBOX_TYPES[kind], row["uuid"], type(read).__name__)
        common = NDClassification.to_common(read) if kind == "answer" else NDObject.to_common(read)
        if kind != "answer":
            check(f"labelbox {kind}", common.name == row["name"], row["uuid"], common.name)
            check(f"labelbox {kind}", abs(common.confidence - row["confidence"]) < 1e-9, row["uuid"])
            nested = [(c["name"], c["answer"]) for c in row.get("classifications", [])]
            check(f"labelbox {kind}", [(c.name, c.value.answer) for c in common.classifications] == nested, row["uuid"])
        if kind == "bbox":
            start, end = common.value.start, common.value.end
            origins = [a for a in truth.of_type(row["dataRow"]["globalKey"], "box") if a["label"] == row["name"]]
            box = [start.x, start.y, end.x - start.x, end.y - start.y]
            check("labelbox bbox", any(close(box, box_of(a)) for a in origins), row)
        if kind == "mask":
            pixels = np.all(common.value.mask.value == common.value.color, axis=-1).astype(np.uint8)
            origins = truth.of_type(row["dataRow"]["globalKey"], "mask")
            if row["name"] in {a["label"] for a in origins}:
                check("labelbox mask", same_mask(pixels, origins), row["uuid"], "pixels")
    for kind in ("box", "mask"):
        key = "bbox" if kind == "box" else kind
        names = {a["label"] for asset in truth.assets for a in truth.of_type(asset, kind)}
        count = sum(key in row and row["name"] in names for row in rows)
        check(f"labelbox {key}", count >= truth.count(kind), count, truth.count(kind))


def label_config(tasks):
    """The smallest labeling configuration that the file's regions ask for."""
    tags = {
        "rectanglelabels": "RectangleLabels",
        "polygonlabels": "PolygonLabels",
        "brushlabels": "BrushLabels",
        "keypointlabels": "KeyPointLabels",
        "vectorlabels": "VectorLabels",
        "choices": "Choices",
    }
    controls = collections.defaultdict(set)
    for task in tasks:
        for region in task["predictions"][0]["result"]:
            # Rectangles and polygons have the same name by default, as in the tool's templates; here both must exist.
            region["from_name"] = f"{region['from_name']}-{region['type']}"
            controls[region["from_name"], region["to_name"], region["type"]].update(region["value"][region["type"]])
    lines = ['<View><Image name="image" value="$image"/>']
    for (name, to_name, kind), labels in sorted(controls.items()):
        child = "Choice" if kind == "choices" else "Label"
        lines.append(f"<{tags[kind]} name={quoteattr(name)} toName={quoteattr(to_name)}>")
        lines.extend(f"<{child} value={quoteattr(label)}/>" for label in sorted(labels))
        lines.append(f"</{tags[kind]}>")
    return "".join(lines) + "</View>"


def corners(box):
    """Of a firstpass rotated box, clockwise from its top-left one."""
    angle = math.radians(box["angle"])
    ux, uy = box["width"] / 2 * math.cos(angle), box["width"] / 2 * math.sin(angle)
    vx, vy = -box["height"] / 2 * math.sin(angle), box["height"] / 2 * math.cos(angle)
    return [(box["cx"] + a * ux + b * vx, box["cy"] + a * uy + b * vy) for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]


def rectangle_corners(value, width, height):
    x, y = value["x"] * width / 100, value["y"] * height / 100
    w, h = value["width"] * width / 100, value["height"] * height / 100
    c, s = math.cos(math.radians(value["rotation"])), math.sin(math.radians(value["rotation"]))
    return [(x, y), (x + w * c, y + w * s), (x + w * c - h * s, y + w * s + h * c), (x - h * s, y + h * c)]


def same_corners(a, b):
    return all(any(math.hypot(x - u, y - v) <= TOLERANCE for u, v in b) for x, y in a)


def box_corners(annotation):
    x, y, w, h = box_of(annotation)
    return [(x, y), (x + w, y), (x + w, y + h), (x, y + h)]


def check_label_studio(path, truth):
    with open(path, encoding="utf-8") as file:
        tasks = json.load(file)
    check("label-studio tasks", len(tasks) == len(truth.assets), len(tasks))
    interface = LabelInterface(label_config(tasks))
    for task in tasks:
        asset = task["data"]["image"]
        prediction = task["predictions"][0]
        errors = interface.validate_prediction(prediction, return_errors=True)
        check("label-studio prediction", not errors, asset, errors)
        ids = [region["id"] for region in prediction["result"]]
        check("label-studio ids", len(set(ids)) == len(ids), asset)
        for region in prediction["result"]:
            width, height = region["original_width"], region["original_height"]
            value = region["value"]
            if region["type"] == "rectanglelabels":
                read = rectangle_corners(value, width, height)
                origins = [box_corners(a) for kind in ("box", "keypoints") for a in truth.of_type(asset, kind)]
                origins += [corners(a["rotatedBox"]) for a in truth.of_type(asset, "rotated-box")]
                check("label-studio rectangle", any(same_corners(read, origin) for origin in origins), asset, region)
            if region["type"] == "brushlabels":
                samples = np.array(brush.decode_rle(value["rle"])).reshape(height, width, 4)
                pixels = (samples[:, :, 3] > 0).astype(np.uint8)
                origins = truth.of_type(asset, "mask")
                if value["brushlabels"][0] in {a["label"] for a in origins}:
                    check("label-studio mask", same_mask(pixels, origins), asset, value["brushlabels"], "pixels")
                check("label-studio mask", set(np.unique(samples)) <= {0, 255}, asset, "values")


def stem_of(asset):
    return os.path.splitext(asset)[0].replace("/", "_")


@contextlib.contextmanager
def unpacked(folder, truth, images):
    """A copy with the names as they were and no folders below the first, which supervision does not look into, and
    empty images of the right sizes in the folder `images`."""
    with tempfile.TemporaryDirectory() as copy:
        for root, _, names in os.walk(folder):
            for name in names:
                path = urllib.parse.unquote(os.path.relpath(os.path.join(root, name), folder))
                head, _, tail = path.partition("/")
                path = f"{head}/{tail.replace('/', '_')}" if tail else head
                os.makedirs(os.path.dirname(f"{copy}/{path}") or copy, exist_ok=True)
                shutil.copy(os.path.join(root, name), f"{copy}/{path}")
        os.makedirs(f"{copy}/{images}", exist_ok=True)
        for asset, document in truth.assets.items():
            size = (document["asset"]["width"], document["asset"]["height"])
            Image.new("RGB", size).save(f"{copy}/{images}/{stem_of(asset)}.png")
        yield copy


def clipped_corners(annotation, document):
    x, y, w, h = box_of(annotation)
    width, height = document["asset"]["width"], document["asset"]["height"]
    return [max(x, 0), max(y, 0), min(x + w, width), min(y + h, height)]


def check_boxes(what, truth, read, left_out=("classification",)):
    """`read` has (asset, label, x0, y0, x1, y1)."""
    for asset, document in truth.assets.items():
        rest = [(a["label"], clipped_corners(a, document)) for a in document["annotations"] if a["type"] not in left_out]
        for label, corners in [(r[1], r[2:]) for r in read if r[0] == stem_of(asset)]:
            match = next((e for e in rest if e[0] == label and close(e[1], corners)), None)
            check(what, match is not None, asset, label, corners)
            rest = [e for e in rest if e is not match]
        check(what, not rest, asset, "not read:", rest)


def check_yolo(format, folder, truth):
    import supervision

    with unpacked(folder, truth, "images") as copy:
        data = supervision.DetectionDataset.from_yolo(
            f"{copy}/images", f"{copy}/labels", f"{copy}/data.yaml", is_obb=format == "yolo.obb")
        found = {os.path.splitext(os.path.basename(path))[0]: read for path, read in data.annotations.items()}
        classes = data.classes
    if format == "yolo":
        read = [
            (stem, classes[number], *map(float, corners))
            for stem, detections in found.items()
            for corners, number in zip(detections.xyxy, detections.class_id)
        ]
        check_boxes("yolo box", truth, read)
    for asset in truth.assets:
        detections = found[stem_of(asset)]
        if format == "yolo.obb":
            for origin in truth.of_type(asset, "rotated-box"):
                turned = [[tuple(p) for p in box] for box in detections.data["xyxyxyxy"]]
                check("yolo.obb corners", any(same_corners(t, corners(origin["rotatedBox"])) for t in turned), asset)
        if format == "yolo.segment":
            for kind in ("box", "polygon"):
                for origin in truth.of_type(asset, kind):
                    if kind == "polygon" and len(origin["polygon"]["parts"]) > 1:
                        continue
                    bounds = clipped_corners(origin, truth.assets[asset])
                    check("yolo.segment bounds", any(close(bounds, list(map(float, c))) for c in detections.xyxy), asset)


def check_voc(folder, truth):
    import datumaro

    labels = sorted({a["label"] for d in truth.assets.values() for a in d["annotations"]})
    with unpacked(folder, truth, "JPEGImages") as copy:
        os.makedirs(f"{copy}/ImageSets/Main")
        with open(f"{copy}/ImageSets/Main/train.txt", "w", encoding="utf-8") as file:
            file.writelines(stem_of(asset) + "\n" for asset in truth.assets)
        with open(f"{copy}/labelmap.txt", "w", encoding="utf-8") as file:
            file.writelines(f"{label}:::\n" for label in labels)
        data = datumaro.Dataset.import_from(copy, "voc_detection")
        names = data.categories()[datumaro.AnnotationType.label]
        read = []
        for item in data:
            for a in item.annotations:
                x, y, w, h = a.get_bbox()
                read.append((item.id, names[a.label].name, x, y, x + w, y + h))
    check_boxes("voc box", truth, read)


def check_png(format, folder, truth):
    """Values of masks, which belong to something of a better score where they are not the mask's."""
    with unpacked(folder, truth, "images") as copy:
        for asset in truth.assets:
            stem = f"{copy}/masks/{stem_of(asset)}"
            with Image.open(f"{stem}.png") as image:
                check(f"{format} palette", image.mode == "P" and len(image.getpalette()) == 768, asset, image.mode)
                check(f"{format} palette", image.getpalette()[:15] == [0, 0, 0, 128, 0, 0, 0, 128, 0, 128, 128, 0, 0, 0, 128])
                pixels = np.array(image)
            if format == "png":
                with open(f"{copy}/classes.json", encoding="utf-8") as file:
                    values = {int(value): name for value, name in json.load(file)["classes"].items()}
            else:
                with open(f"{stem}.json", encoding="utf-8") as file:
                    values = {one["value"]: one["class"] for one in json.load(file)["instances"]}
            check(f"{format} values", set(np.unique(pixels)) <= {0, *values}, asset, np.unique(pixels))
            check_painted(format, truth.of_type(asset, "mask"), pixels, values, asset)


def check_painted(what, masks, pixels, values, asset):
    for origin in masks:
        own = np.isin(pixels, [value for value, name in values.items() if name == origin["label"]])
        expected = pixels_of(origin).astype(bool)
        check(f"{what} mask", not (own & ~expected).any(), asset, "beyond", origin["label"])
        check(f"{what} mask", (pixels[expected & ~own] > 0).all(), asset, "missing", origin["label"])


def check_panoptic(folder, truth):
    with unpacked(folder, truth, "images") as copy:
        with open(f"{copy}/panoptic.json", encoding="utf-8") as file:
            document = json.load(file)
        images = {image["id"]: image for image in document["images"]}
        labels = {category["id"]: category["name"] for category in document["categories"]}
        check("coco.panoptic images", len(document["annotations"]) == len(images) == len(truth.assets))
        for annotation in document["annotations"]:
            asset = images[annotation["image_id"]]["file_name"]
            rgb = np.array(Image.open(f"{copy}/panoptic/{annotation['file_name'].replace('/', '_')}")).astype(np.uint32)
            ids = rgb[:, :, 0] + 256 * rgb[:, :, 1] + 65536 * rgb[:, :, 2]
            values = {}
            for segment in annotation["segments_info"]:
                own = ids == segment["id"]
                values[segment["id"]] = labels[segment["category_id"]]
                box = coco_mask.toBbox(coco_mask.encode(np.asfortranarray(own.astype(np.uint8))))
                check("coco.panoptic segment", own.sum() == segment["area"], asset, segment)
                check("coco.panoptic segment", close(list(box), segment["bbox"]), asset, segment, box)
            check("coco.panoptic ids", set(np.unique(ids)) <= {0, *values}, asset)
            check_painted("coco.panoptic", truth.of_type(asset, "mask"), ids, values, asset)


def main(arguments):
    files = dict(argument.split("=", 1) for argument in arguments)
    if "firstpass" not in files:
        sys.exit(__doc__)
    truth = Truth(files.pop("firstpass"))
    if "coco" in files:
        check_coco(files["coco"], truth)
    if "coco.results" in files:
        check_coco_results(files["coco.results"], files["coco"], truth)
    if "labelbox" in files:
        check_labelbox(files["labelbox"], truth)
    if "label-studio" in files:
        check_label_studio(files["label-studio"], truth)
    for format in ("yolo", "yolo.segment", "yolo.obb"):
        if format in files:
            check_yolo(format, files[format], truth)
    if "voc" in files:
        check_voc(files["voc"], truth)
    for format in ("png", "png.instances"):
        if format in files:
            check_png(format, files[format], truth)
    if "coco.panoptic" in files:
        check_panoptic(files["coco.panoptic"], truth)
    unknown = set(files) - {"coco", "coco.results", "labelbox", "label-studio", "yolo", "yolo.segment", "yolo.obb", "voc",
                            "png", "png.instances", "coco.panoptic"}
    check("formats", not unknown, "no reader for", sorted(unknown))
    for what, count in sorted(checked.items()):
        print(f"{count:5d}  {what}")
    for package in ("pycocotools", "labelbox", "label-studio-sdk", "supervision", "datumaro", "pillow"):
        print(f"read by {package} {importlib.metadata.version(package)}")
    for fault in faults:
        print(f"FAULT {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
