"""Asks a server for raw tensors with the client that people have for the Open Inference Protocol, over HTTP and gRPC, and holds
what comes against ONNX Runtime in this process.

    check_tensors.py FIRSTPASS       the command; its first words if it has several
"""
import asyncio
import pathlib
import shutil
import subprocess
import sys
import tempfile
import urllib.parse

import numpy
import onnx
import onnxruntime
import tritonclient.grpc as grpc
import tritonclient.grpc.aio as grpc_aio
import tritonclient.http as http
import tritonclient.http.aio as http_aio
from onnx import TensorProto, helper, numpy_helper
from tritonclient.utils import InferenceServerException

FIRSTPASS = sys.argv[1:]
WORK = pathlib.Path(tempfile.mkdtemp(prefix="firstpass-tensors-"))
NAME = "scores"
SHAPE = [8, 8, 3]


def make():
    """A detector of one box whose numbers depend on every pixel of its row."""
    weights = numpy.random.default_rng(5).normal(0, 1 / 16, (1, 5, 192)).astype(numpy.float32)
    nodes = [
        helper.make_node("Cast", ["image"], ["pixels"], to=TensorProto.FLOAT),
        helper.make_node("Reshape", ["pixels", "flat"], ["row"]),
        helper.make_node("Mul", ["row", "weights"], ["products"]),
        helper.make_node("ReduceMean", ["products"], ["means"], axes=[2], keepdims=0),
        helper.make_node("Sigmoid", ["means"], ["numbers"]),
        helper.make_node("Split", ["numbers", "parts"], ["box", "score"], axis=1),
        helper.make_node("Unsqueeze", ["box", "axis"], ["boxes"]),
        helper.make_node("Unsqueeze", ["score", "axis"], ["scores"]),
    ]
    graph = helper.make_graph(
        nodes,
        "main",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, ["n", *SHAPE])],
        [
            helper.make_tensor_value_info("boxes", TensorProto.FLOAT, ["n", 1, 4]),
            helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n", 1, 1]),
        ],
        [
            numpy_helper.from_array(weights, "weights"),
            numpy_helper.from_array(numpy.array([0, 1, 192], numpy.int64), "flat"),
            numpy_helper.from_array(numpy.array([4, 1], numpy.int64), "parts"),
            numpy_helper.from_array(numpy.array([1], numpy.int64), "axis"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    helper.set_model_props(model, {"firstpass.family": "ssd", "names": '["thing"]'})
    file = WORK / "scores.onnx"
    onnx.save(model, file)
    return file


def start(file):
    subprocess.run([*FIRSTPASS, "models", "register", NAME, str(file), "--data", str(WORK / "data")], check=True, capture_output=True)
    server = subprocess.Popen(
        [*FIRSTPASS, "serve", "--data", str(WORK / "data"), "--port", "0", "--admin-port", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    line = server.stdout.readline()
    assert line.startswith("ready "), line
    return server, urllib.parse.urlsplit(line.split()[1]).netloc


def inputs(library, pixels, **options):
    image = library.InferInput("image", list(pixels.shape), "UINT8")
    image.set_data_from_numpy(pixels, **options)
    return [image]


def check(what, session, pixels, result):
    for row in range(len(pixels)):
        boxes, scores = session.run(None, {"image": pixels[row:row + 1]})
        assert (result.as_numpy("boxes")[row:row + 1] == boxes).all(), what
        assert (result.as_numpy("scores")[row:row + 1] == scores).all(), what
    print("ok", what)


def refused(what, call, *words):
    try:
        call()
    except InferenceServerException as e:
        assert all(word in str(e) for word in words), (what, str(e))
        print("ok", what)
        return
    raise AssertionError(what + " was not refused")


def over_http(address, session, pixels):
    client = http.InferenceServerClient(address)
    assert client.is_server_live() and client.is_server_ready() and client.is_model_ready(NAME)
    assert not client.is_model_ready("none")
    assert client.get_server_metadata()["name"] == "firstpass"
    metadata = client.get_model_metadata(NAME)
    assert metadata["inputs"] == [{"name": "image", "datatype": "UINT8", "shape": [-1, *SHAPE]}], metadata
    assert client.get_model_config(NAME, "1")["max_batch_size"] == 8
    check("http, binary", session, pixels, client.infer(NAME, inputs(http, pixels)))
    check("http, JSON in", session, pixels, client.infer(NAME, inputs(http, pixels, binary_data=False)))
    json = [http.InferRequestedOutput(name, binary_data=False) for name in ("scores", "boxes")]
    check("http, JSON out", session, pixels, client.infer(NAME, inputs(http, pixels), outputs=json, request_id="7"))
    check("http, by alias", session, pixels, client.infer(NAME, inputs(http, pixels), "production", priority=1, timeout=9_000_000))
    waiting = [client.async_infer(NAME, inputs(http, pixels[:1])) for _ in range(8)]
    for each in waiting:
        check("http, several at once", session, pixels[:1], each.get_result())
    refused("http, unknown model", lambda: client.infer("none", inputs(http, pixels)), "none")
    refused("http, wrong shape", lambda: client.infer(NAME, inputs(http, pixels[:, :4])), "shape")
    refused("http, statistics", lambda: client.get_inference_statistics(NAME), "not served")
    client.close()


def over_grpc(address, session, pixels):
    client = grpc.InferenceServerClient(address)
    assert client.is_server_live() and client.is_server_ready() and client.is_model_ready(NAME)
    assert not client.is_model_ready("none")
    assert client.get_server_metadata().name == "firstpass"
    assert list(client.get_model_metadata(NAME).inputs[0].shape) == [-1, *SHAPE]
    assert client.get_model_config(NAME).config.max_batch_size == 8
    check("grpc", session, pixels, client.infer(NAME, inputs(grpc, pixels)))
    outputs = [grpc.InferRequestedOutput(name) for name in ("scores", "boxes")]
    check("grpc, outputs named", session, pixels, client.infer(NAME, inputs(grpc, pixels), outputs=outputs, priority=2, timeout=9_000_000))
    refused("grpc, unknown model", lambda: client.infer("none", inputs(grpc, pixels)), "NOT_FOUND")
    refused("grpc, wrong shape", lambda: client.infer(NAME, inputs(grpc, pixels[:, :4])), "INVALID_ARGUMENT")
    refused("grpc, statistics", lambda: client.get_inference_statistics(NAME), "UNIMPLEMENTED")
    client.close()


async def without_threads(address, session, pixels):
    client = http_aio.InferenceServerClient(address)
    check("http, aio", session, pixels, await client.infer(NAME, inputs(http_aio, pixels)))
    await client.close()
    client = grpc_aio.InferenceServerClient(address)
    check("grpc, aio", session, pixels, await client.infer(NAME, inputs(grpc_aio, pixels)))
    await client.close()


def main():
    file = make()
    session = onnxruntime.InferenceSession(str(file))
    pixels = numpy.random.default_rng(6).integers(0, 256, (3, *SHAPE), numpy.uint8)
    server, address = start(file)
    try:
        over_http(address, session, pixels)
        over_grpc(address, session, pixels)
        asyncio.run(without_threads(address, session, pixels))
    finally:
        server.terminate()
        server.wait(60)
    shutil.rmtree(WORK)


main()
