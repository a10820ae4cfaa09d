"""Has schemathesis make requests of what `/openapi.yaml` says, at both listeners of a server that asks for tokens, with one that lets do
everything: good ones, and such as the description forbids. No answer may be a fault of the server's (5xx), and each has a status, a media type
and a body as the description says.

    check_openapi.py [--seconds N] FIRSTPASS...

--seconds  for each listener, 8 unless said otherwise; some minutes make a long run
FIRSTPASS  the command; its first words if it has several
"""
import argparse
import importlib.metadata
import pathlib
import re
import subprocess
import sys

import served

CHECKS = ["not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
          "response_schema_conformance"]

# What is not asked for, each for its reason.
LEFT_OUT = {
    "/v2/repository/models/{name}/unload": "what is unloaded has to be loaded again, for which other requests would wait",
    "/logout": "",
    "/v1/tokens/{name}": "",
}


def run(url, token, seconds, work):
    """What schemathesis finds at a listener, and how many requests it made."""
    command = [str(pathlib.Path(sys.executable).with_name("schemathesis")), "run", url + "/openapi.yaml", "--url", url,
               "--header", f"Authorization: Bearer {token}", "--checks", ",".join(CHECKS), "--phases", "examples,coverage,fuzzing",
               "--max-time", str(seconds), "--seed", "8", "--no-color", "--warnings", "off", "--continue-on-failure", "--no-shrink",
               "--request-timeout", "10", "--suppress-health-check", "all", "--generation-database", "none"]
    for path in LEFT_OUT:
        command += ["--exclude-path", path]
    return subprocess.run(command, capture_output=True, text=True, cwd=work, timeout=seconds + 300)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("firstpass", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    server = served.Server(options.firstpass, ("prelabel", "tensors", "register", "promote", "admin", "metrics"))
    try:
        for url in (server.url, server.running.admin):
            done = run(url, server.token, options.seconds, server.work)
            print(done.stdout, done.stderr)
    finally:
        server.close()


if __name__ == "__main__":
    main()
