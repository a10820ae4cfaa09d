"""An auto-annotation function for CVAT's command line: what a model on a Firstpass server finds becomes annotations of a task.

    cvat-cli --server-host https://cvat.example.org --auth me:password task auto-annotate 42 \
        --function-file firstpass_function.py -p server=str:http://127.0.0.1:8080 -p model=str:coco \
        --allow-unmatched-labels

It needs nothing but cvat-cli. A token for Firstpass, where the server wants one, stands in FIRSTPASS_TOKEN.
"""
import io
import itertools
import json
import os
import urllib.parse
import urllib.request

import cvat_sdk.auto_annotation as cvataa

SHAPES = {
    "box": "rectangle",
    "rotated-box": "rectangle",
    "polygon": "polygon",
    "mask": "mask",
    "polyline": "polyline",
    "classification": "tag",
}


class Function:
    def __init__(self, server, model):
        self.address = f"{server.rstrip('/')}/v1/models/{urllib.parse.quote(model, safe='@')}"
        described = json.loads(self.ask(self.address))
        if described["geometry"] not in SHAPES or described["takesPrompt"]:
            raise cvataa.BadFunctionError(f"{model} gives {described['geometry']}, which this function has no label for")
        labels = list(described["thresholds"]) or described["classes"]
        self.ids = {label: index for index, label in enumerate(labels)}
        self.spec = cvataa.DetectionFunctionSpec(
            labels=[cvataa.label_spec(label, self.ids[label], type=SHAPES[described["geometry"]]) for label in labels])

    def ask(self, address, body=None, media_type="application/octet-stream"):
        request = urllib.request.Request(address, body)
        if body is not None:
            request.add_header("Content-Type", media_type)
        if "FIRSTPASS_TOKEN" in os.environ:
            request.add_header("Authorization", "Bearer " + os.environ["FIRSTPASS_TOKEN"])
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.read()

    def detect(self, context, image):
        png = io.BytesIO()
        image.convert("RGB").save(png, "PNG", compress_level=1)
        query = {"format": "cvat", "asset-id": context.frame_name}
        if context.conf_threshold is not None:
            query["threshold"] = context.conf_threshold
        if context.conv_mask_to_poly:
            query["format-options"] = "holes:fill"
        address = f"{self.address}/prelabels?{urllib.parse.urlencode(query)}"
        shapes = json.loads(self.ask(address, png.getvalue(), "image/png"))
        return [self.annotation(shape, context.conv_mask_to_poly) for shape in shapes if shape["label"] in self.ids]

    def annotation(self, shape, masks_as_polygons):
        label = self.ids[shape["label"]]
        if shape["type"] == "tag":
            return cvataa.tag(label)
        if shape["type"] == "mask" and masks_as_polygons:
            return cvataa.polygon(label, shape["points"])
        if shape["type"] == "mask":
            return cvataa.mask(label, runs(shape["mask"][:-4]) + shape["mask"][-4:])
        more = {"rotation": shape["rotation"]} if "rotation" in shape else {}
        return cvataa.shape(label, type=shape["type"], points=shape["points"], **more)


def runs(bits):
    """How many pixels in turn are not set and are set, row by row, beginning with those that are not."""
    counts = [(bit, len(list(same))) for bit, same in itertools.groupby(bits)]
    return ([0] if counts and counts[0][0] else []) + [count for _, count in counts]


def create(server="http://127.0.0.1:8080", model="coco"):
    return Function(server, model)
