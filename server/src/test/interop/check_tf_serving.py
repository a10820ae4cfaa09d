"""Asks a server for predictions with the client that people have for TensorFlow Serving, its generated stubs, and over HTTP, and holds
what comes against TensorFlow in this process and, bit by bit, against the server's own raw tensors.

    check_tf_serving.py DATA FIRSTPASS

DATA       data directory with the demo's model `coco`, which is copied
FIRSTPASS  the command; its first words if it has several
"""
import base64
import contextlib
import importlib.metadata
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import urllib.request

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import grpc
import numpy
import requests
import tensorflow
from tensorflow.core.framework import tensor_pb2
from tensorflow_serving.apis import (
    classification_pb2, get_model_metadata_pb2, get_model_status_pb2, inference_pb2, model_management_pb2, model_service_pb2_grpc,
    predict_pb2, prediction_service_pb2_grpc, regression_pb2)

from running import PHOTOS, Running, bearer, report
from served import snippet

PAGE = "tensorflow-serving.md"
CLASSES = ["crop", "weed", "soil", "stone", "path"]
NUMPY = {"FP32": numpy.float32, "UINT8": numpy.uint8, "INT32": numpy.int32, "INT64": numpy.int64}


def ok(what):
    print("ok", what)


def export(folder):
    """A real architecture with weights of chance, written by Keras; and a module of its own with one signature of another name."""
    tensorflow.keras.utils.set_random_seed(7)
    net = tensorflow.keras.applications.MobileNetV2((96, 96, 3), alpha=0.35, weights=None, classes=len(CLASSES))
    with contextlib.redirect_stdout(io.StringIO()):
        net.export(folder / "old", verbose=False)
        net.set_weights([1.01 * weights for weights in net.get_weights()])
        net.export(folder / "net", verbose=False)

    class Means(tensorflow.Module):
        @tensorflow.function(input_signature=[tensorflow.TensorSpec([None, 8, 8, 3], tensorflow.uint8, name="image")])
        def means(self, image):
            pixels = tensorflow.cast(image, tensorflow.float32)
            means = tensorflow.reduce_mean(pixels, axis=[1, 2])
            # Of a black image it is no number.
            return {"means": tensorflow.concat([means / tensorflow.reduce_max(means, axis=1, keepdims=True), means[:, :2]], axis=1)}

    module = Means()
    tensorflow.saved_model.save(module, str(folder / "means"), signatures={"means": module.means})
    classes = "classes: [" + ", ".join(CLASSES) + "]\n"
    for name in ("old", "net"):
        (folder / name / "firstpass.yaml").write_text("family: classification\ninput: {color: RGB, scale: 0.00392156862745098}\n" + classes)
    (folder / "means/firstpass.yaml").write_text("family: classification\ninput: {color: RGB, scale: 1}\n" + classes)
    for name in ("old", "net", "means"):
        shutil.make_archive(folder / name, "zip", folder / name)


class Server:
    """On free ports of loopback, with a data directory of its own."""

    def __init__(self, firstpass, demo):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="firstpass-tf-serving-"))
        shutil.copytree(demo, self.work / "data", ignore=shutil.ignore_patterns("lock", "run", "server.json"))
        self.running = Running(firstpass, self.work / "data", self.work / "log")
        self.url, self.admin = self.running.url, self.running.admin
        self.address = self.url.removeprefix("http://")
        self.tfs = self.url + "/tfs/v1/models/"
        # What a client shows with each request.
        self.token = self.running.token("tensors")
        self.shown = bearer(self.token)

    def rest(self, method, path, **more):
        """`requests`, as the page uses it."""
        return requests.request(method, self.tfs + path, headers=self.shown, timeout=60, **more)

    def manage(self, method, path, body, **headers):
        answer = requests.request(method, self.admin + path, data=body, headers={**headers, **self.running.own}, timeout=180)
        assert answer.ok, (path, answer.status_code, answer.text)
        return answer.json()

    def register(self, name, file):
        told = self.manage(
            "POST", f"/v1/registry/models/{name}/versions", file.read_bytes(), **{"Content-Type": "application/octet-stream"})
        assert '"AVAILABLE"' in json.dumps(told), told

    def raw(self, model, inputs, version=""):
        """What the Open Inference Protocol gives, bit by bit."""
        names = {numpy.dtype(kind): name for name, kind in NUMPY.items()}
        head = json.dumps({
            "parameters": {"binary_data_output": True},
            "inputs": [{"name": name, "datatype": names[value.dtype], "shape": value.shape, "parameters": {"binary_data_size": value.nbytes}}
                       for name, value in inputs.items()]}).encode()
        request = urllib.request.Request(
            f"{self.url}/v2/models/{model}{version}/infer", head + b"".join(value.tobytes() for value in inputs.values()),
            {"Inference-Header-Content-Length": str(len(head)), "Content-Type": "application/octet-stream", **self.shown})
        with urllib.request.urlopen(request, timeout=60) as answer:
            length = int(answer.headers["Inference-Header-Content-Length"])
            told, rest = json.loads(answer.read(length)), answer.read()
        outputs, at = {}, 0
        for output in told["outputs"]:
            size = output["parameters"]["binary_data_size"]
            outputs[output["name"]] = numpy.frombuffer(rest[at:at + size], NUMPY[output["datatype"]]).reshape(output["shape"])
            at += size
        return outputs

    def close(self):
        self.running.close()
        shutil.rmtree(self.work, ignore_errors=True)


def predict_request(model, inputs, version=None, label=None, signature="", outputs=()):
    request = predict_pb2.PredictRequest()
    request.model_spec.name = model
    request.model_spec.signature_name = signature
    if version is not None:
        request.model_spec.version.value = version
    if label is not None:
        request.model_spec.version_label = label
    for name, value in inputs.items():
        request.inputs[name].CopyFrom(value if isinstance(value, tensor_pb2.TensorProto)
                                      else tensorflow.make_tensor_proto(value))
    request.output_filter.extend(outputs)
    return request


def equal(what, expected, found):
    assert set(expected) == set(found), (what, list(expected), list(found))
    for name, value in expected.items():
        other = found[name]
        assert value.dtype == other.dtype and value.shape == other.shape, (what, name, value.dtype, other.dtype, value.shape, other.shape)
        assert value.tobytes() == other.tobytes(), (what, name, value, other)
    ok(what)


class Shown(grpc.UnaryUnaryClientInterceptor):
    """By which the stubs show a token with every call: as metadata."""

    def __init__(self, token):
        self.metadata = [(name.lower(), value) for name, value in bearer(token).items()]

    def intercept_unary_unary(self, call, details, request):
        return call(details._replace(metadata=[*(details.metadata or ()), *self.metadata]), request)


def refused_without(server, channel, pixels):
    """Stubs and `requests` that show no token, or not the right one."""
    code = grpc.StatusCode
    for what, shown, status, reason in (
            ("no token", [], code.UNAUTHENTICATED, "UNAUTHENTICATED"),
            ("a wrong token", [Shown("fp_wrong")], code.UNAUTHENTICATED, "UNAUTHENTICATED"),
            ("a token for pre-labels alone", [Shown(server.running.token("prelabel"))], code.PERMISSION_DENIED, "PERMISSION_DENIED")):
        stub = prediction_service_pb2_grpc.PredictionServiceStub(grpc.intercept_channel(channel, *shown))
        refused("grpc, " + what, lambda: stub.Predict(predict_request("net", pixels), 30), status, reason)
        headers = {"Authorization": value for each in shown for _, value in each.metadata}
        response = requests.post(server.tfs + "net:predict", json={"instances": [1]}, headers=headers, timeout=60)
        expected = 401 if status == code.UNAUTHENTICATED else 403
        assert response.status_code == expected and response.json()["code"] == reason, (what, response.text)
        ok("http, " + what)


def arrays(response):
    return {name: tensorflow.make_ndarray(output) for name, output in response.outputs.items()}


def from_json(value, like, only):
    """`predictions` or `outputs` as arrays of the types that the model gives."""
    columns = {only: value} if only else value
    if isinstance(columns, list):
        columns = {name: [row[name] for row in columns] for name in columns[0]}
    return {name: numpy.array(column, like[name].dtype) for name, column in columns.items()}


def refused(what, call, code, reason):
    try:
        call()
    except grpc.RpcError as e:
        found = dict(e.trailing_metadata())["firstpass-reason"]
        assert e.code() == code and found == reason, (what, e.code(), found, e.details())
        ok(what)
        return
    raise AssertionError(what + " was not refused")


def over_grpc(server, channel, pixels):
    code = grpc.StatusCode
    shown = grpc.intercept_channel(channel, Shown(server.token))
    predictions, models = prediction_service_pb2_grpc.PredictionServiceStub(shown), model_service_pb2_grpc.ModelServiceStub(shown)
    wanted = server.raw("net", pixels)
    response = predictions.Predict(predict_request("net", pixels), 30)
    equal("grpc, Keras' own export", wanted, arrays(response))
    spec = response.model_spec
    assert (spec.name, spec.version.value, spec.signature_name) == ("net", 2, "serving_default"), spec
    (name, value), = wanted.items()
    # How many clients read it.
    assert list(response.outputs[name].float_val) == value.flatten().tolist()
    ok("grpc, float_val")
    ((input_name, images),) = pixels.items()
    typed = tensor_pb2.TensorProto(
        dtype=1, tensor_shape=tensorflow.TensorShape(images.shape).as_proto(), float_val=images.flatten())
    equal("grpc, values one by one", wanted, arrays(predictions.Predict(predict_request("net", {input_name: typed}), 30)))
    grey = tensorflow.make_tensor_proto(0.25, shape=images.shape, dtype=tensorflow.float32)
    assert len(grey.float_val) == 1
    equal("grpc, one value for all", server.raw("net", {input_name: numpy.full_like(images, 0.25)}),
          arrays(predictions.Predict(predict_request("net", {input_name: grey}), 30)))
    equal("grpc, an output named", wanted, arrays(predictions.Predict(predict_request("net", pixels, outputs=[name]), 30)))
    first = server.raw("net", pixels, "/versions/1")
    for found in (predict_request("net", pixels, version=1), predict_request("net", pixels, label="stable")):
        answer = predictions.Predict(found, 30)
        assert answer.model_spec.version.value == 1
        equal("grpc, by " + found.model_spec.WhichOneof("version_choice"), first, arrays(answer))

    image = {"image": numpy.random.default_rng(3).integers(0, 255, (2, 8, 8, 3), numpy.uint8)}
    wanted = server.raw("means", image)
    for signature in ("", "means", "serving_default"):
        equal("grpc, signature " + repr(signature), wanted, arrays(predictions.Predict(predict_request("means", image, signature=signature), 30)))

    request = get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=["signature_def"])
    request.model_spec.name = "means"
    signatures = get_model_metadata_pb2.SignatureDefMap()
    metadata = predictions.GetModelMetadata(request, 30)
    assert metadata.metadata["signature_def"].Unpack(signatures)
    ((signature, told),) = signatures.signature_def.items()
    assert signature == "means" and told.method_name == "tensorflow/serving/predict"
    assert told.inputs["image"].dtype == tensorflow.uint8.as_datatype_enum
    assert tensorflow.TensorShape(told.inputs["image"].tensor_shape).as_list() == [None, 8, 8, 3]
    ok("grpc, metadata")

    request = get_model_status_pb2.GetModelStatusRequest()
    request.model_spec.name = "net"
    states = [(each.version, each.state) for each in models.GetModelStatus(request, 30).model_version_status]
    available = get_model_status_pb2.ModelVersionStatus.AVAILABLE
    assert states == [(2, available), (1, available)], states
    request.model_spec.version_label = "stable"
    assert [each.version for each in models.GetModelStatus(request, 30).model_version_status] == [1]
    ok("grpc, status")

    refused("grpc, unknown model", lambda: predictions.Predict(predict_request("none", pixels), 30), code.NOT_FOUND, "MODEL_NOT_FOUND")
    refused("grpc, unknown version", lambda: predictions.Predict(predict_request("net", pixels, version=9), 30), code.NOT_FOUND, "VERSION_NOT_FOUND")
    refused("grpc, unknown label", lambda: predictions.Predict(predict_request("net", pixels, label="none"), 30), code.NOT_FOUND, "VERSION_NOT_FOUND")
    refused("grpc, unknown signature", lambda: predictions.Predict(predict_request("net", pixels, signature="none"), 30),
            code.FAILED_PRECONDITION, "ARGUMENT_INVALID")
    refused("grpc, wrong shape", lambda: predictions.Predict(predict_request("net", {input_name: images[:, :5]}), 30),
            code.INVALID_ARGUMENT, "ARGUMENT_INVALID")
    refused("grpc, wrong type", lambda: predictions.Predict(predict_request("net", {input_name: images.astype(numpy.float64)}), 30),
            code.INVALID_ARGUMENT, "ARGUMENT_INVALID")
    refused("grpc, strings", lambda: predictions.Predict(predict_request("net", {input_name: [b"a", b"b"]}), 30),
            code.INVALID_ARGUMENT, "ARGUMENT_INVALID")
    refused("grpc, classify", lambda: predictions.Classify(classification_pb2.ClassificationRequest(), 30), code.UNIMPLEMENTED, "NOT_SUPPORTED")
    refused("grpc, regress", lambda: predictions.Regress(regression_pb2.RegressionRequest(), 30), code.UNIMPLEMENTED, "NOT_SUPPORTED")
    refused("grpc, multi-inference", lambda: predictions.MultiInference(inference_pb2.MultiInferenceRequest(), 30),
            code.UNIMPLEMENTED, "NOT_SUPPORTED")
    reload = model_management_pb2.ReloadConfigRequest()
    refused("grpc, reload by a client that asks for tensors", lambda: models.HandleReloadConfigRequest(reload, 30),
            code.PERMISSION_DENIED, "PERMISSION_DENIED")
    operator = model_service_pb2_grpc.ModelServiceStub(grpc.intercept_channel(channel, Shown(server.running.token("admin"))))
    refused("grpc, reload", lambda: operator.HandleReloadConfigRequest(reload, 30), code.UNIMPLEMENTED, "NOT_SUPPORTED")


def answer(response):
    assert response.ok, response.text
    return response.json()


def over_http(server, pixels):
    wanted = server.raw("net", pixels)
    ((name, _),) = wanted.items()
    ((input_name, images),) = pixels.items()
    for body in ({"instances": images.tolist()}, {"instances": [{input_name: each} for each in images.tolist()], "signature_name": "serving_default"}):
        found = answer(server.rest("POST", "net:predict", json=body))
        equal("http, rows", wanted, from_json(found["predictions"], wanted, name))
    for inputs in (images.tolist(), {input_name: images.tolist()}):
        found = answer(server.rest("POST", "net:predict", data=json.dumps({"inputs": inputs})))
        equal("http, columns", wanted, from_json(found["outputs"], wanted, name))
    first = server.raw("net", pixels, "/versions/1")
    for path in ("net/versions/1", "net/labels/stable"):
        found = answer(server.rest("POST", path + ":predict", json={"instances": images.tolist()}))
        equal("http, " + path, first, from_json(found["predictions"], first, name))

    black = {"image": numpy.zeros((1, 8, 8, 3), numpy.uint8)}
    response = server.rest("POST", "means:predict", json={"instances": black["image"].tolist()})
    assert "NaN" in response.text, response.text
    found = from_json(answer(response)["predictions"], server.raw("means", black), "means")
    assert numpy.array_equal(server.raw("means", black)["means"], found["means"], equal_nan=True)
    ok("http, what is no number")

    metadata = answer(server.rest("GET", "means/metadata"))
    dims = metadata["metadata"]["signature_def"]["signature_def"]["means"]["inputs"]["image"]["tensor_shape"]["dim"]
    assert [int(dim["size"]) for dim in dims] == [-1, 8, 8, 3], metadata
    status = answer(server.rest("GET", "net"))["model_version_status"]
    assert [(each["version"], each["state"], each["status"]["error_code"]) for each in status] == [
        ("2", "AVAILABLE", "OK"), ("1", "AVAILABLE", "OK")], status
    assert [each["version"] for each in answer(server.rest("GET", "net/labels/stable"))["model_version_status"]] == ["1"]
    ok("http, metadata and status")

    for what, path, body, status, reason in (
            ("unknown model", "none:predict", {"instances": [1]}, 404, "MODEL_NOT_FOUND"),
            ("unknown version", "net/versions/9:predict", {"instances": [1]}, 404, "VERSION_NOT_FOUND"),
            ("unknown label", "net/labels/none:predict", {"instances": [1]}, 404, "VERSION_NOT_FOUND"),
            ("unknown signature", "net:predict", {"instances": images.tolist(), "signature_name": "none"}, 400, "ARGUMENT_INVALID"),
            ("wrong shape", "net:predict", {"instances": [[1, 2]]}, 400, "ARGUMENT_INVALID"),
            ("bytes for numbers", "net:predict", {"instances": [{"b64": base64.b64encode(b"a").decode()}]}, 400, "ARGUMENT_INVALID"),
            ("no tensors", "net:predict", {}, 400, "ARGUMENT_INVALID"),
            ("classify", "net:classify", {"examples": [{}]}, 501, "NOT_SUPPORTED")):
        response = server.rest("POST", path, json=body)
        assert response.status_code == status and response.json()["code"] == reason and response.json()["error"], (what, response.text)
        ok("http, " + what)


def coco(server, predictions):
    """The demo's detector, on another engine: a real photo, and outputs of several tensors."""
    metadata = server_metadata(server, "coco")
    (image,) = metadata["inputs"]
    shape = [extent if extent > 0 else 1 if axis == 0 else 300 for axis, extent in enumerate(image["shape"])]
    photo = tensorflow.image.resize(tensorflow.io.decode_jpeg((PHOTOS / "dog.jpg").read_bytes()), [300, 300])
    values = numpy.asarray(photo).astype(NUMPY[image["datatype"]]).reshape(shape)
    wanted = server.raw("coco", {image["name"]: values})
    assert len(wanted) > 1 and max(numpy.abs(value).max() for value in wanted.values()) > 0
    equal("grpc, coco", wanted, arrays(predictions.Predict(predict_request("coco", {image["name"]: values}), 60)))
    found = answer(server.rest("POST", "coco:predict", json={"inputs": values.tolist()}))["outputs"]
    equal("http, coco", wanted, from_json(found, wanted, None))


def server_metadata(server, model):
    request = urllib.request.Request(f"{server.url}/v2/models/{model}", headers=server.shown)
    with urllib.request.urlopen(request, timeout=60) as described:
        return json.load(described)


def as_tensorflow(server, folder, pixels):
    """Another release of TensorFlow may sum in another order."""
    ((input_name, images),) = pixels.items()
    loaded = tensorflow.saved_model.load(str(folder / "net")).signatures["serving_default"]
    wanted = {name: value.numpy() for name, value in loaded(**{input_name: tensorflow.constant(images)}).items()}
    found = server.raw("net", pixels)
    assert set(wanted) == set(found)
    for name, value in wanted.items():
        numpy.testing.assert_allclose(found[name], value, rtol=1e-4, atol=1e-6)
    ok("as TensorFlow itself")


def page(server):
    """What stands on the page, with what it says about credentials."""
    text = snippet(PAGE, "import grpc", {
        "127.0.0.1:8080": server.address,
        "timeout=30)": f'timeout=30, metadata=[("authorization", "Bearer {server.token}")])'})
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and "scores" in done.stdout, done.stdout + done.stderr
    text = snippet(PAGE, "curl -sf", {
        "127.0.0.1:8080": server.address, "curl -sf": f'curl -sf -H "Authorization: Bearer {server.token}"'})
    done = subprocess.run(["sh", "-ec", text], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and '"AVAILABLE"' in done.stdout and '"outputs"' in done.stdout, done.stdout + done.stderr
    ok("the page's examples")


def main():
    demo, *firstpass = sys.argv[1:]
    folder = pathlib.Path(tempfile.mkdtemp(prefix="firstpass-saved-"))
    server = Server(firstpass, demo)
    try:
        export(folder)
        server.register("net", folder / "old.zip")
        server.register("net", folder / "net.zip")
        server.register("means", folder / "means.zip")
        server.manage("PUT", "/v1/registry/models/net/aliases/production", '{"version": 2}', **{"Content-Type": "application/json"})
        server.manage("PUT", "/v1/registry/models/net/aliases/stable", '{"version": 1}', **{"Content-Type": "application/json"})
        (image,) = server_metadata(server, "net")["inputs"]
        pixels = {image["name"]: numpy.random.default_rng(5).normal(0, 1, (2, 96, 96, 3)).astype(numpy.float32)}
        as_tensorflow(server, folder, pixels)
        with grpc.insecure_channel(server.address) as channel:
            refused_without(server, channel, pixels)
            over_grpc(server, channel, pixels)
            over_http(server, pixels)
            coco(server, prediction_service_pb2_grpc.PredictionServiceStub(grpc.intercept_channel(channel, Shown(server.token))))
        page(server)
    finally:
        server.close()
        shutil.rmtree(folder, ignore_errors=True)
    report(
        "tensorflow-serving-api", importlib.metadata.version("tensorflow-serving-api"),
        "gRPC and, by requests, HTTP, with a token as metadata and header: predict, metadata, status, versions, labels, signatures, refusals, on two SavedModels and coco")


if __name__ == "__main__":
    main()
