#!/usr/bin/env python3
"""Reads label files written by Firstpass with the official readers of their formats.

    check_formats.py firstpass=a.json coco=b.json labelbox=c.ndjson label-studio=d.json [coco.results=e.json]
        [yolo=DIR] [yolo.segment=DIR] [yolo.obb=DIR] [voc=DIR] [png=DIR] [png.instances=DIR] [coco.panoptic=DIR]
        [cvat=DIR] [cvat.xml=DIR] [supervisely=DIR] [darwin=DIR] [encord=f.json] [labelme=DIR] [geojson=DIR]

All files are of one data set. The `firstpass` file is the truth: boxes read back from the others must be the same
within 0.01 px and masks pixel by pixel. Options are expected at their defaults (asset ids as keys and file names).
Names in a DIR may have letters written as in URLs. A format's reader has to be installed where the format is asked for:
those of requirements.txt, and Supervisely's, which wants other versions of the same packages, of requirements-supervisely.txt.
Exit status 1 and a line per fault if something is not accepted or not the same.
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
from PIL import Image
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
    from labelbox.data.serialization.ndjson.classification import NDClassification
    from labelbox.data.serialization.ndjson.label import NDLabel
    from labelbox.data.serialization.ndjson.objects import NDObject

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
    from label_studio_sdk.converter import brush
    from label_studio_sdk.label_interface import LabelInterface

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


def file_of(folder, name):
    """A file of a folder, whose name may have letters written as in URLs."""
    quoted = "/".join(urllib.parse.quote(segment, safe="") for segment in name.split("/"))
    return next(path for path in (f"{folder}/{name}", f"{folder}/{quoted}") if os.path.exists(path))


def without_ending(asset):
    return os.path.splitext(asset)[0]


def placed(crop, left, top, origin):
    """A crop in an image of the size that the mask `origin` has."""
    pixels = np.zeros_like(pixels_of(origin))
    pixels[top:top + crop.shape[0], left:left + crop.shape[1]] = crop
    return pixels


def check_masks(what, found, origins, asset):
    """`found` are (label, crop, left, top); masks apart there may be more, of what became one."""
    for origin in origins:
        same = any(label == origin["label"] and np.array_equal(placed(crop, left, top, origin), pixels_of(origin))
                   for label, crop, left, top in found)
        check(f"{what} mask", same, asset, origin["label"])


def check_cvat(folder, truth):
    from cvat_sdk.models import LabeledShapeRequest, ShapeType

    for asset in truth.assets:
        with open(file_of(folder, f"annotations/{without_ending(asset)}.json"), encoding="utf-8") as file:
            shapes = json.load(file)
        boxes, masks = [], []
        for shape in shapes:
            if shape["type"] == "mask":
                *values, left, top, right, bottom = shape["mask"]
                crop = np.array(values, np.uint8).reshape(bottom - top + 1, right - left + 1)
                masks.append((shape["label"], crop, left, top))
            elif shape["type"] not in ("tag", "skeleton"):
                LabeledShapeRequest(type=ShapeType(shape["type"]), frame=0, label_id=1,
                                    points=[float(p) for p in shape["points"]],
                                    rotation=float(shape.get("rotation", 0)))
            if shape["type"] == "rectangle" and not shape.get("rotation"):
                boxes.append((stem_of(asset), shape["label"], *shape["points"]))
            check("cvat confidence", 0 <= float(shape["confidence"]) <= 1, asset, shape)
        for origin in truth.of_type(asset, "box"):
            x, y, w, h = box_of(origin)
            check("cvat box", any(b[1] == origin["label"] and close(b[2:], [x, y, x + w, y + h]) for b in boxes), asset)
        check_masks("cvat", masks, truth.of_type(asset, "mask"), asset)


def check_cvat_xml(folder, truth):
    import xml.etree.ElementTree

    import datumaro
    from cvat_sdk.masks import encode_mask

    tree = xml.etree.ElementTree.parse(file_of(folder, "annotations.xml"))
    for image in tree.getroot().iter("image"):
        asset = image.get("name")
        origins = truth.of_type(asset, "mask")
        written = [
            [float(n) for n in mask.get("rle").split(", ")] + [
                float(mask.get("left")), float(mask.get("top")),
                float(mask.get("left")) + float(mask.get("width")) - 1,
                float(mask.get("top")) + float(mask.get("height")) - 1]
            for mask in image.iter("mask")
        ]
        for origin in origins:
            pixels = pixels_of(origin).astype(bool)
            x, y, w, h = box_of(origin)
            encoded = [float(n) for n in encode_mask(pixels, [x, y, x + w, y + h])]
            check("cvat.xml mask", encoded in written, asset, origin["label"])
    with tempfile.TemporaryDirectory() as copy:
        # Labels that are no classes of the model, which stand in the task that they are imported into.
        declared = tree.getroot().find("meta/task/labels")
        known = {name.text for name in declared.iter("name")}
        for label in sorted({shape.get("label") for shape in tree.getroot().iter() if shape.get("label")} - known):
            name = xml.etree.ElementTree.SubElement(xml.etree.ElementTree.SubElement(declared, "label"), "name")
            name.text = label
        tree.write(f"{copy}/annotations.xml", encoding="utf-8", xml_declaration=True)
        os.makedirs(f"{copy}/images")
        for asset, document in truth.assets.items():
            target = f"{copy}/images/{asset}"
            os.makedirs(os.path.dirname(target), exist_ok=True)
            Image.new("RGB", (document["asset"]["width"], document["asset"]["height"])).save(target)
        data = datumaro.Dataset.import_from(copy, "cvat")
        names = data.categories()[datumaro.AnnotationType.label]
        read = {}
        for item in data:
            read[item.id] = [
                (names[a.label].name, *a.get_bbox()) for a in item.annotations if a.type == datumaro.AnnotationType.bbox
            ]
    for asset in truth.assets:
        for origin in truth.of_type(asset, "box"):
            if origin["label"] in {name for boxes in read.values() for name, *_ in boxes}:
                found = read.get(without_ending(asset), [])
                check("cvat.xml box", any(n == origin["label"] and close(b, box_of(origin)) for n, *b in found), asset)


def check_supervisely(folder, truth):
    import supervisely as sly

    with open(file_of(folder, "meta.json"), encoding="utf-8") as file:
        meta = sly.ProjectMeta.from_json(json.load(file))
    for asset in truth.assets:
        head, _, tail = asset.rpartition("/")
        with open(file_of(folder, f"{head or 'ds0'}/ann/{tail}.json"), encoding="utf-8") as file:
            annotation = sly.Annotation.from_json(json.load(file), meta)
        masks = [
            (label.obj_class.name, label.geometry.data, label.geometry.origin.col, label.geometry.origin.row)
            for label in annotation.labels if isinstance(label.geometry, sly.Bitmap)
        ]
        check_masks("supervisely", masks, truth.of_type(asset, "mask"), asset)
        boxes = [
            (label.obj_class.name, label.geometry)
            for label in annotation.labels if type(label.geometry) is sly.Rectangle
        ]
        for origin in truth.of_type(asset, "box"):
            x, y, w, h = box_of(origin)
            near = [
                g for name, g in boxes
                if name == origin["label"] and max(
                    abs(g.left - x), abs(g.top - y), abs(g.right + 1 - x - w), abs(g.bottom + 1 - y - h)) < 1
            ]
            check("supervisely box", near, asset, origin["label"])
        for origin in truth.of_type(asset, "polyline"):
            lines = [len(label.geometry.exterior) for label in annotation.labels if isinstance(label.geometry, sly.Polyline)]
            check("supervisely polyline", len(origin["polyline"]["points"]) in lines, asset, origin["label"], lines)
        for label in annotation.labels:
            check("supervisely geometry", not isinstance(label.geometry, sly.AnyGeometry), asset, label.obj_class.name)
            check("supervisely confidence", label.tags.get("confidence") is not None, asset, label.obj_class.name)


def check_darwin(folder, truth):
    import pathlib

    from darwin.utils import parse_darwin_json

    for asset, document in truth.assets.items():
        path = file_of(folder, f"annotations/{without_ending(asset)}.json")
        read = parse_darwin_json(pathlib.Path(path), 0)
        check("darwin item", read.filename == asset.rpartition("/")[2], asset, read.filename)
        height, width = document["asset"]["height"], document["asset"]["width"]
        by_id = {a.id: a.annotation_class.name for a in read.annotations}
        boxes, masks = [], []
        for a in read.annotations:
            kind = a.annotation_class.annotation_type
            if kind == "bounding_box":
                boxes.append((a.annotation_class.name, [a.data["x"], a.data["y"], a.data["w"], a.data["h"]]))
            if kind == "raster_layer":
                runs = np.array(a.data["dense_rle"]).reshape(-1, 2)
                layer = np.repeat(runs[:, 0], runs[:, 1]).reshape(height, width)
                check("darwin pixels", a.data["total_pixels"] == height * width, asset)
                for mask, value in a.data["mask_annotation_ids_mapping"].items():
                    masks.append((by_id[mask], (layer == value).astype(np.uint8), 0, 0))
        for origin in truth.of_type(asset, "box"):
            check("darwin box", any(n == origin["label"] and close(b, box_of(origin)) for n, b in boxes), asset)
        check_masks("darwin", masks, truth.of_type(asset, "mask"), asset)


def check_encord(path, truth):
    from encord.objects.bitmask import BitmaskCoordinates
    from encord.objects.coordinates import (
        BoundingBoxCoordinates, PolygonCoordinates, PolylineCoordinates, RotatableBoundingBoxCoordinates)

    with open(path, encoding="utf-8") as file:
        rows = json.load(file)
    check("encord rows", len(rows) == len(truth.assets), len(rows))
    for row in rows:
        asset = row["data_title"]
        (unit,) = row["data_units"].values()
        width, height = unit["width"], unit["height"]
        boxes, masks, turned = [], [], []
        hashes = [o["objectHash"] for o in unit["labels"]["objects"]]
        check("encord hashes", len(set(hashes)) == len(hashes), asset)
        for o in unit["labels"]["objects"]:
            if o["shape"] == "bounding_box":
                c = BoundingBoxCoordinates.from_dict(o)
                boxes.append((o["name"], [c.top_left_x * width, c.top_left_y * height, c.width * width, c.height * height]))
            elif o["shape"] == "rotatable_bounding_box":
                c = RotatableBoundingBoxCoordinates.from_dict(o)
                w, h = c.width * width, c.height * height
                turned.append(corners({"angle": c.theta, "width": w, "height": h, "cx": c.top_left_x * width + w / 2,
                                       "cy": c.top_left_y * height + h / 2}))
            elif o["shape"] == "bitmask":
                masks.append((o["name"], BitmaskCoordinates.from_dict(o).to_numpy_array().astype(np.uint8), 0, 0))
            elif o["shape"] == "polygon":
                check("encord polygon", len(PolygonCoordinates.from_dict(o).values) >= 3, asset)
            elif o["shape"] == "polyline":
                check("encord polyline", len(PolylineCoordinates.from_dict(o).values) >= 2, asset)
        for origin in truth.of_type(asset, "box"):
            check("encord box", any(n == origin["label"] and close(b, box_of(origin)) for n, b in boxes), asset, origin)
        for origin in truth.of_type(asset, "rotated-box"):
            check("encord corners", any(same_corners(t, corners(origin["rotatedBox"])) for t in turned), asset)
        check_masks("encord", masks, truth.of_type(asset, "mask"), asset)


def check_labelme(folder, truth):
    from labelme._label_file import LabelFile

    for asset, document in truth.assets.items():
        with tempfile.TemporaryDirectory() as copy:
            shutil.copy(file_of(folder, f"{without_ending(asset)}.json"), f"{copy}/a.json")
            size = (document["asset"]["width"], document["asset"]["height"])
            Image.new("RGB", size).save(f"{copy}/{asset.rpartition('/')[2]}")
            read = LabelFile(f"{copy}/a.json")
        boxes, masks = [], []
        for shape in read.shapes:
            (x0, y0), (x1, y1) = shape["points"][0], shape["points"][-1]
            if shape["shape_type"] == "rectangle":
                boxes.append((shape["label"], [x0, y0, x1 - x0, y1 - y0]))
            if shape["shape_type"] == "mask":
                masks.append((shape["label"], shape["mask"].astype(np.uint8), int(x0), int(y0)))
            check("labelme score", 0 <= shape["other_data"]["score"] <= 1, asset)
        for origin in truth.of_type(asset, "box"):
            check("labelme box", any(n == origin["label"] and close(b, box_of(origin)) for n, b in boxes), asset)
        check_masks("labelme", masks, truth.of_type(asset, "mask"), asset)
        for origin in truth.of_type(asset, "classification"):
            check("labelme flag", read.flags.get(origin["label"]) is True, asset, read.flags)


def check_geojson(folder, truth):
    import geojson
    import shapely.geometry

    for asset in truth.assets:
        with open(file_of(folder, f"{without_ending(asset)}.geojson"), encoding="utf-8") as file:
            collection = geojson.load(file)
        check("geojson collection", collection.is_valid, asset, collection.errors())
        for feature in collection.features:
            if feature.geometry is None:
                continue
            shape = shapely.geometry.shape(feature.geometry)
            for polygon in getattr(shape, "geoms", [shape]):
                if polygon.geom_type == "Polygon" and polygon.area > 0:
                    check("geojson outer ring", polygon.exterior.is_ccw, asset, feature.id)
                    check("geojson hole", not any(hole.is_ccw for hole in polygon.interiors), asset, feature.id)
            origin = next(a for a in truth.assets[asset]["annotations"] if a["id"] == feature.id)
            x0, y0, x1, y1 = shape.bounds
            check(f"geojson {origin['type']}", close([x0, y0, x1 - x0, y1 - y0], box_of(origin)), asset, feature.id)


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
    for format, read in (("cvat", check_cvat), ("cvat.xml", check_cvat_xml), ("supervisely", check_supervisely),
                         ("darwin", check_darwin), ("encord", check_encord), ("labelme", check_labelme),
                         ("geojson", check_geojson)):
        if format in files:
            read(files[format], truth)
    unknown = set(files) - {
        "coco", "coco.results", "coco.panoptic", "labelbox", "label-studio", "yolo", "yolo.segment", "yolo.obb", "voc", "png",
        "png.instances", "cvat", "cvat.xml", "supervisely", "darwin", "encord", "labelme", "geojson"}
    check("formats", not unknown, "no reader for", sorted(unknown))
    for what, count in sorted(checked.items()):
        print(f"{count:5d}  {what}")
    for package in ("pycocotools", "labelbox", "label-studio-sdk", "supervision", "datumaro", "pillow", "cvat-sdk",
                    "darwin-py", "encord", "labelme", "geojson", "shapely", "supervisely"):
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            print(f"read by {package} {importlib.metadata.version(package)}")
    for fault in faults:
        print(f"FAULT {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
