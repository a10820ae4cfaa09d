"""Asks a server for raw tensors and pre-labels with the client that people have for the Open Inference Protocol, over HTTP and
gRPC, and holds what comes against ONNX Runtime in this process and against the server's own API. Then load generators of the
protocol's makers, where PERF_ANALYZER names one that starts here.

    check_tensors.py FIRSTPASS       the command; its first words if it has several
"""
import asyncio
import base64
import functools
import importlib.metadata
import json
import os
import pathlib
import platform
import queue
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request

import numpy
import onnx
import onnxruntime
import tritonclient.grpc as grpc
import tritonclient.grpc.aio as grpc_aio
import tritonclient.http as http
import tritonclient.http.aio as http_aio
from onnx import TensorProto, helper, numpy_helper
from tritonclient.grpc import InferenceServerClientPlugin
from tritonclient.grpc.auth import BasicAuth
from tritonclient.utils import InferenceServerException

from running import Running, bearer, report, row

FIRSTPASS = sys.argv[1:]
WORK = pathlib.Path(tempfile.mkdtemp(prefix="firstpass-tensors-"))
NAME = "scores"
SHAPE = [8, 8, 3]
PERF_ANALYZER = "2.60.0"
LOAD = "200 requests, 4 at a time, on three models over HTTP and gRPC"
PHOTO = sorted((pathlib.Path(__file__).parents[2] / "main/resources/samples").glob("*.jpg"))[0].read_bytes()

# The protocol's name of each type that a model may give, and ONNX's.
TYPES = {
    "BOOL": TensorProto.BOOL, "UINT8": TensorProto.UINT8, "UINT16": TensorProto.UINT16, "UINT32": TensorProto.UINT32,
    "UINT64": TensorProto.UINT64, "INT8": TensorProto.INT8, "INT16": TensorProto.INT16, "INT32": TensorProto.INT32,
    "INT64": TensorProto.INT64, "FP16": TensorProto.FLOAT16, "FP32": TensorProto.FLOAT, "FP64": TensorProto.DOUBLE,
    "BYTES": TensorProto.STRING,
}


def make(name="scores", batch="n", types=()):
    """A detector of one box whose numbers depend on every pixel of its row, and those numbers in other types."""
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
    for each in types:
        nodes.append(helper.make_node("Mul", ["means", "ten"], ["more_" + each]))
        nodes.append(helper.make_node("Abs", ["more_" + each], ["some_" + each]))
        nodes.append(helper.make_node("Cast", ["some_" + each], ["as_" + each], to=TYPES[each]))
    graph = helper.make_graph(
        nodes,
        "main",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, [batch, *SHAPE])],
        [
            helper.make_tensor_value_info("boxes", TensorProto.FLOAT, [batch, 1, 4]),
            helper.make_tensor_value_info("scores", TensorProto.FLOAT, [batch, 1, 1]),
            *(helper.make_tensor_value_info("as_" + each, TYPES[each], [batch, 5]) for each in types),
        ],
        [
            numpy_helper.from_array(weights, "weights"),
            numpy_helper.from_array(numpy.array([0, 1, 192], numpy.int64), "flat"),
            numpy_helper.from_array(numpy.array([4, 1], numpy.int64), "parts"),
            numpy_helper.from_array(numpy.array([1], numpy.int64), "axis"),
            *([numpy_helper.from_array(numpy.array([10], numpy.float32), "ten")] if types else []),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    helper.set_model_props(model, {"firstpass.family": "ssd", "names": '["thing"]'})
    file = WORK / (name + ".onnx")
    onnx.save(model, file)
    return file


def bundle(file):
    """With what a detector of so many outputs does not say by itself."""
    folder = WORK / "bundle"
    folder.mkdir()
    shutil.copy(file, folder / "model.onnx")
    (folder / "firstpass.yaml").write_text(
        "family: ssd\nclasses: [thing]\ninput: {color: RGB}\noutputs: {boxes: boxes, scores: scores}\n")
    return folder


def start(files):
    for name, file in files.items():
        done = subprocess.run([*FIRSTPASS, "models", "register", name, str(file), "--data", str(WORK / "data")], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    return Running(FIRSTPASS, WORK / "data", WORK / "log")


class Shown(InferenceServerClientPlugin):
    """By which the client shows a token with every call, over both wires."""

    def __init__(self, token):
        self.headers = {name.lower(): value for name, value in bearer(token).items()}

    def __call__(self, request):
        request.headers.update(self.headers)


def client_of(library, address, token):
    client = library.InferenceServerClient(address)
    client.register_plugin(Shown(token))
    return client


def refused_without(what, library, address, pixels, token):
    """Asks without a token, and with such as do not do; probes need none."""
    client = library.InferenceServerClient(address)
    assert client.is_server_live() and client.is_server_ready()
    code = "UNAUTHENTICATED" if library is grpc else "401"
    refused(f"{what}, no token", lambda: client.infer(NAME, inputs(library, pixels)), code, "no credential")
    client.register_plugin(Shown("fp_wrong"))
    refused(f"{what}, a wrong token", lambda: client.infer(NAME, inputs(library, pixels)), code)
    client.unregister_plugin()
    client.register_plugin(Shown(token("prelabel")))
    code = "PERMISSION_DENIED" if library is grpc else "403"
    refused(f"{what}, a token for pre-labels alone", lambda: client.infer(NAME, inputs(library, pixels)), code, "tensors")
    client.close()
    # The client brings a plugin for users and passwords.
    client = library.InferenceServerClient(address)
    client.register_plugin(BasicAuth("firstpass", token("tensors")))
    assert client.get_model_metadata(NAME)
    print("ok", what + ", a token as password")
    client.close()


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


def over_http(address, session, pixels, token):
    client, operator = client_of(http, address, token("prelabel", "tensors")), client_of(http, address, token("admin"))
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
    classified = [http.InferRequestedOutput("boxes", class_count=2)]
    check_classes("http, classification", session, pixels, client.infer(NAME, inputs(http, pixels), outputs=classified))
    for algorithm in ("gzip", "deflate"):
        check("http, " + algorithm, session, pixels, client.infer(
            NAME, inputs(http, pixels), request_compression_algorithm=algorithm, response_compression_algorithm=algorithm))
    check_statistics("http, statistics", lambda: client.get_inference_statistics(NAME)["model_stats"][0], client, http, pixels)
    assert NAME in [model["name"] for model in client.get_inference_statistics()["model_stats"]]
    check_repository("http, repository", client, operator, lambda: client.get_model_repository_index())
    refused("http, loading by a client that asks for tensors", lambda: client.load_model(NAME), "admin")
    refused_without("http", http, address, pixels, token)
    refused("http, load with a configuration", lambda: operator.load_model(NAME, config="{}"), "do not change")
    refused("http, shared memory", lambda: client.register_system_shared_memory("a", "/b", 1), "not served")
    refused("http, trace settings", lambda: client.get_trace_settings(), "not served")
    refused("http, log settings", lambda: client.update_log_settings({"log_verbose_level": 1}), "not served")
    refused("http, sequences", lambda: client.infer(NAME, inputs(http, pixels), sequence_id=7), "sequences")
    refused("http, wrong type", lambda: client.infer(NAME, wrong_type(http)), "UINT8")
    refused("http, unknown output", lambda: client.infer(
        NAME, inputs(http, pixels), outputs=[http.InferRequestedOutput("none")]), "none")
    check_prelabels("http, pre-labels", address, client, http, token("prelabel"))
    client.close()
    operator.close()


def over_grpc(address, session, pixels, token):
    client, operator = client_of(grpc, address, token("prelabel", "tensors")), client_of(grpc, address, token("admin"))
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
    classified = [grpc.InferRequestedOutput("boxes", class_count=2)]
    check_classes("grpc, classification", session, pixels, client.infer(NAME, inputs(grpc, pixels), outputs=classified))
    check("grpc, gzip", session, pixels, client.infer(NAME, inputs(grpc, pixels), compression_algorithm="gzip"))
    check_statistics(
        "grpc, statistics", lambda: client.get_inference_statistics(NAME, as_json=True)["model_stats"][0], client, grpc, pixels)
    check_repository("grpc, repository", client, operator, lambda: client.get_model_repository_index(as_json=True)["models"])
    refused("grpc, loading by a client that asks for tensors", lambda: client.load_model(NAME), "PERMISSION_DENIED", "admin")
    refused_without("grpc", grpc, address, pixels, token)
    refused("grpc, load with a configuration", lambda: operator.load_model(NAME, config="{}"), "UNIMPLEMENTED")
    refused("grpc, shared memory", lambda: client.register_system_shared_memory("a", "/b", 1), "UNIMPLEMENTED")
    refused("grpc, trace settings", lambda: client.get_trace_settings(), "UNIMPLEMENTED")
    refused("grpc, log settings", lambda: client.update_log_settings({"log_verbose_level": 1}), "UNIMPLEMENTED")
    refused("grpc, sequences", lambda: client.infer(NAME, inputs(grpc, pixels), sequence_id=7), "UNIMPLEMENTED")
    refused("grpc, wrong type", lambda: client.infer(NAME, wrong_type(grpc)), "INVALID_ARGUMENT")
    check_prelabels("grpc, pre-labels", address, client, grpc, token("prelabel"))
    stream(client, session, pixels)
    client.close()
    operator.close()


def wrong_type(library):
    image = library.InferInput("image", [1, *SHAPE], "FP32")
    image.set_data_from_numpy(numpy.zeros((1, *SHAPE), numpy.float32))
    return [image]


def check_classes(what, session, pixels, result):
    (boxes,) = session.run(["boxes"], {"image": pixels})
    for row, found in zip(boxes.reshape(len(pixels), 4), result.as_numpy("boxes")):
        expected = sorted(range(4), key=lambda i: -row[i])[:2]
        assert [int(each.decode().split(":")[1]) for each in found] == expected, (what, found, row)
        assert all(abs(float(each.decode().split(":")[0]) - row[i]) < 1e-6 for each, i in zip(found, expected)), what
    print("ok", what)


def check_statistics(what, statistics, client, library, pixels):
    def counts():
        now = statistics()
        return [int(now.get(name, 0)) for name in ("inference_count", "execution_count")] + [
            int(now["inference_stats"][name].get("count", 0)) for name in ("success", "queue", "compute_infer")]
    before = counts()
    for _ in range(5):
        client.infer(NAME, inputs(library, pixels))
    rows, runs, *requests = (after - earlier for after, earlier in zip(counts(), before))
    assert rows == 5 * len(pixels) and 5 <= runs <= rows and requests == [5, 5, 5], (what, rows, runs, requests)
    print("ok", what)


def check_repository(what, client, operator, index):
    def line():
        (found,) = [each for each in index() if each["name"] == NAME]
        return found
    assert line()["state"] == "READY" and line()["version"] == "1", (what, line())
    operator.unload_model(NAME)
    for _ in range(200):
        if "unloaded" in line().get("reason", ""):
            break
        time.sleep(0.05)
    assert "unloaded" in line().get("reason", ""), (what, line())
    operator.load_model(NAME)
    assert line().get("reason", "") == "" and client.is_model_ready(NAME), (what, line())
    print("ok", what)


def check_prelabels(what, address, client, library, token):
    """The same as the server's own API gives."""
    photo = library.InferInput("image", [1], "BYTES")
    photo.set_data_from_numpy(numpy.array([PHOTO], numpy.object_))
    options = library.InferInput("options", [1], "BYTES")
    options.set_data_from_numpy(numpy.array([b'{"format": "firstpass", "threshold": 0.01}'], numpy.object_))
    mine = json.loads(client.infer(NAME + ".prelabels", [photo, options]).as_numpy("prelabels")[0])
    request = urllib.request.Request(
        f"http://{address}/v1/models/{NAME}/prelabels?format=firstpass&threshold=0.01", PHOTO, {"Content-Type": "image/jpeg", **bearer(token)})
    with urllib.request.urlopen(request) as response:
        own = json.load(response)
    assert mine["annotations"] == own["annotations"] and len(own["annotations"]) == 1, (what, mine, own)
    refused(what + ", without an image", lambda: client.infer(NAME + ".prelabels", [options]), "image")
    assert client.is_model_ready(NAME + ".prelabels")
    print("ok", what)


def stream(client, session, pixels):
    """Good requests and bad ones on one call: each is answered in its turn."""
    answers = queue.Queue()
    client.start_stream(lambda result, error: answers.put((result, error)))
    for i in range(40):
        client.async_stream_infer(
            "none" if i % 7 == 3 else NAME, inputs(grpc, pixels[:1 + i % 3]), request_id=str(i),
            enable_empty_final_response=i % 2 == 0)
    for i in range(40):
        result, error = answers.get(timeout=60)
        if i % 7 == 3:
            assert "MODEL_NOT_FOUND" in str(error), (i, error)
        else:
            response = result.get_response()
            assert error is None and response.id == str(i), (i, error, response.id)
            assert ("triton_final_response" in response.parameters) == (i % 2 == 0), i
            for row in range(1 + i % 3):
                (scores,) = session.run(["scores"], {"image": pixels[row:row + 1]})
                assert (result.as_numpy("scores")[row:row + 1] == scores).all(), i
    client.stop_stream()
    print("ok grpc, stream")


def types(address, session, pixels, token):
    """Outputs of every type, as bytes, and as JSON where they have a form there."""
    expected = dict(zip([each.name for each in session.get_outputs()], session.run(None, {"image": pixels[:2]})))
    for library, client in ((http, client_of(http, address, token)), (grpc, client_of(grpc, address, token))):
        for binary in ([True, False] if library is http else [None]):
            names = ["as_" + each for each in TYPES if binary is not False or each != "FP16"]
            wanted = [library.InferRequestedOutput(name, **({} if binary is None else {"binary_data": binary})) for name in names]
            result = client.infer("types", inputs(library, pixels[:2]), outputs=wanted)
            for name in names:
                found, meant = result.as_numpy(name), expected[name]
                if name == "as_BYTES":
                    found = numpy.array([each if isinstance(each, str) else each.decode() for each in found.flat])
                    meant = numpy.array(list(meant.flat))
                assert found.shape == meant.shape and (found == meant).all(), (name, binary, found, meant)
        print("ok", library.__name__, "all types")
        client.close()


def bitmap(*seed):
    """A picture that was not there before: pre-labels that are at hand are not run, and the generator looks for runs."""
    pixels = numpy.random.default_rng(list("".join(map(str, seed)).encode())).bytes(8 * 8 * 3)
    header = struct.pack("<IiiHHIIiiII", 40, 8, 8, 1, 24, 0, len(pixels), 2835, 2835, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54 + len(pixels), 0, 0, 54) + header + pixels


def packed(text):
    """A tensor of one string, as the generator sends it."""
    return {"b64": base64.b64encode(struct.pack("<I", len(text)) + text).decode()}


def generate_load(address, token):
    """The load generator of the protocol's makers, a fixed number of requests at a time, on three models over both wires."""
    program = os.environ.get("PERF_ANALYZER", "")
    if not program:
        reason = f"its program needs glibc 2.38, and this machine has {platform.libc_ver()[1]}; PERF_ANALYZER names no other"
        print("left out: perf_analyzer:", reason)
        row("perf_analyzer", PERF_ANALYZER, LOAD, "left out: " + reason)
        return
    for wire in ("http", "grpc"):
        data = WORK / (wire + ".json")
        data.write_text(json.dumps({"data": [
            {"image": packed(bitmap(wire, i)), "options": packed(b"{}")} for i in range(400)]}))
        for model, more in ((NAME, ["-b", "2"]), ("fixed", []), (NAME + ".prelabels", ["--input-data", str(data)])):
            done = subprocess.run(
                [program, "-m", model, "-u", address, "-i", wire, "--request-count", "200", "--concurrency-range", "4",
                 *(word for name, value in bearer(token).items() for word in ("-H", f"{name.lower()}: {value}")), *more],
                capture_output=True, text=True, timeout=300)
            text = done.stdout + done.stderr
            assert done.returncode == 0 and "error" not in text.lower(), text
            (line,) = [each.strip() for each in text.splitlines() if "concurrency: 4" in each.lower()][-1:]
            print("ok perf_analyzer,", wire, model, line)
    row("perf_analyzer", PERF_ANALYZER, LOAD, "passed")


async def without_threads(address, session, pixels, token):
    client = client_of(http_aio, address, token)
    check("http, aio", session, pixels, await client.infer(NAME, inputs(http_aio, pixels)))
    await client.close()
    client = client_of(grpc_aio, address, token)
    check("grpc, aio", session, pixels, await client.infer(NAME, inputs(grpc_aio, pixels)))
    await client.close()


def main():
    file = make()
    session = onnxruntime.InferenceSession(str(file))
    of_types = make("types", types=TYPES)
    pixels = numpy.random.default_rng(6).integers(0, 256, (3, *SHAPE), numpy.uint8)
    server = start({NAME: file, "fixed": make("fixed", batch=1), "types": bundle(of_types)})
    address, token = server.url.split("//")[1], functools.cache(server.token)
    try:
        over_http(address, session, pixels, token)
        over_grpc(address, session, pixels, token)
        asyncio.run(without_threads(address, session, pixels, token("tensors")))
        types(address, onnxruntime.InferenceSession(str(of_types)), pixels, token("tensors"))
        generate_load(address, token("prelabel", "tensors"))
    finally:
        server.close()
    shutil.rmtree(WORK)
    report(
        "tritonclient", importlib.metadata.version("tritonclient"),
        "HTTP and gRPC, with tokens of three scopes: metadata, statistics, repository, infer, all types, classes, streams, pre-labels, refusals")


main()
