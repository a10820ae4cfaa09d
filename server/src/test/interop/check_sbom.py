"""Reads the list of what is shipped (CycloneDX, written by `mvn -Psbom package`): it has to name each library beside the server, and no
other, each has to have a licence that may be linked in, and none may be older than its floor in floors.tsv. Writes a report.

    check_sbom.py SBOM LIBRARIES REPORT
"""
import json
import pathlib
import re
import sys

# As their own metadata writes them. Of a library with several, one has to be among these.
FINE = re.compile(
    r"apache|\bmit\b|\bbsd\b|edl|eclipse distribution|\bepl\b|eclipse public|cc0|public domain|bouncy castle|unicode|go license|isc\b|mpl-2|"
    r"mozilla public", re.I)

FLOORS = pathlib.Path(__file__).resolve().parents[1] / "resources/floors.tsv"
JAR = re.compile(r"(?P<name>[A-Za-z][\w.-]*?)-(?P<version>\d+(?:\.\d+)*)[^/]*\.jar")

# In whose metadata no licence stands, or one that is to be read: what its files say.
READ = {
}


def licences(component):
    found = []
    for choice in component.get("licenses", []):
        if "expression" in choice:
            found += re.split(r"\s+OR\s+", choice["expression"].strip("()"))
        else:
            found.append(choice["license"].get("id") or choice["license"]["name"])
    return found or READ.get(f"{component.get('group', '')}:{component['name']}", [])


def objections(components):
    """One for each component whose licences are all unknown or among those that reach over to what links to it."""
    told = []
    for component in components:
        named = licences(component)
        # A licence with an exception for linking is written with it.
        if not any(FINE.search(name) and not re.search(r"\bA?GPL\b(?!.*(classpath|exception|\bCE\b))", name, re.I) for name in named):
            told.append(f"{component.get('group', '')}:{component['name']}: {', '.join(named) or 'no licence'}")
    return told


def check_that_it_refuses():
    def component(*names):
        return {"group": "g", "name": "n", "licenses": [{"license": {"name": name}} for name in names]}
    assert objections([component("GNU General Public License v3")])
    assert objections([component("AGPL-3.0-only")])
    assert objections([component("GPL-2.0")])
    assert objections([component()])
    assert objections([{"group": "g", "name": "n", "licenses": [{"expression": "GPL-3.0 OR AGPL-3.0"}]}])
    assert not objections([component("GPL-2.0", "Apache-2.0")])
    assert not objections([component("The Apache Software License, Version 2.0")])
    print("ok GPL and AGPL alone, and no licence, are refused")


def numbers(version):
    return [int(part) for part in version.split(".")]


def too_old(jars):
    """Names of jars below their floor, and floors that nothing stands on."""
    told = []
    for line in FLOORS.read_text().splitlines():
        if line.startswith("#"):
            continue
        names, lowest, why = line.split("\t")
        held = [jar for jar in map(JAR.fullmatch, jars) if jar and re.fullmatch(names, jar["name"])]
        told += [] if held else [f"{names}: no such library"]
        told += [f"{jar.string} (expected: {lowest} or later: {why})" for jar in held if numbers(jar["version"]) < numbers(lowest)]
    return told


def check_floors(shipped):
    told = too_old(shipped)
    assert not told, "\n".join(told)
    for jar in ("protobuf-java-3.21.9.jar", "netty-handler-4.2.9.Final.jar", "onnxruntime-1.28.1.jar", "grpc-netty-1.84.0.jar"):
        assert len(too_old({*shipped, jar})) == 1, f"{jar} was taken"
    assert len(too_old({jar for jar in shipped if not jar.startswith("onnxruntime")})) == 1
    print("ok no library is older than its floor; an older one beside it is refused")


def file_of(component):
    classifier = re.search(r"[?&]classifier=([^&]+)", component.get("purl", ""))
    return f"{component['name']}-{component['version']}{'-' + classifier.group(1) if classifier else ''}.jar"


def main():
    sbom, libraries, report = map(pathlib.Path, sys.argv[1:])
    bom = json.loads(sbom.read_text())
    assert bom["bomFormat"] == "CycloneDX", bom.keys()
    check_that_it_refuses()
    listed = {file_of(component) for component in bom["components"]}
    shipped = {jar.name for jar in libraries.glob("*.jar")}
    assert listed == shipped, f"not listed: {sorted(shipped - listed)}; not shipped: {sorted(listed - shipped)}"
    print(f"ok {len(listed)} libraries: those that are shipped")
    check_floors(shipped)
    others = [component for component in bom["components"] if component.get("group") != "dev.firstpass"]
    told = objections(others)
    assert not told, "\n".join(told)
    rows = sorted(f"| {c.get('group', '')}:{c['name']} | {c['version']} | {'; '.join(licences(c))} |" for c in others)
    report.write_text("| library | version | licence |\n|---|---|---|\n" + "\n".join(rows) + "\n")
    print(f"{len(others)} libraries of others, each with a licence that may be linked in: {report}")


if __name__ == "__main__":
    main()
