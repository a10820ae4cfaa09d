"""Has a real Prometheus scrape a server under a little load, and runs every expression of observability/ against what it has: each must
be understood, and give figures unless it stands in QUIET. promtool looks at the rules, tests the alerts and looks at /metrics.

    check_metrics.py FIRSTPASS       the command; its first words if it has several
"""
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

import onnx

import served

OBSERVABILITY = pathlib.Path(__file__).resolve().parents[4] / "observability"
RULES = OBSERVABILITY / "prometheus/firstpass.rules.yml"
GPU_RULES = OBSERVABILITY / "prometheus/firstpass-gpu.rules.yml"
SECONDS = 20

MODELS, MOST_SERIES = 20, 5_000
SCRAPES, MOST_SECONDS = 20, 0.05

# What a cluster's Prometheus adds to the series of a pod, and the query with which KEDA scales, as ChartTest left it.
POD = {"namespace": "labels", "service": "firstpass-management"}
SCALING = pathlib.Path(__file__).resolve().parents[3] / "target/chart/keda.promql"

# Metrics that have no series here, and why.
QUIET = {
    'result="shed"': "nothing is turned away by so little load",
    "firstpass_rollout_stops_total": "no canary does worse",
    "firstpass_model_evictions_total": "all models fit together",
    "firstpass_tls_certificate_expiry_seconds": "the server has no certificate",
    "DCGM_FI_DEV_": "there is no GPU, whose figures another exporter has",
    "ALERTS": "whether one fires depends on the machine",
}

# What promtool objects to by name that is others' choice: Micrometer's meters of the JVM, and Triton's names.
ACCEPTED = re.compile(r"^(jvm|process|system|nv)_")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Prometheus:
    """With the rules as they stand there, but for how often they are looked at, and, in a hurry, for how long an alert waits."""

    def __init__(self, url, work, in_a_hurry=False, token=None, authority=None):
        work.mkdir()
        rules = re.sub(r"interval: \d+s", "interval: 1s", RULES.read_text())
        (work / "rules.yml").write_text(re.sub(r"for: \d+[mh]", "for: 1s", rules) if in_a_hurry else rules)
        self.targets = work / "targets.json"
        self.scrape(url)
        (work / "prometheus.yml").write_text(json.dumps({
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(work / "rules.yml")],
            "scrape_configs": [{"job_name": "firstpass", "file_sd_configs": [{"files": [str(self.targets)]}],
                                **({"authorization": {"credentials": token}} if token else {}),
                                **({"tls_config": {"ca_file": str(authority)}} if authority else {})}]}))
        self.url = f"http://127.0.0.1:{free_port()}"
        self.process = subprocess.Popen(
            ["prometheus", f"--config.file={work / 'prometheus.yml'}", f"--storage.tsdb.path={work / 'data'}",
             f"--web.listen-address={self.url[7:]}"], stdout=subprocess.DEVNULL, stderr=(work / "log").open("w"))
        until = time.monotonic() + 60
        while not self.is_up():
            assert self.process.poll() is None and time.monotonic() < until, (work / "log").read_text()
            time.sleep(0.2)

    def scrape(self, url):
        """From now on, and nothing else; nothing at all where there is none."""
        fresh = self.targets.with_suffix(".new")
        scheme, _, target = (url or "").partition("://")
        fresh.write_text(json.dumps([{"targets": [target], "labels": {**POD, "__scheme__": scheme}}] if target else []))
        fresh.replace(self.targets)

    def is_up(self):
        try:
            return urllib.request.urlopen(self.url + "/-/ready", timeout=5).status == 200
        except OSError:
            return False

    def ask(self, path, **query):
        address = f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(query)}"
        try:
            with urllib.request.urlopen(address, timeout=30) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as e:
            raise AssertionError((query, e.read().decode())) from e

    def figures(self, expression):
        """How many series have a figure now."""
        return sum(point["value"][1] != "NaN" for point in self.ask("query", query=expression)["result"])

    def close(self):
        self.process.terminate()
        self.process.wait(30)


def load(server, until):
    """A little of everything: answers, mistakes of callers, a deadline that cannot be kept, raw tensors."""
    image = (served.PHOTOS / "dog.jpg").read_bytes()
    asked = 0
    while time.monotonic() < until:
        asked += 1
        # What follows an image is nothing, but makes it another asset, which a shadow looks at once.
        for model, body, query in (
                ("boxes", image + str(time.monotonic()).encode(), f"asset-id={asked}"), ("blob", image, "format=coco"), ("boxes", b"no image", ""),
                ("missing", image, ""), ("blob", image, "timeout=1ms"), ("blob", image, "threshold=1")):
            ask(server, model, body, query)


def manage(server, method, path, body):
    request = urllib.request.Request(
        server.running.admin + path, json.dumps(body).encode(), {"Content-Type": "application/json", **server.running.own}, method=method)
    return urllib.request.urlopen(request, timeout=60).close()


def roll_out(server):
    """A second version, which differs in nothing, as canary and then as shadow."""
    model = onnx.load(server.work / "boxes.onnx")
    model.doc_string = "the second"
    onnx.save(model, server.work / "boxes.onnx")
    server.register("boxes.onnx")
    manage(server, "PUT", "/v1/registry/models/boxes/rollouts/production", {"shadow": 2})


def lose_a_worker(server):
    """Its process ends, as if it had crashed."""
    with server.running.get("/v1/status") as answer:
        workers = json.load(answer)["workers"]
    os.kill(next(worker["pid"] for worker in workers if worker.get("pid") and worker["role"] == "onnx"), signal.SIGKILL)


def scraped(server):
    with server.running.get("/metrics") as answer:
        return answer.read().decode()


def models(text):
    return sorted(set(re.findall(r'firstpass_model_state{model="([^"]+)"', text)))


def ask(server, model, body, query=""):
    request = urllib.request.Request(
        f"{server.url}/v1/models/{model}/prelabels?{query}", body,
        {"Content-Type": "application/octet-stream", "Cache-Control": "no-cache", **served.bearer(server.token)})
    try:
        urllib.request.urlopen(request, timeout=60).close()
    except urllib.error.HTTPError as e:
        e.read()


def check_scrape_of_many(server):
    """Further models, up to twenty, each asked in several ways; how many series that makes, and how long they take by HTTP."""
    image = (served.PHOTOS / "dog.jpg").read_bytes()
    there = models(scraped(server))
    more = [f"more-{number}" for number in range(MODELS - len(there))]
    for name in more:
        shutil.copy(server.work / "boxes.onnx", server.work / f"{name}.onnx")
        server.register(f"{name}.onnx")
    for name in [*there, *more]:
        for body, query in ((image, ""), (b"no image", ""), (image[:2000], ""), (image, "timeout=1ms"), (image, "format=none")):
            ask(server, name, body, query)
    scraped(server)
    seconds = []
    for _ in range(SCRAPES):
        began = time.monotonic()
        text = scraped(server)
        seconds.append(time.monotonic() - began)
    series = sum(not line.startswith("#") for line in text.splitlines())
    assert len(models(text)) == MODELS, models(text)
    print(f"ok {MODELS} models: {series} series, {len(text) >> 10} KiB; a scrape takes {statistics.median(seconds) * 1e3:.1f} ms "
          f"({min(seconds) * 1e3:.1f} to {max(seconds) * 1e3:.1f})")
    assert series <= MOST_SERIES, series
    # The quickest: whatever else the machine does.
    assert min(seconds) <= MOST_SECONDS, seconds


def check_refused(url, work, token):
    """A scrape with a token for something else; Prometheus says so of its target."""
    prometheus = Prometheus(url, work, token=token)
    try:
        until = time.monotonic() + 60
        while True:
            told = [each["lastError"] for each in prometheus.ask("targets")["activeTargets"]]
            if any(told):
                break
            assert time.monotonic() < until, "no scrape"
            time.sleep(0.2)
        assert "403" in told[0], told
        print("ok a scrape without the scope is refused:", told[0])
    finally:
        prometheus.close()


def promtool(*words, **more):
    done = subprocess.run(["promtool", *words], capture_output=True, text=True, **more)
    return done.returncode, done.stdout + done.stderr


def check_names(text):
    _, told = promtool("check", "metrics", input=text)
    objections = [line for line in told.splitlines() if line and not ACCEPTED.match(line)]
    assert not objections, "\n".join(objections)
    print(f"ok names ({len(told.splitlines())} objections to names of Java's and Triton's)")


def dashboards():
    for file in sorted((OBSERVABILITY / "grafana").glob("*.json")):
        for panel in json.loads(file.read_text())["panels"]:
            for target in panel["targets"]:
                yield f"{file.stem}: {panel['title']}", target["expr"]


def filled(expression):
    return expression.replace("$job", ".*").replace("$model", ".*").replace("$__rate_interval", "1m")


def selectors(expression):
    return re.findall(r"\b(?:firstpass|process|jvm|system|up)\w*(?::\w+)*(?:\{[^}]*\})?", expression)


def is_quiet(expression):
    return any(part in expression for part in QUIET)


def check_expressions(prometheus):
    silent, asked = [], 0
    for where, expression in dashboards():
        asked += 1
        if not prometheus.figures(filled(expression)) and not is_quiet(expression):
            silent.append((where, expression))
    for group in prometheus.ask("rules")["groups"]:
        for rule in group["rules"]:
            assert rule["health"] == "ok", rule
            asked += 1
            if rule["type"] == "recording":
                if not prometheus.figures(rule["query"]):
                    silent.append((rule["name"], rule["query"]))
                continue
            # One that is well gives nothing; what it looks at does.
            for selector in selectors(rule["query"]):
                name = re.sub(r"\{.*", "", selector)
                if not prometheus.figures(name) and not is_quiet(selector):
                    silent.append((rule["name"], name))
    assert not silent, "no figures:\n" + "\n".join(f"  {where}: {expression}" for where, expression in silent)
    print(f"ok {asked} expressions")
    return asked


def check_scaling(prometheus):
    """The chart's query gives one figure; 0 for servers without a model; nothing, and not 0, where nothing is scraped."""
    query = SCALING.read_text()
    metric = "firstpass_queue_backlog_seconds"
    assert query.count(metric) == 1 and query.count(POD["service"]) == 2, query
    result = prometheus.ask("query", query=query)["result"]
    assert len(result) == 1 and float(result[0]["value"][1]) >= 0, result
    assert prometheus.figures(metric) > 0
    idle = prometheus.ask("query", query=query.replace(metric, "firstpass_no_such_metric"))["result"]
    assert [point["value"][1] for point in idle] == ["0"], idle
    absent = prometheus.ask("query", query=query.replace(POD["service"], "another"))["result"]
    assert not absent, absent
    print(f"ok KEDA's query: {float(result[0]['value'][1]):.3f} s of work wait")


def main():
    for words in (("check", "rules", str(RULES), str(GPU_RULES)), ("test", "rules", *map(str, sorted(RULES.parent.glob("*_test.yml"))))):
        code, told = promtool(*words)
        assert code == 0, told
        print("ok promtool", *words[:2])
    server = served.Server(sys.argv[1:], environment={"FIRSTPASS_OBSERVABILITY_TRITON_NAMES": "true"})
    work = pathlib.Path(tempfile.mkdtemp(prefix="firstpass-prometheus-"))
    try:
        roll_out(server)
        check_refused(server.running.admin, work / "refused", server.token)
        prometheus = Prometheus(server.running.admin, work / "prometheus", token=server.running.token("metrics"))
        try:
            until = time.monotonic() + SECONDS
            clients = [threading.Thread(target=load, args=(server, until)) for _ in range(2)]
            for client in clients:
                client.start()
            time.sleep(SECONDS / 3)
            lose_a_worker(server)
            for client in clients:
                client.join()
            time.sleep(3)
            text = scraped(server)
            check_names(text)
            assert "nv_inference_request_success{" in text and "nv_inference_exec_count{" in text
            asked = check_expressions(prometheus)
            check_scaling(prometheus)
        finally:
            prometheus.close()
        check_scrape_of_many(server)
    finally:
        server.close()
        shutil.rmtree(work, ignore_errors=True)
    version = subprocess.run(["prometheus", "--version"], capture_output=True, text=True)
    served.report("Prometheus", re.search(r"version (\S+)", version.stdout + version.stderr).group(1),
                  f"with a token: {asked} expressions of rules and dashboards on a live scrape, promtool's tests of the alerts")


if __name__ == "__main__":
    main()
