"""Has each alert that looks back five minutes or less fire in a real Prometheus: by the fault that it is for, in a real server. The
expressions are those of observability/, only `for:` and how often they are looked at are shortened. The others look at ten minutes, hours or days, and
promtool's tests have them (check_metrics.py).

    check_alerts.py FIRSTPASS       the command; its first words if it has several

Takes some minutes. Needs Prometheus, what requirements.txt has, and a kernel that lets users have a mount namespace (`unshare -rm`), and
openssl.
"""
import contextlib
import ctypes
import json
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

import numpy
from onnx import TensorProto, helper, numpy_helper

import served
from check_metrics import RULES, Prometheus
from running import PHOTOS, Running, report

MINUTES = 5
PATIENCE = 240
WAITING = 400
CLIENTS = 450
DISK = "256m"


def short_alerts():
    """Names of those whose expressions, and the recorded figures in them, look back no further."""
    rules = {}
    for block in re.split(r"\n\s+- (?=record:|alert:)", RULES.read_text())[1:]:
        name = re.match(r"(?:record|alert): (\S+)", block).group(1)
        rules[name] = block
    reach = lambda block: max([
        int(amount) * {"s": 1 / 60, "m": 1, "h": 60, "d": 1440}[unit] for amount, unit in re.findall(r"\[(\d+)([smhd])\]", block)] + [
        reach(rules[name]) for name in rules if name.startswith("firstpass:") and name in block.split("\n", 1)[1]], default=0)
    return {name for name, block in rules.items() if block.startswith("alert") and reach(block) <= MINUTES}


def slow(file):
    """A detector of one row a run that multiplies large matrices before it says what it always says."""
    side, times = 1024, 2
    weights = numpy.random.default_rng(5).normal(0, 1 / 32, (side, side)).astype(numpy.float32)
    node = helper.make_node
    nodes = [node("Cast", ["image"], ["pixels"], to=TensorProto.FLOAT),
             node("ReduceMean", ["pixels"], ["mean"], keepdims=0),
             node("Mul", ["weights", "mean"], ["product.0"])]
    nodes += [node("MatMul", [f"product.{i}", "weights"], [f"product.{i + 1}"]) for i in range(times)]
    nodes += [node("ReduceMax", [f"product.{times}"], ["most"], keepdims=0),
              node("Mul", ["most", "zero"], ["nothing"]),
              node("Add", ["box", "nothing"], ["boxes"]),
              node("Add", ["score", "nothing"], ["scores"])]
    array = lambda name, values: numpy_helper.from_array(numpy.array(values, numpy.float32), name)
    graph = helper.make_graph(
        nodes, "main",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, [1, 8, 8, 3])],
        [helper.make_tensor_value_info("boxes", TensorProto.FLOAT, [1, 1, 4]),
         helper.make_tensor_value_info("scores", TensorProto.FLOAT, [1, 1, 1])],
        [numpy_helper.from_array(weights, "weights"), array("zero", 0), array("box", [[[.25, .25, .75, .75]]]),
         array("score", [[[.75]]])])
    served.save(graph, file, {"firstpass.family": "ssd", "names": '["thing"]'})


def without_landlock():
    """In a process that is about to begin: as on a kernel that has none, `landlock_create_ruleset` is unknown to it."""
    class Program(ctypes.Structure):
        _fields_ = [("len", ctypes.c_ushort), ("filter", ctypes.c_char_p)]

    instruction = lambda code, jt, jf, k: struct.pack("HBBI", code, jt, jf, k)
    program = b"".join([
        instruction(0x20, 0, 0, 0),             # load the system call's number
        instruction(0x15, 0, 1, 444),           # landlock_create_ruleset
        instruction(0x06, 0, 0, 0x00050000 | 38),  # ENOSYS
        instruction(0x06, 0, 0, 0x7FFF0000)])   # all others are allowed
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(38, 1, 0, 0, 0) == 0
    assert libc.prctl(22, 2, ctypes.byref(Program(4, program)), 0, 0) == 0


def register(server, file):
    request = urllib.request.Request(
        f"{server.admin}/v1/registry/models/{file.stem}/versions", file.read_bytes(), {"Content-Type": "application/octet-stream"})
    with urllib.request.urlopen(request, timeout=120) as answer:
        assert '"AVAILABLE"' in answer.read().decode()


def ask(server, model, number, wait):
    """@return the status"""
    image = (PHOTOS / "chelsea.jpg").read_bytes() + str(number).encode()
    request = urllib.request.Request(
        f"{server.url}/v1/models/{model}/prelabels?timeout={wait}s", image,
        {"Content-Type": "image/jpeg", "Cache-Control": "no-store"})
    try:
        with urllib.request.urlopen(request, timeout=wait + 10) as answer:
            return answer.status
    except urllib.error.HTTPError as e:
        e.read()
        return e.code
    except OSError:
        return 0


class Crowd:
    """More clients than may wait: those that are turned away come again."""

    def __init__(self, server):
        self.server = server
        self.going = True
        self.clients = [threading.Thread(target=self.client, args=(number,), daemon=True) for number in range(CLIENTS)]
        for client in self.clients:
            client.start()

    def client(self, number):
        times = 0
        while self.going:
            times += 1
            if ask(self.server, "slow", f"{number}/{times}", 240) != 200:
                time.sleep(0.3)


class Alerts:
    def __init__(self, prometheus):
        self.prometheus = prometheus
        self.fired = {}

    def firing(self):
        return {alert["labels"]["alertname"]: alert for alert in self.prometheus.ask("alerts")["alerts"]
                if alert["state"] == "firing"}

    def expect(self, fault, *names):
        """Waits until each of them has fired."""
        began = time.monotonic()
        missing = set(names)
        while missing:
            assert time.monotonic() - began < PATIENCE, f"{fault}: {sorted(missing)} did not fire; firing: {sorted(self.firing())}"
            for name, alert in self.firing().items():
                if name in missing:
                    missing.remove(name)
                    self.fired[name] = fault
                    print(f"ok {name} fired {time.monotonic() - began:.0f} s after: {fault} ({alert['annotations']['summary']})")
            time.sleep(0.5)

    def expect_none(self, *names):
        began = time.monotonic()
        while firing := set(names) & set(self.firing()):
            assert time.monotonic() - began < PATIENCE, f"{sorted(firing)} do not end"
            time.sleep(0.5)


def expiring(work):
    """A certificate for loopback that ends in a week, and its key, in PEM."""
    certificate, key = work / "server.pem", work / "server.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "7", "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate], check=True, capture_output=True)
    key.chmod(0o600)
    return certificate, key


def damage(data):
    """One bit of what is stored of a model's file."""
    file = next((data / "artifacts").rglob("*.onnx"))
    os.chmod(file, 0o600)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def forge(data):
    """What no command can do: another name in the first line of the audit."""
    with contextlib.closing(sqlite3.connect(data / "registry.db")) as database, database:
        for (trigger,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'").fetchall():
            database.execute(f"DROP TRIGGER {trigger}")
        assert database.execute("UPDATE audit SET principal = 'nobody' WHERE id = 1").rowcount == 1


def main():
    firstpass = sys.argv[1:]
    expected = short_alerts()
    work = pathlib.Path(tempfile.mkdtemp(prefix="firstpass-alerts-"))
    began = time.monotonic()
    environment = {"FIRSTPASS_SECURITY_AUTHENTICATION": "none", "FIRSTPASS_RUNTIME_ENGINE_SESSIONS": "1", "FIRSTPASS_RUNTIME_ENGINE_THREADS": "1",
                   "FIRSTPASS_RUNTIME_QUEUE_CAPACITY": str(WAITING)}
    slow(work / "slow.onnx")
    served.boxes(work / "boxes.onnx")
    certificate, key = expiring(work)
    prometheus = Prometheus(None, work / "prometheus", in_a_hurry=True, authority=certificate)
    servers = []
    try:
        alerts = Alerts(prometheus)
        alerts.expect("nothing is scraped", "FirstpassAbsent")

        # On a small disk of its own, and without one of the walls.
        (work / "small").mkdir()
        server = Running(
            ["unshare", "-rm", "sh", "-c", f'mount -t tmpfs -o size={DISK} tmpfs "$0" && exec "$@"', str(work / "small"), *firstpass],
            work / "small", work / "small.log", ["--sandbox", "best-effort"], environment=environment, preexec_fn=without_landlock)
        servers.append(server)
        server.wait()
        prometheus.scrape(server.admin)
        alerts.expect_none("FirstpassAbsent")
        assert not set(alerts.firing()) - {"FirstpassWorkerNotWalled"}, alerts.firing()
        register(server, work / "slow.onnx")
        alerts.expect("a kernel without Landlock", "FirstpassWorkerNotWalled")

        crowd = Crowd(server)
        alerts.expect(f"{CLIENTS} clients, of whom {WAITING} may wait, for a slow model",
                      "FirstpassSheds", "FirstpassQueueIsOld", "FirstpassIsSlow")
        crowd.going = False

        disk = shutil.disk_usage(server.data)
        filler = server.data / "filler"
        with filler.open("wb") as file:
            file.write(bytes(int(disk.free - 0.1 * disk.total)))
        alerts.expect("a tenth of the disk is free", "FirstpassDiskFills")
        assert "FirstpassDiskFull" not in alerts.firing()
        with filler.open("ab") as file:
            file.write(bytes(int(0.08 * disk.total)))
        alerts.expect("a fiftieth of the disk is free", "FirstpassDiskFull")
        filler.unlink()
        alerts.expect_none("FirstpassDiskFull", "FirstpassDiskFills")

        server.process.send_signal(signal.SIGKILL)
        alerts.expect("kill -9", "FirstpassDown")

        data = work / "data"
        data.mkdir()

        def serve(log, **more):
            servers.append(Running(firstpass, data, work / log, environment={**environment, **more}))
            return servers[-1]

        server = serve("first.log")
        register(server, work / "boxes.onnx")
        for harm, log, what, alert in (
                (damage, "second.log", "a bit of the stored model is another", "FirstpassModelFailed"),
                (forge, "third.log", "a line of the audit says another name", "FirstpassAuditBroken")):
            server.close()
            harm(data)
            server = serve(log)
            prometheus.scrape(server.admin)
            alerts.expect(what, alert)

        server.close()
        server = serve("tls.log", FIRSTPASS_SECURITY_TLS_CERTIFICATE=str(certificate), FIRSTPASS_SECURITY_TLS_KEY=str(key))
        prometheus.scrape(server.admin)
        alerts.expect("a certificate that ends in a week", "FirstpassCertificateExpires")
    finally:
        prometheus.close()
        for each in servers:
            if each.process.poll() is None:
                each.process.kill()
                each.process.wait(60)
        shutil.rmtree(work, ignore_errors=True)
    assert set(alerts.fired) == expected, (sorted(set(alerts.fired)), sorted(expected))
    version = subprocess.run(["prometheus", "--version"], capture_output=True, text=True)
    report("Prometheus", re.search(r"version (\S+)", version.stdout + version.stderr).group(1),
           f"{len(expected)} alerts fired by their faults, in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
