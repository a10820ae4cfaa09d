"""Holds what ChartTest left of the chart in helm/firstpass against the schemas of Kubernetes, against the types of the operators whose kinds
are in it, and the rules in it against promtool.

    check_chart.py FOLDER OPERATORS

FOLDER     where the rendered files are: server/target/chart
OPERATORS  a copy of the folder operators/ beside this file, in which `npm install` has run
"""
import copy
import functools
import json
import pathlib
import subprocess
import sys
import tempfile

import kubernetes_validate
import yaml
from kubernetes_validate import utils

# It reads its schemas, 2 MB a version, for each manifest anew.
utils.schema_contents = functools.cache(utils.schema_contents)

VERSIONS = ("1.30", "1.34", "1.37")

# Kinds of operators. What is in them is run, too: rules below, the query by check_metrics.py.
FOREIGN = {"ServiceMonitor", "PrometheusRule", "ScaledObject", "Certificate"}


def valid(manifest, version):
    return kubernetes_validate.validate(manifest, version, strict=True) == version


def check_schemas(files):
    held, seen = 0, set()
    for file, manifests in files.items():
        for manifest in manifests:
            text = json.dumps(manifest, sort_keys=True)
            if manifest["kind"] in FOREIGN or text in seen:
                continue
            seen.add(text)
            for version in VERSIONS:
                try:
                    assert valid(manifest, version)
                except kubernetes_validate.ValidationError as e:
                    raise AssertionError(f"{file.name}, {version}: {manifest['kind']} {list(e.path)}: {e.message}") from e
                held += 1
    print(f"ok {held} times a manifest against its schema")
    return held


def check_that_schemas_refuse(files):
    """A name that is wrong by one letter is noticed, or the above means nothing."""
    deployment = next(m for m in next(iter(files.values())) if m["kind"] == "Deployment")
    wrong = copy.deepcopy(deployment)
    container = wrong["spec"]["template"]["spec"]["containers"][0]
    container["readynessProbe"] = container.pop("readinessProbe")
    try:
        valid(wrong, VERSIONS[0])
    except kubernetes_validate.ValidationError:
        print("ok a wrong name is refused")
        return
    raise AssertionError("readynessProbe was taken")


def check_operators(files, operators):
    texts = {json.dumps(m, sort_keys=True) for manifests in files.values() for m in manifests if m["kind"] in FOREIGN}
    with tempfile.NamedTemporaryFile("w", suffix=".json") as manifests:
        manifests.write(f"[{','.join(sorted(texts))}]")
        manifests.flush()
        done = subprocess.run(["node", operators / "check.mjs", manifests.name], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    print(f"ok {done.stdout.strip()}")


def check_rules(files):
    """Their tests are run by check_metrics.py: ChartTest has seen that these are the same rules."""
    specs = {yaml.safe_dump(m["spec"]) for manifests in files.values() for m in manifests if m["kind"] == "PrometheusRule"}
    assert len(specs) >= 3, "with runbooks of the repository, with others, and of GPUs"
    for spec in specs:
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as rules:
            rules.write(spec)
            rules.flush()
            done = subprocess.run(["promtool", "check", "rules", rules.name], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    print(f"ok {len(specs)} PrometheusRules by promtool")


def main():
    files = {file: [m for m in yaml.safe_load_all(file.read_text()) if m] for file in sorted(pathlib.Path(sys.argv[1]).glob("*.yaml"))}
    assert len(files) >= 10, f"{len(files)} files in {sys.argv[1]}: ChartTest writes them"
    held = check_schemas(files)
    check_that_schemas_refuse(files)
    check_operators(files, pathlib.Path(sys.argv[2]))
    check_rules(files)
    print(f"the chart, installed in {len(files)} ways: {held} manifests against the schemas of Kubernetes {', '.join(VERSIONS)}")


if __name__ == "__main__":
    main()
