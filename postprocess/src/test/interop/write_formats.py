#!/usr/bin/env python3
"""Writes label files with the tools' own writers, for Firstpass' readers to be held against.

    write_formats.py FOLDER

makes FOLDER/truth.json, boxes and masks of one image from a fixed seed, and FOLDER/<tool>/<format>/... with what each tool
writes of them. What was made once is committed in src/test/resources/format/theirs; TheirFilesTest reads it. The packages are
those of requirements.txt, and in a run of its own those of requirements-supervisely.txt: what a tool that is not installed has
written before stays. Versions go into FOLDER/versions.txt.
"""
import importlib.metadata
import io
import json
import os
import shutil
import sys

import numpy as np
from PIL import Image
from pycocotools import mask as coco_mask

WIDTH, HEIGHT = 97, 61
LABELS = ["cat", "ship", "leaf"]


def truth():
    """Whole-number boxes, since some tools write no others, and masks that do not overlap, since PNGs say one of them."""
    random = np.random.default_rng(7)
    boxes, masks = [], []
    free = np.ones((HEIGHT, WIDTH), bool)
    for i in range(6):
        x, y = int(random.integers(0, WIDTH - 12)), int(random.integers(0, HEIGHT - 12))
        w, h = int(random.integers(3, WIDTH - x + 1)), int(random.integers(3, HEIGHT - y + 1))
        boxes.append({"label": LABELS[i % 3], "box": [x, y, w, h]})
    for i in range(4):
        rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
        cx, cy, r = random.uniform(10, WIDTH - 10), random.uniform(10, HEIGHT - 10), random.uniform(6, 18)
        distance = np.hypot(columns - cx, rows - cy)
        disc = (distance <= r) & (distance >= r / 3) & free
        disc &= random.random((HEIGHT, WIDTH)) < 0.97
        free &= ~disc
        masks.append({"label": LABELS[i % 3], "pixels": disc})
    return boxes, masks


def rle(pixels):
    encoded = coco_mask.encode(np.asfortranarray(pixels.astype(np.uint8)))
    return {"size": encoded["size"], "counts": encoded["counts"].decode("ascii")}


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def image(path):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    Image.new("RGB", (WIDTH, HEIGHT)).save(path)


def pycocotools(folder, boxes, masks):
    categories = [{"id": i + 1, "name": label} for i, label in enumerate(LABELS)]
    images = [{"id": 5, "file_name": "a.png", "width": WIDTH, "height": HEIGHT}]
    results = []
    for one in masks:
        encoded = coco_mask.encode(np.asfortranarray(one["pixels"].astype(np.uint8)))
        results.append({
            "image_id": 5,
            "category_id": LABELS.index(one["label"]) + 1,
            "segmentation": {"size": encoded["size"], "counts": encoded["counts"].decode("ascii")},
            "score": 1.0,
        })
    write(f"{folder}/coco.results/results.json", json.dumps(results))
    write(f"{folder}/coco.results/instances.json",
          json.dumps({"images": images, "categories": categories, "annotations": []}))


def labelbox(folder, boxes, masks):
    from labelbox.data.serialization import NDJsonConverter
    from labelbox.types import Label, Mask, MaskData, ObjectAnnotation, Point, Rectangle

    annotations = [
        ObjectAnnotation(
            name=one["label"],
            value=Rectangle(
                start=Point(x=one["box"][0], y=one["box"][1]),
                end=Point(x=one["box"][0] + one["box"][2], y=one["box"][1] + one["box"][3])))
        for one in boxes
    ]
    annotations += [
        ObjectAnnotation(
            name=one["label"],
            value=Mask(mask=MaskData.from_2D_arr(one["pixels"].astype(np.uint8)), color=(1, 1, 1)))
        for one in masks
    ]
    lines = NDJsonConverter.serialize([Label(data={"global_key": "a.png"}, annotations=annotations)])
    write(f"{folder}/labelbox/import.ndjson", "".join(json.dumps(line) + "\n" for line in lines))


def label_studio(folder, boxes, masks):
    from label_studio_sdk.converter import brush

    result = []
    for i, one in enumerate(masks):
        result.append({
            "id": f"brush{i}", "type": "brushlabels", "from_name": "tag", "to_name": "image",
            "original_width": WIDTH, "original_height": HEIGHT,
            "value": {
                "format": "rle", "brushlabels": [one["label"]],
                "rle": [int(b) for b in brush.mask2rle(one["pixels"].astype(np.uint8) * 255)],
            },
        })
    write(f"{folder}/label-studio/tasks.json",
          json.dumps([{"data": {"image": "a.png"}, "annotations": [{"result": result}]}]))


def supervision(folder, boxes, masks):
    import supervision as sv

    xyxy = np.array([[x, y, x + w, y + h] for x, y, w, h in (one["box"] for one in boxes)], np.float32)
    classes = np.array([LABELS.index(one["label"]) for one in boxes])
    path = f"{folder}/tmp/a.png"
    image(path)
    dataset = sv.DetectionDataset(
        classes=LABELS, images=[path], annotations={path: sv.Detections(xyxy=xyxy, class_id=classes)})
    dataset.as_yolo(f"{folder}/yolo/images", f"{folder}/yolo/labels", f"{folder}/yolo/data.yaml")
    dataset.as_pascal_voc(f"{folder}/voc.origin1/images", f"{folder}/voc.origin1/annotations")
    dataset.as_coco(f"{folder}/coco/images", f"{folder}/coco/labels.json")
    shutil.rmtree(f"{folder}/tmp")


def datumaro(folder, boxes, masks):
    import datumaro as dm

    found = [
        dm.Bbox(*one["box"], label=LABELS.index(one["label"]), id=i, attributes={"occluded": i == 1, "note": f"n{i}"})
        for i, one in enumerate(boxes)
    ]
    segments = [
        dm.Mask(image=one["pixels"].astype(np.uint8), label=LABELS.index(one["label"]), id=i + 1, group=i + 1)
        for i, one in enumerate(masks)
    ]
    picture = dm.Image.from_numpy(data=np.zeros((HEIGHT, WIDTH, 3), np.uint8))
    written = (("voc_detection", found, "voc"), ("coco_panoptic", segments, "coco.panoptic"), ("cvat", found, "cvat.xml"))
    for format, annotations, ours in written:
        item = dm.DatasetItem(id="a", subset="train", media=picture, annotations=annotations)
        dataset = dm.Dataset.from_iterable([item], categories=LABELS)
        dataset.export(f"{folder}/{ours}", format, save_media=True, **({"label_map": "source"} if ours == "voc" else {}))


def cvat_sdk(folder, boxes, masks):
    """The SDK has no writer of files, but codes masks: its runs, in the XML that CVAT writes of them."""
    from cvat_sdk.masks import encode_mask

    lines = []
    for one in masks:
        *runs, left, top, right, bottom = [int(n) for n in encode_mask(one["pixels"], [0, 0, WIDTH, HEIGHT])]
        lines.append(
            f'<mask label="{one["label"]}" source="auto" occluded="0" rle="{", ".join(map(str, runs))}" left="{left}"'
            f' top="{top}" width="{right - left + 1}" height="{bottom - top + 1}" z_order="0"></mask>')
    write(f"{folder}/cvat.xml/annotations.xml",
          f'<?xml version="1.0" encoding="utf-8"?>\n<annotations><version>1.1</version><image id="0" name="a.png"'
          f' width="{WIDTH}" height="{HEIGHT}">' + "\n".join(lines) + "</image></annotations>\n")


def supervisely(folder, boxes, masks):
    import supervisely as sly

    rectangles = {label: sly.ObjClass(label, sly.AnyGeometry) for label in LABELS}
    labels = [
        sly.Label(sly.Rectangle(top=y, left=x, bottom=y + h - 1, right=x + w - 1), rectangles[one["label"]])
        for one in boxes for x, y, w, h in (one["box"],)
    ]
    labels += [sly.Label(sly.Bitmap(one["pixels"]), rectangles[one["label"]]) for one in masks]
    annotation = sly.Annotation((HEIGHT, WIDTH), labels)
    meta = sly.ProjectMeta(obj_classes=sly.ObjClassCollection(list(rectangles.values())))
    write(f"{folder}/supervisely/meta.json", json.dumps(meta.to_json()))
    write(f"{folder}/supervisely/ds0/ann/a.png.json", json.dumps(annotation.to_json()))


def darwin(folder, boxes, masks):
    """Its exporter writes boxes, tags and polygons, no masks."""
    import darwin.datatypes as dt
    from darwin.exporter.formats.darwin import build_image_annotation

    annotations = []
    for i, one in enumerate(boxes):
        annotation = dt.make_bounding_box(one["label"], *map(float, one["box"]), slot_names=["0"])
        annotation.id = f"box-{i}"
        annotations.append(annotation)
    file = dt.AnnotationFile(
        path="a.json", filename="a.png", annotation_classes={a.annotation_class for a in annotations},
        annotations=annotations, remote_path="/", dataset_name="d", item_id="i",
        slots=[dt.Slot(name="0", type="image", width=WIDTH, height=HEIGHT,
                       source_files=[{"file_name": "a.png", "url": ""}])])
    write(f"{folder}/darwin/annotations/a.json", json.dumps(build_image_annotation(file, "team")))


def encord(folder, boxes, masks):
    """The coordinates are the SDK's, in the row around them that its label rows have."""
    from encord.objects.bitmask import BitmaskCoordinates
    from encord.objects.coordinates import BoundingBoxCoordinates

    objects = []
    for one in boxes:
        x, y, w, h = one["box"]
        box = BoundingBoxCoordinates(height=h / HEIGHT, width=w / WIDTH, top_left_x=x / WIDTH, top_left_y=y / HEIGHT)
        objects.append({"name": one["label"], "shape": "bounding_box", "boundingBox": box.to_dict()})
    for one in masks:
        objects.append({"name": one["label"], "shape": "bitmask", "bitmask": BitmaskCoordinates(one["pixels"]).to_dict()})
    unit = {"data_hash": "u", "data_title": "a.png", "width": WIDTH, "height": HEIGHT,
            "labels": {"objects": objects, "classifications": []}}
    write(f"{folder}/encord/rows.json", json.dumps(
        [{"label_hash": "x", "data_title": "a.png", "data_units": {"u": unit}, "object_answers": {}}]))


def labelme(folder, boxes, masks):
    from labelme import utils
    from labelme._label_file import LabelFile

    shapes = []
    for one in boxes:
        x, y, w, h = one["box"]
        shapes.append({"label": one["label"], "points": [[x, y], [x + w, y + h]], "group_id": None, "description": "",
                       "shape_type": "rectangle", "flags": {}, "mask": None})
    for one in masks:
        rows, columns = np.nonzero(one["pixels"])
        left, top, right, bottom = int(columns.min()), int(rows.min()), int(columns.max()), int(rows.max())
        crop = one["pixels"][top:bottom + 1, left:right + 1]
        shapes.append({"label": one["label"], "points": [[left, top], [right, bottom]], "group_id": None,
                       "description": "", "shape_type": "mask", "flags": {},
                       "mask": utils.img_arr_to_b64(crop.astype(np.uint8))})
    os.makedirs(f"{folder}/labelme", exist_ok=True)
    LabelFile().save(filename=f"{folder}/labelme/a.json", shapes=shapes, image_path="a.png", image_height=HEIGHT,
                     image_width=WIDTH, flags={})


def main(folder):
    boxes, masks = truth()
    write(f"{folder}/truth.json", json.dumps({
        "width": WIDTH, "height": HEIGHT, "boxes": boxes,
        "masks": [{"label": one["label"], "rle": rle(one["pixels"])} for one in masks],
    }))
    versions = {}
    if os.path.exists(f"{folder}/versions.txt"):
        with open(f"{folder}/versions.txt", encoding="utf-8") as lines:
            versions = dict(line.split() for line in lines)
    for tool, package in ((pycocotools, "pycocotools"), (labelbox, "labelbox"), (label_studio, "label-studio-sdk"),
                          (supervision, "supervision"), (datumaro, "datumaro"), (cvat_sdk, "cvat-sdk"),
                          (supervisely, "supervisely"), (darwin, "darwin-py"), (encord, "encord"), (labelme, "labelme")):
        try:
            importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            print(f"not installed: {package}")
            continue
        shutil.rmtree(f"{folder}/{package}", ignore_errors=True)
        tool(f"{folder}/{package}", boxes, masks)
        versions[package] = importlib.metadata.version(package)
        print(f"written by {package} {versions[package]}")
    write(f"{folder}/versions.txt", "".join(f"{package} {version}\n" for package, version in versions.items()))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
