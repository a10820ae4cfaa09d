"""What the golden cases by TensorFlow share."""

import numpy as np

import golden


def picture(asset, seed):
    """Stripes and discs, so that detections differ: [h,w,3], bytes."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:asset[1], 0:asset[0]]
    image = np.stack([127 + 120 * np.sin(x / 9 + c) * np.cos(y / (7 + c)) for c in range(3)], -1)
    for _ in range(12):
        cx, cy, r = rng.uniform(0, asset[0]), rng.uniform(0, asset[1]), rng.uniform(8, 30)
        image[(x - cx) ** 2 + (y - cy) ** 2 < r * r] = rng.uniform(0, 255, 3)
    return np.clip(image, 0, 255).astype(np.uint8)


def signature(function, names):
    """The name of the one input of a loaded signature, and what the file declares."""
    (given, of), = function.structured_input_signature[1].items()
    return given, {
        "inputs": [info(given, of)],
        "outputs": [info(name, output) for name, output in sorted(function.structured_outputs.items())],
        "metadata": {"names": str(names)},
    }


def info(name, spec):
    return golden.info(name, [-1 if side is None else side for side in spec.shape], spec.dtype.name)
