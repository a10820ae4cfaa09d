"""Makes the image's root file system by docker/rootfs, starts it by docker/start, and uses it.

    check_image.py ROOT MODEL       ROOT is made if it is not there; MODEL is an ONNX file of the demo's detector

Needs root: the server gets a mount and a process namespace, and another user. It has no Docker and no cluster in it.
"""
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
PHOTO = HERE.parent / "server/src/main/resources/samples/dog.jpg"

def dockerfile():
    """What an image that is built by it has: environment, user, command."""
    text = re.sub(r"\\\n\s*", "", (HERE / "Dockerfile").read_text()).split("FROM scratch", 1)[1]
    words = lambda name: json.loads(re.search(rf"^{name} (\[.*\])$", text, re.M).group(1))
    return {"environment": dict(re.findall(r"^ENV (\w+)=(\S+)$", text, re.M)), "user": re.search(r"^USER (\S+)$", text, re.M).group(1),
            "command": words("ENTRYPOINT") + words("CMD"), "volumes": words("VOLUME")}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Container:
    def __init__(self, root, log):
        self.image = dockerfile()
        assert sorted(self.image["volumes"]) == ["/tmp", "/var/lib/firstpass"], self.image
        assert self.image["command"] == ["/opt/firstpass/firstpass", "serve"], self.image
        self.port, self.admin = free_port(), free_port()
        self.url, self.log = f"http://127.0.0.1:{self.port}", log
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [str(HERE / "start"), str(root), *self.image["command"][1:], "--port", str(self.port), "--admin-port", str(self.admin)],
            env={"PATH": os.environ["PATH"], "FIRSTPASS_ADMIN_HOST": "127.0.0.1"}, stdout=log, stderr=log)
        self.first = None

    def fail(self, why):
        self.log.seek(0)
        raise AssertionError(f"{why}\n{self.log.read().decode()}")

    def await_ready(self):
        while True:
            if self.process.poll() is not None:
                self.fail(f"it ended with {self.process.returncode}")
            if time.monotonic() - self.began > 120:
                self.fail("it is not ready")
            try:
                if urllib.request.urlopen(self.url + "/readyz", timeout=5).status == 200:
                    break
            except OSError:
                time.sleep(0.05)
        taken = time.monotonic() - self.began
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        self.first = int(children[0])
        return taken

    def run(self, *command, check=True, **more):
        """As `docker exec` and `kubectl exec` do."""
        user, group = self.image["user"].split(":")
        done = subprocess.run(
            ["nsenter", "--target", str(self.first), "--mount", "--pid", "--root", "--wdns=/", "--setuid", user, "--setgid", group, *command],
            env=self.image["environment"], capture_output=True, text=True, timeout=300, **more)
        if check and done.returncode != 0:
            self.fail(f"{command}: {done.stdout}{done.stderr}")
        return done

    def processes(self):
        """All of them, as this machine counts them."""
        found, look = [], [self.first]
        while look:
            pid = look.pop()
            found.append(pid)
            for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
                look += map(int, (task / "children").read_text().split())
        return found

    def end(self):
        began = time.monotonic()
        os.kill(self.first, signal.SIGTERM)
        code = self.process.wait(60)
        if code != 0:
            self.fail(f"it ended with {code}")
        return time.monotonic() - began

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(30)


def ask(url, token=None, body=None):
    request = urllib.request.Request(url, body, {"Content-Type": "application/octet-stream"} if body else {})
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as e:
        return e.code, e.read()


def status(pid, name):
    return re.search(rf"^{name}:\s*(.*)$", pathlib.Path(f"/proc/{pid}/status").read_text(), re.M).group(1)


def check(container, root, model):
    taken = container.await_ready()
    print(f"ok ready {taken:.1f} s after its start")

    token = lambda name, scope: container.run("firstpass", "token", "create", name, "--scope", scope).stdout.strip()
    label, metrics = token("tool", "prelabel"), token("prometheus", "metrics")
    assert label.startswith("fp_"), label
    # As `kubectl cp` does.
    shutil.copyfile(model, f"/proc/{container.first}/root/tmp/coco.onnx")
    container.run("firstpass", "models", "register", "coco", "/tmp/coco.onnx")
    print("ok tokens made and a model registered, as by `kubectl exec`")

    url, photo = f"{container.url}/v1/models/coco/prelabels?format=labelbox&threshold=0.8", PHOTO.read_bytes()
    refused, _ = ask(url, None, photo)
    assert refused == 401, refused
    code, body = ask(url, label, photo)
    assert code == 200, body
    found = sorted(json.loads(line)["name"] for line in body.splitlines())
    assert found == ["bicycle", "car", "dog"], body
    print(f"ok {PHOTO.name}: {', '.join(found)}; 401 without a token")

    code, text = ask(f"http://127.0.0.1:{container.admin}/metrics", metrics)
    walls = re.findall(r"^firstpass_worker_sandbox\{.*\} (\S+)$", text.decode(), re.M)
    assert code == 200 and len([w for w in walls if w != "NaN"]) >= 2 and set(walls) <= {"1.0", "NaN"}, walls
    print("ok the workers of decoder and engine are walled in")

    every = container.processes()
    user = container.image["user"].split(":")[0]
    for pid in every:
        assert set(status(pid, "Uid").split()) == {user}, (pid, status(pid, "Uid"))
        assert int(status(pid, "CapEff"), 16) == 0 and status(pid, "NoNewPrivs") == "1", pid
        assert "ORT_DISABLE_TELEMETRY=1" in pathlib.Path(f"/proc/{pid}/environ").read_text().split("\0"), pid
    maps = "".join(pathlib.Path(f"/proc/{pid}/maps").read_text() for pid in every)
    for cache in ("firstpass.aot", "onnx.aot", "decoder.aot"):
        assert cache in maps, f"{cache} is not in use"
    # Netty's is the exception: 100 KB, which it deletes as soon as they are mapped.
    libraries = {line.split(" ", 5)[5].strip() for line in maps.splitlines() if ".so" in line}
    unpacked = [library for library in libraries if not library.startswith(str(root)) and "libnetty_" not in library]
    assert any(library.startswith(str(root)) for library in libraries)
    assert not unpacked, unpacked
    print(f"ok {len(every)} processes, user {user}, no capabilities; started from caches; no library unpacked")

    for place in ("/opt/firstpass/x", "/etc/x", "/x", "/usr/lib/x"):
        assert container.run("sh", "-c", f": >{place}", check=False).returncode != 0, place
    assert container.run("firstpass", "ready", "--server", container.url).returncode == 0
    print(f"ok the root is read-only; SIGTERM: ended with 0 after {container.end():.1f} s")
    return taken


def size(root, path="."):
    return int(subprocess.run(["du", "-sm", root / path], capture_output=True, text=True, check=True).stdout.split()[0])


def main():
    root, model = pathlib.Path(sys.argv[1]).absolute(), sys.argv[2]
    if not root.is_dir():
        began = time.monotonic()
        subprocess.run([str(HERE / "rootfs"), str(root)], check=True, stdout=subprocess.DEVNULL)
        print(f"ok made in {time.monotonic() - began:.0f} s")
    with tempfile.TemporaryFile() as log:
        container = Container(root, log)
        try:
            taken = check(container, root, model)
        finally:
            container.kill()
    target = "opt/firstpass/server/target"
    parts = {"system": "usr", "Java": "opt/java", "libraries": f"{target}/lib", "unpacked": f"{target}/natives",
             "of that TensorFlow": f"{target}/natives/javacpp/" + next(p.name for p in (root / target / "natives/javacpp").glob("tensorflow*"))}
    print(f"the image: {size(root)} MB (" + ", ".join(f"{name} {size(root, path)}" for name, path in parts.items())
          + f"), ready in {taken:.1f} s, {PHOTO.name} labelled as another user with a read-only root")


if __name__ == "__main__":
    main()
