"""Writes golden cases of families: what FamilyGoldenTest reads. Used by every *_cases.py here.

A case is a folder `../resources/families/<family>/<case>/`; README.md says what is in it.
"""

import json
import pathlib
import shutil

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent / "resources" / "families"
LEAST = 20
MOST_BYTES = 150_000


def info(name, array_or_shape, dtype="float32"):
    """One entry of a signature. Dynamic axes are -1."""
    shape = getattr(array_or_shape, "shape", array_or_shape)
    return {"name": name, "type": dtype, "shape": [int(extent) for extent in shape]}


def onnx_signature(path):
    """Inputs, outputs and metadata as an ONNX file declares them."""
    import onnx

    model = onnx.load(str(path), load_external_data=False)
    types = {1: "float32", 2: "uint8", 3: "int8", 6: "int32", 7: "int64", 9: "bool", 10: "float16", 11: "float64"}

    def of(value):
        tensor = value.type.tensor_type
        shape = [d.dim_value if d.HasField("dim_value") else -1 for d in tensor.shape.dim]
        return info(value.name, shape, types[tensor.elem_type])

    weights = {tensor.name for tensor in model.graph.initializer}
    return {
        "inputs": [of(value) for value in model.graph.input if value.name not in weights],
        "outputs": [of(value) for value in model.graph.output],
        "metadata": {entry.key: entry.value for entry in model.metadata_props},
    }


class Cases(dict):
    """A script's cases by name. `@CASES.case` adds a function under its own, with dashes."""

    def case(self, function):
        self[function.__name__.replace("_", "-")] = function
        return function


def picture(size, seed):
    """Noise at several scales, a torch tensor: [1,3,h,w], 0..1."""
    import torch

    rng = np.random.default_rng(seed)
    image = torch.zeros(1, 3, size[1], size[0])
    for cells in (4, 9, 20, 45):
        noise = torch.from_numpy(rng.normal(0, 1, (1, 3, cells, cells)).astype(np.float32))
        image += torch.nn.functional.interpolate(noise, size=(size[1], size[0]), mode="bicubic")
    image -= image.min()
    return image / image.max()


def letterbox(asset, size):
    """Transform of asset (w, h) centred in size (w, h): half-even rounding, 0.1 off the left and top padding."""
    gain = min(size[0] / asset[0], size[1] / asset[1])
    new = [max(round(side * gain), 1) for side in asset]
    pad = [round((size[i] - new[i]) / 2 - 0.1) for i in (0, 1)]
    return {"scaleX": new[0] / asset[0], "scaleY": new[1] / asset[1], "offsetX": pad[0], "offsetY": pad[1]}


def top_left(asset, size):
    """The same at the top left, with sides cut to whole pixels."""
    gain = min(size[0] / asset[0], size[1] / asset[1])
    new = [int(side * gain) for side in asset]
    return {"scaleX": new[0] / asset[0], "scaleY": new[1] / asset[1], "offsetX": 0, "offsetY": 0}


def stretch(asset, size):
    return {"scaleX": size[0] / asset[0], "scaleY": size[1] / asset[1], "offsetX": 0, "offsetY": 0}


def runs(mask):
    """COCO's uncompressed counts: down each column, unset first."""
    flat = np.asarray(mask, dtype=bool).T.reshape(-1)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flat, [False])).astype(np.int8)))
    counts = np.diff(np.concatenate(([0], edges, [flat.size])))
    if flat.size and flat[-1]:
        counts = counts[:-1]
    assert counts.sum() == flat.size
    return [int(count) for count in counts]


def rle(mask):
    """The same as COCO's compressed text."""
    counts = runs(mask)
    text = []
    for i, count in enumerate(counts):
        value = count - counts[i - 2] if i > 2 else count
        while True:
            group, value = value & 0x1F, value >> 5
            more = value != (-1 if group & 0x10 else 0)
            text.append(chr((group | (0x20 if more else 0)) + 48))
            if not more:
                break
    return "".join(text)


def number(value, places=4):
    return round(float(value), places)


def write(family, case, signature, outputs, answer, origin, least=LEAST, most_bytes=MOST_BYTES):
    """Writes a case; replaces an older one of the same name.

    outputs: name -> array, in the order of the signature; floats become little-endian float32, integers stay.
    answer: see README.md. origin: lines for origin.txt.
    """
    found = answer["annotations"]
    assert len(found) >= least, f"{family}/{case}: {len(found)} annotations (expected: >= {least})"
    folder = ROOT / family / case
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "outputs").mkdir(parents=True)
    for name, array in outputs.items():
        array = np.asarray(array)
        if array.dtype.kind == "f":
            array = array.astype("<f4")
        np.save(folder / "outputs" / f"{name}.npy", np.ascontiguousarray(array))
    (folder / "signature.json").write_text(json.dumps(signature, indent=1) + "\n")
    head = {key: value for key, value in answer.items() if key != "annotations"}
    lines = ",\n  ".join(json.dumps(one) for one in found)
    (folder / "answer.json").write_text(json.dumps(head)[:-1] + f',\n "annotations": [\n  {lines}\n ]}}\n')
    (folder / "origin.txt").write_text("\n".join(origin) + "\n")
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    assert size <= most_bytes, f"{family}/{case}: {size} bytes (expected: <= {most_bytes})"
    classes = {one.get("class") for one in found}
    print(f"{family}/{case}: {len(found)} annotations of {len(classes)} classes, {size} bytes")
