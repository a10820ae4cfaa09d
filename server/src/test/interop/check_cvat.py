"""Runs the auto-annotation function of docs/integrations/cvat with CVAT's own SDK and command line, and asks CVAT's door for what
its lambda manager asks a Nuclio dashboard for.

CVAT's server comes as containers only, so what the command line talks to here is a stand-in that serves one task of two images and
keeps what is uploaded; everything else is CVAT's.

    check_cvat.py FIRSTPASS       the command; its first words if it has several
"""
import base64
import http.server
import importlib.metadata
import io
import json
import os
import pathlib
import re
import subprocess
import sys
import threading
import urllib.error
import zipfile

import numpy
from PIL import Image

import served

FUNCTION = pathlib.Path(__file__).resolve().parents[4] / "docs/integrations/cvat/firstpass_function.py"
CLI = pathlib.Path(sys.executable).with_name("cvat-cli")
NAMES = ["dog.jpg", "coffee.jpg"]
NOW = "2026-01-02T03:04:05.000000Z"


def png(name):
    """CVAT's command line hands images to functions decoded; this is what the function makes of them."""
    image = io.BytesIO()
    Image.open(served.PHOTOS / name).convert("RGB").save(image, "PNG", compress_level=1)
    return image.getvalue()


class StandIn(http.server.BaseHTTPRequestHandler):
    """As much of CVAT's API as `cvat-cli task auto-annotate` asks for."""
    labels = []
    uploads = []

    def log_message(self, *_):
        pass

    def reply(self, body, media_type="application/json", status=200, cookies=()):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for cookie in cookies:
            self.send_header("Set-Cookie", cookie + "=x; Path=/")
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        path = self.path.split("?")[0].rstrip("/")
        if path == "/api/server/about":
            version = importlib.metadata.version("cvat-sdk")
            self.reply({"name": "CVAT", "description": "", "version": version, "logo_url": "http://127.0.0.1/logo", "subtitle": ""})
        elif path == "/api/users/self":
            self.reply({"url": "http://127.0.0.1/u", "id": 1, "username": "me", "first_name": "", "last_name": "", "email": "",
                        "groups": [], "is_staff": False, "is_superuser": False, "is_active": True, "last_login": NOW,
                        "date_joined": NOW, "has_analytics_access": False})
        elif path == "/api/tasks/1":
            self.reply(task())
        elif path == "/api/labels":
            self.reply({"count": len(self.labels), "next": None, "previous": None, "results": self.labels})
        elif path == "/api/tasks/1/data/meta":
            sizes = [Image.open(served.PHOTOS / name).size for name in NAMES]
            self.reply({"chunk_size": 2, "size": 2, "image_quality": 70, "start_frame": 0, "stop_frame": 1, "frame_filter": "",
                        "frames": [{"width": w, "height": h, "name": name, "related_files": 0}
                                   for name, (w, h) in zip(NAMES, sizes)],
                        "deleted_frames": [], "included_frames": None, "chunks_updated_date": NOW})
        elif path == "/api/tasks/1/data":
            chunk = io.BytesIO()
            with zipfile.ZipFile(chunk, "w") as archive:
                for index, name in enumerate(NAMES):
                    archive.write(served.PHOTOS / name, f"{index:06}.jpg")
            self.reply(chunk.getvalue(), "application/zip")
        else:
            self.reply({"detail": self.path}, status=404)

    def do_PATCH(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert self.path.startswith("/api/tasks/1/annotations"), self.path
        StandIn.uploads.append(body)
        self.reply({"version": 1, "tags": [], "shapes": [], "tracks": []})

    def do_POST(self):
        """The login, and the logout."""
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.reply({"key": "token"}, cookies=("sessionid", "csrftoken"))


def task():
    link = {"url": "http://127.0.0.1/x", "count": 0, "completed": 0, "validation": 0}
    return {"url": "http://127.0.0.1/api/tasks/1", "id": 1, "name": "two photos", "project_id": None, "mode": "annotation",
            "owner": None, "assignee": None, "bug_tracker": "", "created_date": NOW, "updated_date": NOW, "overlap": 0,
            "segment_size": 2, "status": "annotation", "data_chunk_size": 2, "data_compressed_chunk_type": "imageset",
            "data_original_chunk_type": "imageset", "size": 2, "image_quality": 70, "data": 1, "dimension": "2d", "subset": "",
            "organization": None, "target_storage": None, "source_storage": None, "jobs": link, "labels": {"url": "http://127.0.0.1/l"},
            "guide_id": None, "assignee_updated_date": None, "validation_mode": None, "consensus_enabled": False,
            "source_storage_id": None, "media_type": "image", "organization_id": None}


def label(name, shape):
    return {"id": 5, "name": name, "color": "#ff0000", "attributes": [], "type": shape, "svg": "", "sublabels": [],
            "has_parent": False, "parent_id": None, "task_id": 1, "project_id": None}


def annotate(stand_in, server, model, more=""):
    """What the command of the page uploads."""
    run = command_of_page(stand_in, server, model, more, {"FIRSTPASS_TOKEN": server.token})
    assert run.returncode == 0, run.stderr + run.stdout
    # Nothing is uploaded where nothing is found.
    assert len(StandIn.uploads) <= 1, StandIn.uploads
    return [shape for upload in StandIn.uploads for shape in upload["shapes"]]


def command_of_page(stand_in, server, model, more, environment):
    StandIn.uploads.clear()
    command = served.snippet("cvat.md", "pip install cvat-cli", {
        "pip install cvat-cli\n": "", "cvat-cli --": f"{CLI} --", "https://cvat.example.org": f"http://127.0.0.1:{stand_in.server_port}",
        "auto-annotate 42": "auto-annotate 1", "firstpass_function.py": FUNCTION, "http://127.0.0.1:8080": server.url,
        "str:coco": "str:" + model, "--allow-unmatched-labels": "--allow-unmatched-labels " + more})
    return subprocess.run(["sh", "-c", command], capture_output=True, text=True,
                          env={**os.environ, "XDG_CACHE_HOME": str(server.work / "cache"), **environment})


def by_command_line(server):
    stand_in = http.server.ThreadingHTTPServer(("127.0.0.1", 0), StandIn)
    threading.Thread(target=stand_in.serve_forever, daemon=True).start()
    StandIn.labels = [label("thing", "rectangle")]
    shapes = annotate(stand_in, server, "boxes")
    for frame, name in enumerate(NAMES):
        box = server.prelabels("boxes", png(name))[0]["box"]
        found = [shape for shape in shapes if shape["frame"] == frame]
        assert len(found) == 1 and found[0]["type"] == "rectangle" and found[0]["label_id"] == 5, found
        assert found[0]["source"] == "auto"
        corners = [box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]]
        served.near(corners, found[0]["points"], f"cvat-cli: the box of {name}")
    assert annotate(stand_in, server, "boxes", "--conf-threshold 0.99") == [], "nothing is over 0.99"
    StandIn.labels = [label("salient", "mask")]
    shapes = annotate(stand_in, server, "blob")
    for frame, name in enumerate(NAMES):
        wanted = served.bits(server.prelabels("blob", png(name))[0]["mask"])
        assert (pixels(shapes[frame]["points"], wanted.shape) == wanted).all(), name
        print(f"ok cvat-cli: the mask of {name}")
    StandIn.labels = [label("salient", "polygon")]
    polygons = annotate(stand_in, server, "blob", "--conv-mask-to-poly")
    assert [shape["type"] for shape in polygons] == ["polygon", "polygon"], polygons
    print("ok cvat-cli: masks as polygons")
    run = command_of_page(stand_in, server, "boxes", "", {})
    assert run.returncode != 0 and "401" in run.stderr and not StandIn.uploads, run.stderr + run.stdout
    print("ok cvat-cli: no token is refused")
    stand_in.shutdown()


def pixels(points, shape):
    """CVAT's own masks: runs within left, top, right and bottom."""
    left, top, right, bottom = map(int, points[-4:])
    flat = numpy.concatenate([numpy.full(int(count), index % 2 == 1) for index, count in enumerate(points[:-4])])
    mask = numpy.zeros(shape, bool)
    mask[top:bottom + 1, left:right + 1] = flat.reshape(bottom + 1 - top, right + 1 - left)
    return mask


def by_dashboard(server):
    """What CVAT's lambda manager sends; its own code was run by hand, and what it sent is in doors/cvat-exchange.json of the server's tests."""
    # A user and a password in CVAT's host of the dashboard go as its library for HTTP sends them.
    shown = served.basic(server.token)
    functions = server.get("/api/functions", shown)
    assert set(functions) == {"boxes", "blob", "pointed"}, functions
    for name, function in functions.items():
        assert re.fullmatch("[a-zA-Z0-9_.-]+", name) and function["metadata"]["name"] == name
        assert function == server.get("/api/functions/" + name, shown)
        annotations = function["metadata"]["annotations"]
        assert int(annotations["version"]) == 1
        labels = json.loads(annotations["spec"])
        assert len({label["name"] for label in labels}) == len(labels)
    kinds = {name: function["metadata"]["annotations"]["type"] for name, function in functions.items()}
    assert kinds == {"boxes": "detector", "blob": "detector", "pointed": "interactor"}, kinds
    print("ok dashboard: functions")
    image = png("dog.jpg")
    encoded = base64.b64encode(image).decode()

    def invoke(name, credential=shown, **payload):
        return server.post("/api/function_invocations", {"image": encoded, **payload}, credential, x_nuclio_function_name=name)

    box = server.prelabels("boxes", image)[0]["box"]
    found = invoke("boxes", threshold=0.5)
    served.near([box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]], found[0]["points"], "dashboard: box")
    clicks = {"pos_points": [[100.5, 80]], "neg_points": [[10, 10]]}
    prompt = {"points": [{"x": 100.5, "y": 80}, {"x": 10, "y": 10, "label": "background"}]}
    wanted = served.bits(server.prelabels("pointed", image, prompt=prompt)[0]["mask"])
    answer = invoke("pointed", **clicks, obj_bbox=None)
    left, top, right, bottom = answer["bounds"]
    mask = numpy.zeros(wanted.shape, bool)
    mask[top:bottom + 1, left:right + 1] = numpy.array(answer["mask"]) > 0
    assert (mask == wanted).all() and len(answer["points"]) >= 3
    print("ok dashboard: a click gives a mask")
    boxed = invoke("pointed", pos_points=[], neg_points=[], obj_bbox=[[160, 140], [240, 220]])
    assert boxed["bounds"] != answer["bounds"]
    print("ok dashboard: a box gives a mask")
    server.set_project("things", "{mapping: {thing: Sache}}")
    name = "boxes..production..things"
    annotations = server.get("/api/functions", shown)[name]["metadata"]["annotations"]
    assert [label["name"] for label in json.loads(annotations["spec"])] == ["Sache"] and re.fullmatch("[a-zA-Z0-9_.-]+", name)
    assert [shape["label"] for shape in invoke(name)] == ["Sache"]
    print("ok dashboard: a project")
    try:
        invoke("none")
    except urllib.error.HTTPError as e:
        assert e.code == 404 and json.load(e)["reason"] == "MODEL_NOT_FOUND"
        print("ok dashboard: unknown function")
    else:
        raise AssertionError("an unknown function was invoked")
    for what, credential in (("no", {}), ("a wrong", served.basic("fp_wrong"))):
        served.unauthenticated(f"dashboard: {what} token: functions", lambda: server.get("/api/functions", credential))
        served.unauthenticated(f"dashboard: {what} token: invoke", lambda: invoke("boxes", credential))


def main():
    server = served.Server(sys.argv[1:])
    try:
        by_command_line(server)
        by_dashboard(server)
        served.report("cvat-cli, cvat-sdk", importlib.metadata.version("cvat-cli"),
                      "with a token in FIRSTPASS_TOKEN: task auto-annotate with the function file against a stand-in of CVAT's API: boxes, masks, polygons")
        served.report("CVAT's lambda manager, imitated", "as of fb0eb437", "with a token as password: list, detect, interact by click and box, a project, unknown function")
    finally:
        server.close()


main()
