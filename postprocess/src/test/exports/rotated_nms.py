"""Reference answers for rotated suppression, from Ultralytics' own functions.

    python3 rotated_nms.py > ../resources/geometry/rotated-nms.txt

Ultralytics (AGPL-3.0) is only run here, to know its answers; nothing of it is linked or shipped.
"""
import torch
import ultralytics
from ultralytics.utils.metrics import batch_probiou
from ultralytics.utils.nms import TorchNMS
from ultralytics.utils.ops import regularize_rboxes

SEED, COUNT, WITH_IOUS, THRESHOLD = 7, 200, 24, 0.45

torch.manual_seed(SEED)
torch.set_default_dtype(torch.float64)
centres = 40 + 560 * torch.rand(25, 2)
owner = torch.randint(0, 25, (COUNT,))
base = torch.stack([30 + 90 * torch.rand(25), 15 + 40 * torch.rand(25), 3.2 * torch.rand(25) - 0.8], 1)
boxes = torch.cat([centres[owner] + 9 * torch.randn(COUNT, 2), base[owner] * (1 + 0.15 * torch.randn(COUNT, 3))], 1)
boxes[:, 2:4] = boxes[:, 2:4].clamp(min=2)
scores = torch.rand(COUNT)
kept = TorchNMS.fast_nms(boxes, scores, THRESHOLD, iou_func=batch_probiou)


def line(values):
    return " ".join(repr(float(v)) for v in values)


print(f"# rotated_nms.py, ultralytics {ultralytics.__version__}, torch {torch.__version__}, seed {SEED}, float64")
print("# boxes and of how many the probabilistic IoU with each other follows; cx cy w h angle(radians) score; IoUs;")
print(f"# indices kept by fast suppression at {THRESHOLD}; the boxes regularized")
print(COUNT)
print(WITH_IOUS)
for box, score in zip(boxes, scores):
    print(line([*box, score]))
for row in batch_probiou(boxes[:WITH_IOUS], boxes[:WITH_IOUS]):
    print(line(row))
print(" ".join(str(int(i)) for i in kept))
for box in regularize_rboxes(boxes):
    print(line(box))
