"""What the checks of doors share: three small models that look at every pixel, a server that has them, and its own answers to hold
others against.
"""
import base64
import json
import pathlib
import re
import shutil
import tempfile
import urllib.error
import urllib.request

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

from masks import bits
from running import PAGES, PHOTOS, Running, basic, bearer, report

SIDE = 64


def boxes(file):
    """A detector of one box whose numbers depend on every pixel of its row."""
    shape = [8, 8, 3]
    weights = numpy.random.default_rng(5).normal(0, 1 / 16, (1, 4, 192)).astype(numpy.float32)
    nodes = [
        helper.make_node("Cast", ["image"], ["pixels"], to=TensorProto.FLOAT),
        helper.make_node("Reshape", ["pixels", "flat"], ["row"]),
        helper.make_node("Mul", ["row", "weights"], ["products"]),
        helper.make_node("ReduceMean", ["products"], ["means"], axes=[2], keepdims=0),
        helper.make_node("Sigmoid", ["means"], ["parts"]),
        helper.make_node("Mul", ["parts", "scale"], ["scaled"]),
        helper.make_node("Add", ["scaled", "offset"], ["box"]),
        helper.make_node("Unsqueeze", ["box", "axis"], ["boxes"]),
        helper.make_node("ReduceMean", ["row"], ["bright"], axes=[2], keepdims=1),
        helper.make_node("Sub", ["bright", "bright"], ["nothing"]),
        helper.make_node("Add", ["nothing", "high"], ["scores"]),
    ]
    graph = helper.make_graph(
        nodes, "main",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, ["n", *shape])],
        [helper.make_tensor_value_info("boxes", TensorProto.FLOAT, ["n", 1, 4]),
         helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n", 1, 1])],
        [numpy_helper.from_array(weights, "weights"),
         numpy_helper.from_array(numpy.array([0, 1, 192], numpy.int64), "flat"),
         numpy_helper.from_array(numpy.array([1], numpy.int64), "axis"),
         numpy_helper.from_array(numpy.full((1, 4), 0.25, numpy.float32), "scale"),
         numpy_helper.from_array(numpy.array([[0.1, 0.05, 0.6, 0.5]], numpy.float32), "offset"),
         numpy_helper.from_array(numpy.array([[[0.75]]], numpy.float32), "high")])
    save(graph, file, {"firstpass.family": "ssd", "names": '["thing"]'})


def blob(file):
    """What is brighter than the middle of an image, as one mask."""
    nodes = [
        helper.make_node("ReduceMean", ["image"], ["mean"], axes=[1], keepdims=1),
        helper.make_node("AveragePool", ["mean"], ["smooth"], kernel_shape=[9, 9], pads=[4, 4, 4, 4]),
        helper.make_node("Sigmoid", ["smooth"], ["map"]),
    ]
    graph = helper.make_graph(
        nodes, "main",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("map", TensorProto.FLOAT, ["n", 1, SIDE, SIDE])])
    save(graph, file, {"firstpass.family": "salient"})


def pointed(folder):
    """An encoder and a decoder in the manner of Segment Anything: a disc around the mean of what is pointed at."""
    folder.mkdir()
    encoder = helper.make_graph(
        [helper.make_node("AveragePool", ["input"], ["output"], kernel_shape=[16, 16], strides=[16, 16])], "encoder",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["n", 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["n", 3, 4, 4])])
    save(encoder, folder / "encoder.onnx", {})
    node = helper.make_node
    nodes = [
        node("Mul", ["mask_input", "has_mask_input"], ["low_res_masks"]),
        node("Greater", ["point_labels", "half"], ["counts"]),
        node("Cast", ["counts"], ["weights"], to=TensorProto.FLOAT),
        node("Unsqueeze", ["weights", "third"], ["weight"]),
        node("Mul", ["point_coords", "weight"], ["weighted"]),
        node("ReduceSum", ["weighted", "second"], ["sum"], keepdims=0),
        node("ReduceSum", ["weights", "second"], ["number"]),
        node("Div", ["sum", "number"], ["centre"]),
        node("Split", ["centre"], ["x.centre", "y.centre"], axis=1),
        node("Split", ["orig_im_size"], ["height", "width"]),
        node("Max", ["height", "width"], ["longest"]),
        node("Div", ["side", "longest"], ["pixel"]),
    ]
    for axis, extent in (("y", "height"), ("x", "width")):
        nodes += [
            node("Squeeze", [extent, "first"], [axis + ".extent"]),
            node("Range", ["zero", axis + ".extent", "one"], [axis + ".edges"]),
            node("Add", [axis + ".edges", "half"], [axis + ".centres"]),
            node("Mul", [axis + ".centres", "pixel"], [axis + ".row"]),
            node("Sub", [axis + ".row", axis + ".centre"], [axis + ".offsets"]),
            node("Mul", [axis + ".offsets", axis + ".offsets"], [axis + ".squares"]),
        ]
    nodes += [
        node("Unsqueeze", ["y.squares", "third"], ["down"]),
        node("Unsqueeze", ["x.squares", "second"], ["across"]),
        node("Add", ["down", "across"], ["distance"]),
        node("Unsqueeze", ["distance", "second"], ["distances"]),
        node("Sub", ["radii", "distances"], ["masks"]),
        node("ReduceMean", ["image_embeddings"], ["brightness"], keepdims=0),
        node("Sigmoid", ["brightness"], ["expected"]),
        node("Unsqueeze", ["expected", "first"], ["high"]),
        node("Concat", ["low", "high"], ["scores"], axis=0),
        node("Unsqueeze", ["scores", "first"], ["iou_predictions"]),
    ]
    value = helper.make_tensor_value_info
    array = lambda name, values, dtype=numpy.float32: numpy_helper.from_array(numpy.array(values, dtype), name)
    decoder = helper.make_graph(
        nodes, "decoder",
        [value("image_embeddings", TensorProto.FLOAT, [1, 3, 4, 4]), value("point_coords", TensorProto.FLOAT, [1, "p", 2]),
         value("point_labels", TensorProto.FLOAT, [1, "p"]), value("mask_input", TensorProto.FLOAT, [1, 1, 16, 16]),
         value("has_mask_input", TensorProto.FLOAT, [1]), value("orig_im_size", TensorProto.FLOAT, [2])],
        [value("masks", TensorProto.FLOAT, [1, 2, "h", "w"]), value("iou_predictions", TensorProto.FLOAT, [1, 2]),
         value("low_res_masks", TensorProto.FLOAT, [1, 1, 16, 16])],
        [array("zero", 0), array("half", .5), array("one", 1), array("side", float(SIDE)), array("first", [0], numpy.int64),
         array("second", [1], numpy.int64), array("third", [2], numpy.int64), array("low", [.25]),
         array("radii", numpy.array([4, 64]).reshape(1, 2, 1, 1))])
    save(decoder, folder / "decoder.onnx", {})


def save(graph, file, properties):
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    helper.set_model_props(model, properties)
    onnx.save(model, file)


class Server:
    """A server of its own with the models `boxes`, `blob` and `pointed`, on free ports of loopback, and a token for its client.

    firstpass    the command; its first words if it has several
    scopes       of that token
    environment  further variables of the server
    """

    def __init__(self, firstpass, scopes=("prelabel",), environment=None):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="firstpass-doors-"))
        boxes(self.work / "boxes.onnx")
        blob(self.work / "blob.onnx")
        pointed(self.work / "pointed")
        self.running = Running(firstpass, self.work / "data", self.work / "log", environment=environment)
        self.url = self.running.url
        shutil.make_archive(self.work / "pointed", "zip", self.work / "pointed")
        try:
            for file in ("boxes.onnx", "blob.onnx", "pointed.zip"):
                self.register(file)
            self.running.wait()
            self.token = self.running.token(*scopes)
        except BaseException:
            self.close()
            raise

    def register(self, file):
        address = f"{self.running.admin}/v1/registry/models/{file.split('.')[0]}/versions"
        body = (self.work / file).read_bytes()
        request = urllib.request.Request(address, body, {"Content-Type": "application/octet-stream", **self.running.own})
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                told = json.load(answer)
        except urllib.error.HTTPError as e:
            raise AssertionError((file, e.read())) from e
        assert '"AVAILABLE"' in json.dumps(told), told

    def set_project(self, name, yaml):
        request = urllib.request.Request(
            f"{self.running.admin}/v1/registry/projects/{name}", yaml.encode(), {"Content-Type": "application/yaml", **self.running.own},
            method="PUT")
        urllib.request.urlopen(request, timeout=60).close()

    def get(self, path, credential=None):
        return self.call(path, None, credential)

    def post(self, path, body, credential=None, **headers):
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.call(path, json.dumps(body).encode(), credential, {"Content-Type": "application/json", **more})

    def call(self, path, body, credential, headers=None):
        """With the headers that show a token, or else with the client's token as programs show it."""
        shown = bearer(self.token) if credential is None else credential
        request = urllib.request.Request(self.url + path, body, {**(headers or {}), **shown})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def prelabels(self, model, image, query="", **more):
        """What the native door answers in Firstpass' own format."""
        body = {"asset": {"base64": base64.b64encode(image).decode()}, **more}
        return self.post(f"/v1/models/{model}/prelabels?{query}", body)["annotations"]

    def close(self):
        self.running.close()
        shutil.rmtree(self.work, ignore_errors=True)


def unauthenticated(what, call):
    """The server refuses what `call` asks it for by HTTP, since no token that it knows is shown."""
    try:
        call()
    except urllib.error.HTTPError as e:
        told = e.read().decode()
        assert e.code == 401 and "UNAUTHENTICATED" in told, (what, e.code, told)
        print("ok", what, "is refused")
        return
    raise AssertionError(what + " was not refused")


def snippet(page, beginning, replacements):
    """The block of a page of docs/integrations that begins so, as it stands there but for what is replaced, all of which is there."""
    text = re.search(f"```[a-z]+\\n({re.escape(beginning)}.*?)```", (PAGES / page).read_text(), re.S).group(1)
    for old, new in replacements.items():
        assert old in text, (page, old)
        text = text.replace(old, str(new))
    return text


def near(expected, found, what, tolerance=1e-3):
    expected, found = numpy.array(expected, float), numpy.array(found, float)
    assert expected.shape == found.shape, (what, expected.shape, found.shape)
    assert numpy.abs(expected - found).max() <= tolerance, (what, expected, found)
    print("ok", what)
