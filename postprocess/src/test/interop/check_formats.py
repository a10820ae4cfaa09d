#!/usr/bin/env python3
"""Reads label files written by Firstpass with the official readers of their formats.

    check_formats.py firstpass=a.json coco=b.json labelbox=c.ndjson label-studio=d.json [coco.results=e.json]

All files are of one data set. The `firstpass` file is the truth: boxes read back from the others must be the same
within 0.01 px and masks pixel by pixel. Options are expected at their defaults (asset ids as keys and file names).
Exit status 1 and a line per fault if something is not accepted or not the same.
"""
import collections
import contextlib
import importlib.metadata
import io
import json
import math
import sys
from xml.sax.saxutils import quoteattr

import numpy as np
from labelbox.data.serialization.ndjson.classification import NDClassification
from labelbox.data.serialization.ndjson.label import NDLabel
from labelbox.data.serialization.ndjson.objects import NDObject
from label_studio_sdk.converter import brush
from label_studio_sdk.label_interface import LabelInterface
from pycocotools import mask as coco_mask
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
    unknown = set(files) - {"coco", "coco.results", "labelbox", "label-studio"}
    check("formats", not unknown, "no reader for", sorted(unknown))
    for what, count in sorted(checked.items()):
        print(f"{count:5d}  {what}")
    for package in ("pycocotools", "labelbox", "label-studio-sdk"):
        print(f"read by {package} {importlib.metadata.version(package)}")
    for fault in faults:
        print(f"FAULT {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
