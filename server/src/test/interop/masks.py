"""What the checks of doors know of masks."""
import numpy


def bits(rle):
    """The rows of a mask in COCO's compressed run lengths."""
    height, width = rle["size"]
    counts, at, text = [], 0, rle["counts"]
    while at < len(text):
        value, shift, more = 0, 0, True
        while more:
            group = ord(text[at]) - 48
            value |= (group & 31) << (5 * shift)
            more = bool(group & 32)
            at, shift = at + 1, shift + 1
            if not more and group & 16:
                value |= -1 << (5 * shift)
        counts.append(value + (counts[-2] if len(counts) > 2 else 0))
    flat = numpy.zeros(height * width, bool)
    place = 0
    for index, count in enumerate(counts):
        flat[place:place + count] = index % 2 == 1
        place += count
    return flat.reshape(width, height).T
