"""Average precision by pycocotools, to hold Firstpass' own against.

evaluation.py make FOLDER
    makes seeded data sets and what pycocotools says of them: FOLDER/NAME/{truth,found,expected}.json
evaluation.py findings TRUTH RESULTS CLASSES
    a real version's findings with the ids of the labels: what `firstpass prelabel --format coco.results --threshold 0.001`
    wrote for the images in the order of their names; CLASSES is the answer of `firstpass models show --json`
evaluation.py check FOLDER
    says whether FOLDER/*/expected.json is still what pycocotools says
evaluation.py report TRUTH RESULTS CLASSES REPORT
    holds a report.json of `firstpass models evaluate` against what pycocotools makes of the same version's findings
"""
import contextlib
import copy
import io
import json
import math
import os
import random
import sys

import numpy
from pycocotools import mask as masks
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

TOLERANCE = 1e-6


def figures(truth, found, kind, categories=None):
    """What COCOeval says, of 100 findings, or 20 figures; None where it says -1."""
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = copy.deepcopy(truth)  # pycocotools writes into it
        coco.createIndex()
        run = COCOeval(coco, coco.loadRes(copy.deepcopy(found)) if found else COCO(), kind)
        if categories is not None:
            run.params.catIds = categories
        joints = [len(one["keypoints"]) for one in truth["categories"] if "keypoints" in one]
        if kind == "keypoints" and joints[0] != 17:
            run.params.kpt_oks_sigmas = numpy.ones(joints[0]) / joints[0]
        run.evaluate()
        run.accumulate()
    precision = run.eval["precision"][:, :, :, 0, -1]
    recall = run.eval["recall"][:, :, 0, -1]
    sizes = [(i, name) for i, name in enumerate(run.params.areaRngLbl) if i > 0]

    def mean(values):
        values = values[values > -1]
        return float(values.mean()) if values.size else None

    names = {category["id"]: category["name"] for category in truth["categories"]}
    return {
        "ap": mean(precision),
        "ap50": mean(precision[0]),
        "ap75": mean(precision[5]),
        "ar100": mean(recall),
        "sizes": {name: {"ap": mean(run.eval["precision"][:, :, :, i, -1]), "ar100": mean(run.eval["recall"][:, :, i, -1])}
                  for i, name in sizes},
        "classes": {
            names[category]: {
                "ap": mean(precision[:, :, k]),
                "ap50": mean(precision[0, :, k]),
                "ap75": mean(precision[5, :, k]),
                "ar100": mean(recall[:, k]),
                "sizes": {name: {"ap": mean(run.eval["precision"][:, :, k, i, -1]),
                                 "ar100": mean(run.eval["recall"][:, k, i, -1])} for i, name in sizes},
            }
            for k, category in enumerate(run.params.catIds)
        },
    }


def star(rng, cx, cy, radius, width, height):
    count = rng.randint(3, 9)
    ring = []
    for i in range(count):
        angle = 2 * math.pi * (i + rng.random() * 0.8) / count
        r = radius * (0.5 + rng.random() / 2)
        ring.append(round(min(max(cx + r * math.cos(angle), 0), width), 2))
        ring.append(round(min(max(cy + r * math.sin(angle), 0), height), 2))
    return ring


def bounds(rings):
    xs = [x for ring in rings for x in ring[0::2]]
    ys = [y for ring in rings for y in ring[1::2]]
    return [min(xs), min(ys), round(max(xs) - min(xs), 2), round(max(ys) - min(ys), 2)]


def uncompressed(rle):
    """A list of run lengths, as COCO writes crowds."""
    pixels = masks.decode(rle).flatten(order="F")
    counts, last = [], 0
    run = 0
    for pixel in pixels:
        if pixel != last:
            counts.append(run)
            run, last = 0, pixel
        run += 1
    counts.append(run)
    return {"size": list(rle["size"]), "counts": [int(count) for count in counts]}


def compressed(rle):
    return {"size": list(rle["size"]), "counts": rle["counts"].decode("ascii")}


def random_set(seed, kind):
    """Ties of scores and of overlaps, crowds, classes without labels, with crowds only and without findings, images with
    nothing, more than 100 findings of a class in one image, findings of nothing."""
    rng = random.Random(seed)
    categories = [{"id": i, "name": name} for i, name in ((1, "crop"), (3, "weed"), (4, "stone"), (7, "nest"), (9, "pipe"))]
    truth = {"images": [], "annotations": [], "categories": categories}
    found = []
    for image in range(1, 31):
        width, height = rng.randint(60, 160), rng.randint(60, 120)
        truth["images"].append({"id": image * 3, "file_name": f"{image:02}.jpg", "width": width, "height": height})
        for _ in range(rng.choice([0, 1, 2, 3, 6])):
            category = rng.choice([1, 1, 1, 3, 3, 4, 9])
            is_crowd = category == 9 or rng.random() < 0.1
            radius = rng.uniform(5, 30)
            cx, cy = rng.uniform(radius, width - radius), rng.uniform(radius, height - radius)
            rings = [star(rng, cx, cy, radius, width, height) for _ in range(rng.choice([1, 1, 2]))]
            box = bounds(rings)
            if box[2] < 2 or box[3] < 2:
                continue
            rle = masks.merge(masks.frPyObjects(rings, height, width))
            for _ in range(rng.choice([1, 1, 1, 2]) if not is_crowd else 1):
                truth["annotations"].append({
                    "id": len(truth["annotations"]) + 1, "image_id": image * 3, "category_id": category,
                    "bbox": box, "area": float(masks.area(rle)), "iscrowd": int(is_crowd),
                    "segmentation": uncompressed(rle) if is_crowd or rng.random() < 0.2 else rings})
            for _ in range(rng.choice([0, 1, 1, 2, 4])):
                shift, scale = rng.choice([0, 0.05, 0.15, 0.4]) * radius, rng.uniform(0.8, 1.2)
                moved = [[round(c + rng.uniform(-shift, shift) + (0 if i % 2 else (scale - 1) * 3), 2)
                          for i, c in enumerate(ring)] for ring in rings]
                moved = [[min(max(c, 0), height if i % 2 else width) for i, c in enumerate(ring)] for ring in moved]
                found.append(finding(rng, image * 3, rng.choice([category] * 4 + [1, 7]), moved, kind, width, height))
        for _ in range(rng.choice([0, 0, 1, 3]) if image != 5 else 130):
            rings = [star(rng, rng.uniform(10, width - 10), rng.uniform(10, height - 10), rng.uniform(3, 12), width, height)]
            category = rng.choice([1, 3, 7]) if image != 5 else 1
            found.append(finding(rng, image * 3, category, rings, kind, width, height))
    return truth, [one for one in found if one is not None]


def random_figures(seed, joints):
    """Ties of scores, crowds, figures without joints, classes without labels, more than 20 findings in one image."""
    rng = random.Random(seed)
    names = [f"joint {i}" for i in range(joints)]
    categories = [{"id": i, "name": name, "keypoints": names, "skeleton": []}
                  for i, name in ((2, "person"), (3, "deer"), (5, "ape"))]
    truth = {"images": [], "annotations": [], "categories": categories}
    found = []
    for image in range(1, 31):
        truth["images"].append({"id": image, "file_name": f"{image:02}.jpg", "width": 320, "height": 240})
        for _ in range(rng.choice([0, 1, 2, 4])):
            category = rng.choice([2, 2, 3])
            width, height = rng.uniform(20, 180), rng.uniform(20, 180)
            x, y = rng.uniform(0, 320 - width), rng.uniform(0, 240 - height)
            is_empty = rng.random() < 0.15
            places = [(round(rng.uniform(x, x + width), 2), round(rng.uniform(y, y + height), 2)) for _ in names]
            seen = [0 if is_empty else rng.choice([0, 1, 2, 2, 2]) for _ in names]
            flat = [value for (px, py), v in zip(places, seen) for value in ((px, py, v) if v else (0, 0, 0))]
            truth["annotations"].append({
                "id": len(truth["annotations"]) + 1, "image_id": image, "category_id": category,
                "bbox": [round(x, 2), round(y, 2), round(width, 2), round(height, 2)],
                "area": round(width * height * rng.uniform(0.4, 0.9), 2), "iscrowd": int(rng.random() < 0.1),
                "keypoints": flat, "num_keypoints": sum(1 for v in seen if v)})
            for _ in range(rng.choice([0, 1, 1, 3])):
                shift = rng.choice([0, 0.02, 0.05, 0.15]) * max(width, height)
                found.append(figure(rng, image, rng.choice([category] * 4 + [5]),
                                    [(px + rng.uniform(-shift, shift), py + rng.uniform(-shift, shift)) for px, py in places]))
        for _ in range(25 if image == 7 else rng.choice([0, 0, 1])):
            found.append(figure(rng, image, rng.choice([2, 5]), [(rng.uniform(0, 320), rng.uniform(0, 240)) for _ in names]))
    return truth, found


def figure(rng, image, category, places):
    return {"image_id": image, "category_id": category, "score": rng.choice([round(rng.random(), 1), round(rng.random(), 4)]),
            "keypoints": [value for px, py in places for value in (round(px, 2), round(py, 2), 1)]}


def finding(rng, image, category, rings, kind, width, height):
    score = rng.choice([round(rng.random(), 1), round(rng.random(), 4)])
    rle = masks.merge(masks.frPyObjects(rings, height, width))
    box = bounds(rings)
    if box[2] <= 0 or box[3] <= 0 or masks.area(rle) == 0:
        return None
    if kind == "bbox":
        return {"image_id": image, "category_id": category, "score": score, "bbox": box}
    return {"image_id": image, "category_id": category, "score": score, "segmentation": compressed(rle)}


def make(folder):
    for name, seed, kind in (("boxes", 4711, "bbox"), ("shapes", 4712, "segm")):
        truth, found = random_set(seed, kind)
        write(folder, name, truth=truth, found=found, expected={"kind": kind, **figures(truth, found, kind)})
    for name, seed, joints in (("joints", 4713, 17), ("joints-of-five", 4714, 5)):
        truth, found = random_figures(seed, joints)
        write(folder, name, truth=truth, found=found, expected={"kind": "keypoints", **figures(truth, found, "keypoints")})
    photos = read(folder, "photos", "truth.json"), read(folder, "photos", "found.json")
    write(folder, "photos", expected={"kind": "bbox", **figures(*photos, "bbox")})


def write(folder, name, **files):
    os.makedirs(os.path.join(folder, name), exist_ok=True)
    for file, content in files.items():
        with open(os.path.join(folder, name, file + ".json"), "w") as out:
            json.dump(content, out, separators=(",", ":"))
            out.write("\n")


def read(*path):
    with open(os.path.join(*path)) as file:
        return json.load(file)


def differences(expected, had, where=""):
    if isinstance(expected, dict):
        for key in expected:
            yield from differences(expected[key], had.get(key), f"{where}/{key}")
    elif (expected is None) != (had is None) or expected is not None and abs(expected - had) > TOLERANCE:
        yield f"{where}: {had} (pycocotools: {expected})"


def check(folder):
    wrong = []
    for name in sorted(os.listdir(folder)):
        if os.path.isdir(os.path.join(folder, name)):
            expected = read(folder, name, "expected.json")
            said = figures(read(folder, name, "truth.json"), read(folder, name, "found.json"), expected.pop("kind"))
            wrong += differences(said, expected, name)
    return wrong


def common(truth, classes):
    """Number of a class of the model -> id of the category with the same name."""
    numbers = {name.strip().lower(): i for i, name in enumerate(classes, 1) if name}
    return {numbers[one["name"].strip().lower()]: one["id"]
            for one in truth["categories"] if one["name"].strip().lower() in numbers}


def findings(truth, results, classes):
    ids = common(truth, classes)
    by_name = sorted(truth["images"], key=lambda image: image["file_name"])
    images = {place: image["id"] for place, image in enumerate(by_name, 1)}
    return [{**one, "image_id": images[one["image_id"]], "category_id": ids[one["category_id"]]}
            for one in results if one["category_id"] in ids]


def report(truth_file, results, classes_file, report_file):
    truth, classes = read(truth_file), read(classes_file)["classes"]
    found = findings(truth, read(results), classes)
    said = figures(truth, found, "bbox", sorted(common(truth, classes).values()))
    had = read(report_file)["versions"][0]["detection"]
    had = {**had, "classes": {one["name"]: one for one in had["classes"]}}
    return list(differences(said, had))


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(sys.argv[2])
    elif sys.argv[1] == "findings":
        truth, results, classes = (read(file) for file in sys.argv[2:])
        print(json.dumps(findings(truth, results, classes["classes"]), separators=(",", ":")))
    else:
        wrong = {"check": check, "report": report}[sys.argv[1]](*sys.argv[2:])
        print("\n".join(wrong))
        sys.exit(1 if wrong else 0)
