"""Has schemathesis make requests of what `/openapi.yaml` says, at both listeners of a server that asks for tokens, with one that lets do
everything: good ones, and such as the description forbids. No answer may be a fault of the server's (5xx), and each has a status, a media
type, headers and a body as the description says.

    check_openapi.py [--seconds N] FIRSTPASS

--seconds  for each listener, 8 unless said otherwise; some minutes make a long run
FIRSTPASS  the command; its first words if it has several
"""
import argparse
import importlib.metadata
import pathlib
import re
import subprocess
import sys
import urllib.request

import served

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance"

# Paths that are not asked for, and why.
LEFT_OUT = {
    "sharedmemory|/v2/logging|trace/setting|:classify|:regress": "are not served and say so by 501, which counts as a fault of the server's",
    "/unload$": "what is unloaded is loaded again by the next request, for which the others would wait",
    "^/v1/tokens/": "the token that all requests show might be revoked",
    "^/login$|^/logout$": "are for browsers, and no cookie is shown",
}


def run(url, token, seconds, work):
    """Has it ask a listener; how many requests it made."""
    command = [str(pathlib.Path(sys.executable).with_name("schemathesis")), "run", "openapi.yaml", "--url", url,
               "--header", f"Authorization: Bearer {token}", "--checks", CHECKS, "--phases", "coverage,fuzzing",
               "--exclude-path-regex", "|".join(LEFT_OUT), "--max-time", str(seconds), "--seed", "8", "--continue-on-failure", "--no-shrink",
               "--request-timeout", "30", "--suppress-health-check", "all", "--generation-database", "none", "--no-color", "--warnings", "off"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=work, timeout=seconds + 120)
    print(done.stdout)
    assert done.returncode == 0, done.stderr
    made = re.search(r"(\d+) generated", done.stdout)
    assert made, "no request was made in that time"
    return int(made.group(1))


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--seconds", type=int, default=8)
    options.add_argument("firstpass", nargs="+")
    options = options.parse_args()
    server = served.Server(options.firstpass, ("prelabel", "tensors", "register", "promote", "admin", "metrics"))
    try:
        made = []
        for url in (server.url, server.running.admin):
            request = urllib.request.Request(url + "/openapi.yaml", headers=served.bearer(server.token))
            with urllib.request.urlopen(request, timeout=60) as answer:
                (server.work / "openapi.yaml").write_bytes(answer.read())
            made.append(run(url, server.token, options.seconds, server.work))
        served.report("schemathesis", importlib.metadata.version("schemathesis"),
                      f"requests of both descriptions, with a token: {made[0]} at the doors, {made[1]} at the registry, 0 faults")
    finally:
        server.close()


if __name__ == "__main__":
    main()
