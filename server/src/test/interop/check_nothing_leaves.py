"""Proves that neither weights nor images leave a server but in the answers to its callers, and that these have neither of them.

The server runs in a network of its own (sinkhole.py), in which every name resolves and every packet is seen. A model and two images
with marks in them are registered, pre-labeled and asked about through every door (`ask_doors`, `call_doors`: each has to answer that it
did what was asked), sent broken, and evaluated; then every route of both OpenAPI documents and every method of gRPC is asked with next to
nothing. Requests are traced to a collector beside the server (otlp_collector.py). Then:

- no packet left the server that was no answer to a client's request, and no system call asked for one (where strace is there);
- no answer, header, error, log line, metric, trace, thread dump, or byte that crossed the wire has a mark, in any of the forms of
  `Mark`, nor has any file of the server's but the registry's own;
- what should be seen is seen: a mark in each form in what is looked through, ONNX Runtime's telemetry where nothing holds it, and
  a fetch from an address that the settings allow.

ONNX Runtime's telemetry is held by its switch in the environment alone, and by a worker's wall alone.

    check_nothing_leaves.py FIRSTPASS       the launcher of a tree whose tests have been compiled
"""
import base64
import gzip
import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zlib

import grpc
import numpy
import onnx
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from onnx import TensorProto, helper

import served
import sinkhole
from running import PHOTOS

ROOT = pathlib.Path(__file__).resolve().parents[4]
FIRSTPASS = [str(pathlib.Path(sys.argv[1]).resolve()), *sys.argv[2:]]
HOMES = [*filter(None, [os.environ.get("JAVA_HOME")]), *sorted(map(str, pathlib.Path("/usr/lib/jvm").glob("*-25*")))]
JAVA = next(pathlib.Path(home, "bin/java") for home in HOMES if 'JAVA_VERSION="25' in pathlib.Path(home, "release").read_text())
ADMIN, DATA = 8081, 8080
COLLECTOR = 4318
REFLECTION = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"


class Mark:
    """64 bytes that are nowhere by chance, and the forms in which they would still be they."""

    def __init__(self, name, floats):
        self.name = name
        self.floats = numpy.array(floats, numpy.float32)
        self.bytes = self.floats.tobytes()
        self.decimals = [f"{abs(value):.6g}".lstrip("0").encode() for value in self.floats.tolist()]

    def found(self, text):
        """The form in which it is in these bytes; empty if it is not."""
        lower = text.lower()
        if self.bytes in text or self.bytes[:32] in text or self.bytes[32:] in text:
            return "raw"
        if self.bytes[:16].hex().encode() in lower:
            return "hex"
        # What stands before decides how three bytes become four characters.
        for before in range(3):
            inner = base64.b64encode(b"\0" * before + self.bytes[:24])[4:28]
            if inner in text or inner.translate(bytes.maketrans(b"+/", b"-_")) in text:
                return "base64"
        numbers = [str(byte).encode() for byte in self.bytes[:12]]
        if re.search(rb"[,;\s]+".join(numbers), text):
            return "bytes as numbers"
        if sum(decimal in text for decimal in self.decimals) >= 3:
            return "floats as text"
        half = self.floats.astype(numpy.float16).tobytes()
        if half in text or self.floats.astype(numpy.float64).tobytes()[:64] in text:
            return "other floats"
        for start in (match.start() for match in re.finditer(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]", text)):
            try:
                plain = zlib.decompressobj(47).decompress(text[start:], 16 << 20)
            except zlib.error:
                continue
            if len(plain) > 32 and (inside := self.found(plain)):
                return "packed " + inside
        return ""


def marks():
    random = numpy.random.default_rng(int.from_bytes(os.urandom(8), "big"))
    return (Mark("weights", random.normal(0, 1 / 16, 16)), Mark("image", random.normal(0, 1, 16)))


def forms(mark):
    """The mark in each of its forms: what the search has to find."""
    numbers = ", ".join(str(byte) for byte in mark.bytes)
    return {
        "raw": b"x" + mark.bytes, "hex": b"x" + mark.bytes.hex().upper().encode(),
        "base64": b'{"a": "' + base64.b64encode(b"x" + mark.bytes + b"yz") + b'"}',
        "url-safe base64": base64.urlsafe_b64encode(b"xy" + mark.bytes + b"z"),
        "numbers": f"[1, {numbers}]".encode(), "floats": json.dumps(mark.floats.tolist()).encode(),
        "half floats": b"x" + mark.floats.astype(numpy.float16).tobytes(),
        "gzip": gzip.compress(b"before" + mark.bytes * 3), "zlib in other bytes": b"PNG" + zlib.compress(b"a" * 99 + mark.bytes) + b"IEND"}


class Search:
    """All that came out, and what was found in it."""

    def __init__(self, all_marks):
        self.marks = all_marks
        self.looked_at = 0
        self.bytes = 0
        self.hits = []

    def look(self, where, text):
        self.looked_at += 1
        self.bytes += len(text)
        for mark in self.marks:
            form = mark.found(text)
            if form:
                self.hits.append(f"{where}: the mark of the {mark.name}, {form}")


def marked_model(file, mark):
    """A detector of one box, the first of whose weights are the mark."""
    served.boxes(file)
    model = onnx.load(file)
    for tensor in model.graph.initializer:
        if tensor.name == "weights":
            tensor.raw_data = mark.bytes + tensor.raw_data[len(mark.bytes):]
    onnx.save(model, file)


def marked_jpeg(mark):
    """A photo with the mark in a comment and where a camera puts what it knows."""
    photo = (PHOTOS / "dog.jpg").read_bytes()
    comment = b"\xff\xfe" + struct.pack(">H", len(mark.bytes) + 2) + mark.bytes
    return photo[:2] + comment + photo[2:]


def marked_png(mark):
    """An image whose first pixels are the mark."""
    rows = (mark.bytes * 6)[:192] + bytes(range(192)) * 63
    raw = b"".join(b"\0" + rows[at:at + 192] for at in range(0, len(rows), 192))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 64, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b""))


class Server:
    """A server in the sinkhole that asks for a token."""

    def __init__(self, sink, work, settings):
        self.sink, self.work, self.data = sink, work, work / "data"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("CI", "FIRSTPASS", "ORT"))},
            "HOME": str(work / "home"), "TMPDIR": str(work / "temp"), "FIRSTPASS_SECURITY_AUTHENTICATION": "tokens",
            "FIRSTPASS_ADMIN_HOST": sinkhole.INSIDE, "FIRSTPASS_LOGGING_REQUESTS": "all", "FIRSTPASS_OBSERVABILITY_TRACING": "otlp",
            "FIRSTPASS_OBSERVABILITY_OTLP_ENDPOINT": f"http://127.0.0.1:{COLLECTOR}", **settings}
        for folder in ("home", "temp"):
            (work / folder).mkdir(exist_ok=True)
        scopes = [word for scope in ("prelabel", "tensors", "register", "promote", "admin", "metrics") for word in ("--scope", scope)]
        self.token = subprocess.run([*FIRSTPASS, "token", "create", "proof", *scopes, "--data", str(self.data)], env=self.environment,
                                    check=True, capture_output=True, text=True).stdout.split()[-1]
        # On loopback inside: what goes there is no packet on the wire, so whatever is one still has no other reason than a client.
        self.spans = work / "spans"
        self.spans.mkdir()
        self.collector = subprocess.Popen(
            sink.inside([sys.executable, pathlib.Path(__file__).with_name("otlp_collector.py"), COLLECTOR, self.spans]),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.collector.stdout.readline() == "listening\n"
        self.trace = work / "calls"
        traced = ["strace", "-f", "-qq", "-e", "trace=connect,sendto,sendmsg,sendmmsg", "-o", self.trace] if shutil.which("strace") else []
        self.log = work / "log"
        self.process = subprocess.Popen(
            sink.inside([*traced, *FIRSTPASS, "serve", "--data", self.data, "--host", sinkhole.INSIDE, "--port", DATA,
                         "--admin-port", ADMIN]),
            env=self.environment, stdout=subprocess.PIPE, stderr=self.log.open("w"), text=True)
        line = self.process.stdout.readline()
        assert line.startswith("ready "), (line, self.log.read_text())
        self.pid = json.loads((self.data / "server.json").read_text())["pid"]

    def call(self, port, method, path, body=None, headers=None):
        """Status, and all of the answer's bytes, its head too."""
        request = urllib.request.Request(
            f"http://{sinkhole.INSIDE}:{port}{path}", body, {"Authorization": "Bearer " + self.token, **(headers or {})}, method=method)
        try:
            answer = urllib.request.urlopen(request, timeout=120)
        except urllib.error.HTTPError as refused:
            answer = refused
        with answer:
            return answer.status, str(answer.headers).encode() + answer.read()

    def close(self):
        """Ends it; it sends its last spans meanwhile."""
        if self.process.poll() is None:
            os.kill(self.pid, 15)
            self.process.wait(60)
        self.collector.terminate()
        self.collector.wait(60)


def operations(document):
    """Every path and method of an OpenAPI document of the server, whose form is known."""
    path = ""
    for line in document.splitlines():
        if found := re.match(r"  (/\S*):$", line):
            path = found.group(1)
        elif re.match(r"\S", line):
            path = ""
        elif path and (found := re.match(r"    (get|head|post|put|patch|delete):$", line)):
            yield found.group(1).upper(), path


def filled(path):
    values = {"version": "1", "number": "1", "alias": "production", "label": "thing", "format": "coco"}
    return re.sub(r"\{(\w+)\*?\}", lambda name: values.get(name.group(1), "marked"), path)


class Asked:
    """Sends requests, and looks through each answer."""

    def __init__(self, server, search):
        self.server, self.search = server, search
        self.done = {"good": 0, "all": 0}
        self.doors = []

    def __call__(self, what, port, method, path, body=None, expected=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        status, answer = self.server.call(port, method, path, body, headers)
        assert expected is None or status == expected, (what, method, path, status, answer[-500:])
        self.done["all"] += 1
        self.done["good"] += status // 100 == 2
        self.search.look(f"{what}, {method} {path}", answer)
        return answer

    def door(self, name, path, body, finds=b"thing", **headers):
        """What a door is for: it has to be answered with 200 and with what was found. The body is made to JSON unless it is bytes."""
        if not isinstance(body, bytes):
            body, headers = json.dumps(body).encode(), {"Content_Type": "application/json", **headers}
        answer = self(name, DATA, "POST", path, body, 200, **headers)
        assert finds in answer, (name, path, answer[-500:])
        self.passed(name)
        return answer

    def passed(self, name):
        if name not in self.doors:
            self.doors.append(name)


def exercise(server, search, model, images, mark):
    """Uses everything. Returns how many requests were answered with 2xx, and how many in all; the doors that were gone through; how many
    routes and methods of gRPC there are."""
    ask = Asked(server, search)
    octets, json_type = "application/octet-stream", "application/json"
    weights = model.read_bytes()
    ask("registration", ADMIN, "POST", "/v1/registry/models/marked/versions", weights, 201, Content_Type=octets)
    ask.passed("registration")
    opened = ask("registration in parts", ADMIN, "POST", "/v1/registry/uploads", json.dumps({"length": len(weights)}).encode(), 201,
                 Content_Type=json_type)
    upload = json.loads(opened.split(b"\n\n", 1)[1])["id"]
    for at in range(0, len(weights), len(weights) // 2):
        ask("registration in parts", ADMIN, "PATCH", f"/v1/registry/uploads/{upload}", weights[at:at + len(weights) // 2], 204,
            Content_Type=octets, Upload_Offset=str(at))
    ask("registration in parts", ADMIN, "POST", "/v1/registry/models/parts/versions", json.dumps({"upload": upload}).encode(), 201,
        Content_Type=json_type)
    ask.passed("registration in parts")
    ask("registration", ADMIN, "POST", "/v1/registry/models/marked/versions", weights + b"\x12\0", Content_Type=octets)
    ask("a broken model", ADMIN, "POST", "/v1/registry/models/broken/versions", weights[:-40], Content_Type=octets)
    served.pointed(server.work / "pointed")
    bundle = pathlib.Path(shutil.make_archive(server.work / "bundle", "zip", server.work / "pointed"))
    ask("registration", ADMIN, "POST", "/v1/registry/models/pointed/versions", bundle.read_bytes(), 201, Content_Type=octets)
    until = time.monotonic() + 120
    while not all(server.call(DATA, "POST", f"/v1/models/{name}/{what}", images[0], {"Content-Type": "image/jpeg"})[0] == 200
                  for name, what in (("marked", "prelabels"), ("pointed", "assets"))):
        assert time.monotonic() < until, "the models were not served"
        time.sleep(0.5)
    for image, kind in zip(images, ("image/jpeg", "image/png")):
        ask_doors(ask, image, kind)
        abuse(ask, image, kind)
    row = (mark.bytes * 3)[:192]
    ask_tensors(ask, row)
    listeners = [Methods(server, search, port) for port in (DATA, ADMIN)]
    try:
        for image in images:
            call_doors(ask, listeners[0], image, row)
        register(ask, listeners[1], weights)
        ask("an address that is not allowed", DATA, "POST", "/v1/models/marked/prelabels",
            json.dumps({"asset": {"uri": "http://images.example.org/dog.jpg"}}).encode(), 403, Content_Type=json_type)
        ask("evaluation", ADMIN, "POST", "/v1/registry/models/marked/versions/1:validate", b"{}", 200, Content_Type=json_type)
        routes = ask_routes(ask)
        return ask.done, ask.doors, routes, sum(listener.call_all() for listener in listeners)
    finally:
        for listener in listeners:
            listener.channel.close()


def ask_doors(ask, image, kind):
    """The image through every door of HTTP that takes images, as its clients send it."""
    encoded = base64.b64encode(image).decode()
    uri = f"data:{kind};base64,{encoded}"
    formats = [entry["id"] for entry in json.loads(ask("formats", DATA, "GET", "/v1/formats").split(b"\n\n", 1)[1])["formats"]]
    for name in formats:
        ask("labels", DATA, "POST", f"/v1/models/marked/prelabels?format={name}", image, 200, Content_Type=kind)
    ask("labels, packed", DATA, "POST", "/v1/models/marked/prelabels", image, 200, Content_Type=kind, Accept_Encoding="gzip")
    ask.door("labels", "/v1/models/marked/prelabels", image, Content_Type=kind)
    ask.door("labels, JSON", "/v1/models/marked/prelabels", {"asset": {"base64": encoded}})
    parts = (b'--part\r\nContent-Disposition: form-data; name="image"; filename="a"\r\nContent-Type: ' + kind.encode() + b"\r\n\r\n" + image
             + b"\r\n--part--\r\n")
    ask.door("labels, a form", "/v1/models/marked/prelabels", parts, Content_Type="multipart/form-data; boundary=part")
    held = ask.door("opened images", "/v1/models/pointed/assets", image, b'"held":true', Content_Type=kind)
    digest = json.loads(held.split(b"\n\n", 1)[1])["asset"]["digest"]
    ask.door("prompts", "/v1/models/pointed/prelabels", {"asset": {"digest": digest}, "prompt": {"points": [{"x": 9, "y": 9}]}}, b'"mask"')
    labels = '<View><Image name="photo" value="$image"/><RectangleLabels name="a" toName="photo"><Label value="thing"/></RectangleLabels></View>'
    ask.door("Label Studio", "/label-studio/marked/predict", {"tasks": [{"id": 1, "data": {"image": uri}}], "label_config": labels})
    ask.door("CVAT", "/api/function_invocations", {"image": encoded, "threshold": 0.1}, x_nuclio_function_name="marked")
    ask.door("CVAT, pointed at", "/api/function_invocations",
             {"image": encoded, "pos_points": [[9, 9]], "neg_points": [], "obj_bbox": []}, b'"mask"', x_nuclio_function_name="pointed")
    ask.door("X-AnyLabeling", "/x-anylabeling/v1/predict", {"model": "marked", "image": uri, "params": {"conf_threshold": 0.1}})
    ask.door("Roboflow", "/roboflow/infer/object_detection", {"model_id": "marked", "image": {"type": "base64", "value": encoded}})
    ask.door("Roboflow, the older way", "/roboflow/marked/production?confidence=1", encoded.encode(),
             Content_Type="application/x-www-form-urlencoded")
    sized = struct.pack("<I", len(image)) + image
    head = json.dumps({"inputs": [{"name": "image", "shape": [1], "datatype": "BYTES", "parameters": {"binary_data_size": len(sized)}}]}).encode()
    ask.door("Open Inference, pre-labels", "/v2/models/marked.prelabels/infer", head + sized, Content_Type="application/octet-stream",
             Inference_Header_Content_Length=str(len(head)))


def abuse(ask, image, kind):
    """The image where it does not belong, and what is left of it."""
    ask("a broken image", DATA, "POST", "/v1/models/marked/prelabels", image[:len(image) // 2], 422, Content_Type=kind)
    ask("an image, cut", DATA, "POST", "/v1/models/marked/prelabels", image[40:], Content_Type=kind)
    ask("a model that is not pointed at", DATA, "POST", "/v1/models/marked/assets", image, Content_Type=kind)
    ask("bytes that are no JSON", DATA, "POST", "/v1/models/marked/prelabels", image, 400, Content_Type="application/json")
    ask("bytes that are no manifest", ADMIN, "PUT", "/v1/registry/projects/marked", image, Content_Type="application/yaml")
    encoded = base64.b64encode(image[:len(image) // 2]).decode()
    for door, body, headers in (
            ("/label-studio/marked/predict", image, {}), ("/api/function_invocations", {"image": encoded}, {"x_nuclio_function_name": "marked"}),
            ("/x-anylabeling/v1/predict", {"model": "marked", "image": encoded}, {}), ("/v2/models/marked/infer", image, {}),
            ("/roboflow/infer/object_detection", {"model_id": "marked", "image": {"type": "base64", "value": encoded}}, {}),
            ("/tfs/v1/models/marked:predict", image, {})):
        answer = ask("a broken image", DATA, "POST", door, body if isinstance(body, bytes) else json.dumps(body).encode(),
                     Content_Type="application/json", **headers)
        assert b"thing" not in answer, (door, answer[-500:])


def ask_tensors(ask, row):
    """Pixels through the doors of HTTP that take tensors; the model gives numbers back, which are not theirs."""
    pixels = list(row)
    nested = numpy.reshape(pixels, (8, 8, 3)).tolist()
    shape = {"name": "image", "shape": [1, 8, 8, 3], "datatype": "UINT8"}
    ask.door("Open Inference", "/v2/models/marked/infer", {"inputs": [{**shape, "data": pixels}]}, b'"boxes"')
    head = json.dumps({"inputs": [{**shape, "parameters": {"binary_data_size": len(row)}}]}).encode()
    ask.door("Open Inference, binary", "/v2/models/marked/infer", head + row, b'"boxes"', Content_Type="application/octet-stream",
             Inference_Header_Content_Length=str(len(head)))
    for path in ("", "/versions/1", "/labels/production"):
        ask.door("TensorFlow Serving", f"/tfs/v1/models/marked{path}:predict", {"instances": [nested]}, b'"predictions"')
    ask.door("TensorFlow Serving", "/tfs/v1/models/marked:predict", {"inputs": {"image": [nested]}}, b'"outputs"')
    ask("tensors of another shape", DATA, "POST", "/v2/models/marked/infer",
        json.dumps({"inputs": [{**shape, "shape": [1, 4, 8, 3], "data": pixels}]}).encode(), 400, Content_Type="application/json")
    ask("tensors of another shape", DATA, "POST", "/tfs/v1/models/marked:predict", json.dumps({"instances": nested}).encode(), 400,
        Content_Type="application/json")


def ask_routes(ask):
    """Every route of both documents, with next to nothing. Returns how many there are."""
    routes = 0
    for port in (DATA, ADMIN):
        document = ask.server.call(port, "GET", "/openapi.yaml")[1].decode()
        for method, path in sorted(operations(document), key=lambda each: (each[0] == "DELETE", each)):
            if "watch" in path.lower():
                continue
            routes += 1
            body = None if method in ("GET", "HEAD", "DELETE") else b"{}"
            ask("each route", port, method, filled(path), body, **({} if body is None else {"Content_Type": "application/json"}))
    for page in ("/", "/console", "/metrics"):
        for port in (DATA, ADMIN):
            ask("pages and metrics", port, "GET", page)
    return routes


class Methods:
    """The methods that a listener's reflection names, and messages for them."""

    def __init__(self, server, search, port):
        self.search, self.port = search, port
        self.metadata = [("authorization", "Bearer " + server.token)]
        self.channel = grpc.insecure_channel(f"{sinkhole.INSIDE}:{port}")
        self.known, self.names = {}, []
        self.pool = descriptor_pool.DescriptorPool()
        listed = self.reflect(b"\x3a\x00")
        for service in sorted({name.decode() for name in re.findall(rb"[a-zA-Z_][\w.]*\.[A-Z]\w+", listed)} - {"ServerReflection"}):
            name = service.encode()
            described = files(self.reflect(b"\x22" + bytes([len(name)]) + name))
            self.known.update({file.name: file for file in described})
            for one in (one for file in described for one in file.service if f"{file.package}.{one.name}" == service):
                if "reflection" not in service and "Health" not in service:
                    self.names.extend(f"{service}/{method.name}" for method in one.method)
        added = set()

        def add(name):
            if name in added:
                return
            added.add(name)
            if name not in self.known:
                encoded = name.encode()
                self.known.update({file.name: file for file in files(self.reflect(b"\x1a" + bytes([len(encoded)]) + encoded))})
            for needed in self.known[name].dependency:
                add(needed)
            self.pool.Add(self.known[name])

        for name in list(self.known):
            add(name)

    def reflect(self, request):
        return b"".join(self.stream(REFLECTION)(iter([request]), metadata=self.metadata, timeout=30))

    def stream(self, path):
        return self.channel.stream_stream(path, request_serializer=bytes, response_deserializer=bytes)

    def message(self, name, **fields):
        return message_factory.GetMessageClass(self.pool.FindMessageTypeByName(name))(**fields)

    def call(self, method, *messages):
        """Whether it ended well, and all that was answered."""
        call = self.stream("/" + method)(iter([message.SerializeToString() for message in messages]), metadata=self.metadata, timeout=60)
        answer = answered(call)
        self.search.look("gRPC " + method, answer)
        return call.code() == grpc.StatusCode.OK, answer

    def call_all(self):
        """Each with an empty message. Returns how many there are."""
        for name in self.names:
            call = self.stream("/" + name)(iter([b""]), metadata=self.metadata, timeout=30)
            self.search.look(f"gRPC {name}", answered(call))
        assert len(self.names) > 15, self.names
        return len(self.names)


def call_doors(ask, methods, image, row):
    """The image, or pixels, through every method of gRPC that takes them."""
    def door(name, method, *messages, finds=b"thing"):
        good, answer = methods.call(method, *messages)
        assert good and finds in answer, (name, method, answer)
        ask.passed("gRPC, " + name)

    request = methods.message("firstpass.v1.PrelabelRequest", model="marked", image=image)
    door("Prelabel", "firstpass.v1.Prelabels/Prelabel", request)
    item = lambda number, asked: methods.message("firstpass.v1.PrelabelStreamRequest", id=str(number), request=asked)
    door("PrelabelStream", "firstpass.v1.Prelabels/PrelabelStream", item(1, request), item(2, request))
    request.image = image[:len(image) // 2]
    good, answer = methods.call("firstpass.v1.Prelabels/Prelabel", request)
    assert not good and b"thing" not in answer, answer
    door("PrelabelStream", "firstpass.v1.Prelabels/PrelabelStream", item(3, request), finds=b"IMAGE_")
    infer = methods.message("inference.ModelInferRequest", model_name="marked", raw_input_contents=[row])
    infer.inputs.add(name="image", datatype="UINT8", shape=[1, 8, 8, 3])
    door("ModelInfer", "inference.GRPCInferenceService/ModelInfer", infer, finds=b"boxes")
    door("ModelStreamInfer", "inference.GRPCInferenceService/ModelStreamInfer", infer, infer, finds=b"boxes")
    typed = methods.message("inference.ModelInferRequest", model_name="marked")
    typed.inputs.add(name="image", datatype="UINT8", shape=[1, 8, 8, 3]).contents.uint_contents.extend(row)
    door("ModelInfer, typed", "inference.GRPCInferenceService/ModelInfer", typed, finds=b"boxes")
    labels = methods.message("inference.ModelInferRequest", model_name="marked.prelabels",
                             raw_input_contents=[struct.pack("<I", len(image)) + image])
    labels.inputs.add(name="image", datatype="BYTES", shape=[1])
    door("ModelInfer, pre-labels", "inference.GRPCInferenceService/ModelInfer", labels)
    predict = methods.message("tensorflow.serving.PredictRequest")
    predict.model_spec.name = "marked"
    tensor = predict.inputs["image"]
    tensor.dtype = 4
    for extent in (1, 8, 8, 3):
        tensor.tensor_shape.dim.add(size=extent)
    tensor.tensor_content = row
    door("Predict", "tensorflow.serving.PredictionService/Predict", predict, finds=b"boxes")
    tensor.tensor_content = row[:-3]
    good, answer = methods.call("tensorflow.serving.PredictionService/Predict", predict)
    assert not good, answer


def register(ask, methods, weights):
    """The weights in the way that gRPC has for them, whole, and cut."""
    begin = methods.message("firstpass.v1.RegisterVersionRequest")
    begin.begin.model = "streamed"
    chunk = lambda content: methods.message("firstpass.v1.RegisterVersionRequest", chunk=content)
    good, answer = methods.call("firstpass.v1.Registry/RegisterVersion", begin, chunk(weights[:1000]), chunk(weights[1000:]))
    assert good and b"AVAILABLE" in answer, answer
    ask.passed("gRPC, RegisterVersion")
    begin.begin.model = "broken"
    good, answer = methods.call("firstpass.v1.Registry/RegisterVersion", begin, chunk(weights[:1000]))
    assert b"AVAILABLE" not in answer, answer


def files(answer):
    """The file descriptors in an answer of reflection's, a list."""
    def fields(message):
        at = 0
        while at < len(message):
            key, at = varint(message, at)
            if key & 7 == 0:
                _, at = varint(message, at)
                continue
            assert key & 7 == 2, key
            length, at = varint(message, at)
            yield key >> 3, message[at:at + length]
            at += length

    return [descriptor_pb2.FileDescriptorProto.FromString(file) for number, response in fields(answer) if number == 4
            for inner, file in fields(response) if inner == 1]


def varint(message, at):
    value = shift = 0
    while True:
        byte = message[at]
        value, shift, at = value | (byte & 127) << shift, shift + 7, at + 1
        if byte < 128:
            return value, at


def answered(call):
    """Messages, headers and trailers, or what was said instead."""
    parts = []
    try:
        parts.extend(call)
    except grpc.RpcError as refused:
        parts.append(f"{refused.code()} {refused.details()}".encode())
    for key, value in (*call.initial_metadata(), *call.trailing_metadata()):
        parts.append(key.encode() + b": " + (value if isinstance(value, bytes) else value.encode()))
    return b"\n".join(parts)


def reached(trace):
    """What the traced calls were to reach outside of the machine, clients aside."""
    outside = []
    for line in trace.read_text(errors="replace").splitlines():
        for address in re.findall(r'sin_addr=inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"', line):
            address = (address[0] or address[1]).removeprefix("::ffff:")
            if not address.startswith("127.") and address not in ("::1", sinkhole.INSIDE, sinkhole.OUTSIDE):
                outside.append(line)
    return outside


def telemetry(sink, work):
    """What ONNX Runtime sends by itself, with and without each of the two things that hold it."""
    one = work / "one.onnx"
    graph = helper.make_graph([helper.make_node("Add", ["x", "x"], ["y"])], "one", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), one)
    target = ROOT / "server/target"
    classes = f"{target / 'test-classes'}:{target / 'classes'}:{target / 'lib'}/*"
    # The library's threads want more than Java's usual stack for what they send.
    command = [JAVA, "-Xss64m", "--enable-native-access=ALL-UNNAMED", "-cp", classes, "dev.firstpass.server.runtime.device.worker.TelemetryTrial", one]
    free = {name: value for name, value in os.environ.items() if not name.startswith(("CI", "ORT"))}
    free["HOME"] = str(work / "telemetry")
    (work / "telemetry").mkdir()

    def trial(wall, environment):
        process = subprocess.Popen(sink.inside([*command, wall]), env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        assert process.stdout.readline().strip() == "ran", process.stderr.read()
        return process

    def watched(processes, seconds, until):
        """What was sent, from now until that was seen or the time is over. At its end the library would wait for whom it sends to."""
        began = time.monotonic()
        while time.monotonic() - began < seconds and not until(sink.strangers(since, ())[0]):
            time.sleep(1)
        for process in processes:
            process.kill()
            process.communicate()
        return sink.strangers(since, ())[0], time.monotonic() - began

    since = sink.mark()
    sent, took = watched([trial("open", free)], 120, lambda found: any(" for " in flow for flow in found))
    assert sent, "ONNX Runtime's telemetry was not seen where nothing held it: then nothing is proven by not seeing it"
    print(f"control: nothing holds ONNX Runtime: it sent {'; '.join(sent)} within {took:.0f} s")
    since = sink.mark()
    held = [trial("open", {**free, "ORT_DISABLE_TELEMETRY": "1"}), trial("walled", free)]
    found, stayed = watched(held, max(15, 3 * took), bool)
    assert not found, found
    print(f"its switch alone, and a worker's wall alone, hold ONNX Runtime: 0 packets of both in {stayed:.0f} s")


def main():
    reason = sinkhole.reason_why_not()
    if reason:
        sys.exit("no network of its own can be made: " + reason)
    sinkhole.enter()
    work = pathlib.Path(tempfile.mkdtemp(prefix="firstpass-proof-"))
    weights, image = marks()
    for mark in (weights, image):
        for form, text in forms(mark).items():
            assert mark.found(text), (mark.name, form)
            assert not (weights if mark is image else image).found(text), (mark.name, form)
    print("control: the search finds a mark in each of " + ", ".join(forms(weights)))
    sink = sinkhole.Sinkhole()
    try:
        telemetry(sink, work)
        model, photo, drawing = work / "marked.onnx", marked_jpeg(image), marked_png(image)
        marked_model(model, weights)
        assert weights.found(model.read_bytes()) and image.found(photo) and image.found(drawing)
        search = Search((weights, image))

        since = sink.mark()
        server = Server(sink, work, {"FIRSTPASS_ASSETS_URLS": "http://allowed.example.org"})
        try:
            done, doors, routes, methods = exercise(server, search, model, (photo, drawing), image)
            found, packets = sink.strangers(since, (DATA, ADMIN))
            assert not found, found
            dump = subprocess.run([JAVA.parent / "jcmd", str(server.pid), "Thread.print"], check=True, capture_output=True)
            assert b"Full thread dump" in dump.stdout, dump
            search.look("thread dump", dump.stdout)
            # A dump of the heap has what the heap has. The process writes none by itself.
            flags = subprocess.run([JAVA.parent / "jcmd", str(server.pid), "VM.flags", "-all"], check=True, capture_output=True, text=True).stdout
            for flag in ("HeapDumpOnOutOfMemoryError", "HeapDumpBeforeFullGC", "HeapDumpAfterFullGC"):
                assert re.search(rf"\bbool {flag} += false\b", flags), (flag, re.findall(rf".*{flag}.*", flags))
            for at, flow in enumerate(sink.sent(since)):
                search.look(f"the wire, flow {at}", flow)

            # The server can reach out where its owner says so, and that is seen.
            control = sink.mark()
            asked = json.dumps({"asset": {"uri": "http://allowed.example.org/dog.jpg"}, "options": {}}).encode()
            server.call(DATA, "POST", "/v1/models/marked/prelabels?timeout=5s", asked, {"Content-Type": "application/json"})
            allowed, _ = sink.strangers(control, (DATA, ADMIN))
            assert any("allowed.example.org" in flow for flow in allowed) and any("TCP" in flow for flow in allowed), allowed
            print(f"control: an address that the settings allow: {'; '.join(allowed)}")
        finally:
            server.close()
        if server.trace.exists():
            outside = [line for line in reached(server.trace) if sinkhole.ANY not in line and sinkhole.ANY6 not in line]
            calls = len(server.trace.read_text(errors="replace").splitlines())
            assert not outside, outside[:5]
            print(f"{calls} system calls that send or connect: none to anybody but the name server and the allowed address of the control")
        log = server.log.read_bytes()
        logged = len(re.findall(rb"request \S+: [A-Z]+ /", log))
        assert logged > 100, ("requests have no lines in the log: that no mark is in them proves nothing", logged)
        search.look("log", log)
        spans = [file.read_bytes() for file in sorted(server.spans.iterdir())]
        plain = [zlib.decompress(text, 47) if text.startswith(b"\x1f\x8b") else text for text in spans]
        traced = [name for name in (b"POST /v1/models/:ref/prelabels", b"firstpass.v1.Prelabels/Prelabel", b"postprocess", b"marked@1")
                  if any(name in text for text in plain)]
        assert len(traced) == 4, ("the collector got no such traces", traced, len(spans))
        for at, text in enumerate(spans):
            search.look(f"traces, part {at}", text)
        kept = 0
        for file in sorted(path for path in work.rglob("*") if path.is_file() and path != model):
            # What the registry keeps, and how the engine left it after its first load.
            if any(file.is_relative_to(server.data / folder) for folder in ("artifacts", "optimised")):
                kept += 1
                assert not image.found(file.read_bytes()), file
                continue
            search.look(f"file {file.relative_to(work)}", file.read_bytes())
        assert not search.hits, "\n".join(search.hits)
        print(f"{packets} packets: none but answers to clients")
        print(f"{sum(map(len, spans)) >> 10} KiB of traces at the collector, {logged} requests in the log")
        print(f"a marked image or weights through each of {len(doors)} doors, each with an answer: {'; '.join(doors)}")
        print(f"{done['all']} requests ({done['good']} answered with 2xx), {routes} routes, {methods} gRPC methods; {search.looked_at} answers,"
              f" flows and files, {search.bytes >> 10} KiB: no mark ({kept} files of models in the data directory have the weights)")
        print(f"nothing left: {packets} packets, {search.looked_at} answers, flows and files; telemetry held by its switch, and by a worker's wall")
    finally:
        sink.close()
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
