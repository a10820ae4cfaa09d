"""Signs a model with the tools that people sign with, OpenSSF's model_signing and OpenSSL, and registers it; then changes one
thing after the other and looks whether that is refused, by the right name.

    check_signatures.py FIRSTPASS       the command; its first words if it has several
"""
import base64
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import onnx
from onnx import TensorProto, helper

FIRSTPASS = sys.argv[1:]
WORK = pathlib.Path(tempfile.mkdtemp(prefix="firstpass-signatures-"))
MODEL_SIGNING = str(pathlib.Path(sys.executable).parent / "model_signing")


def run(*command, **options):
    subprocess.run([str(word) for word in command], check=True, capture_output=True, cwd=WORK, **options)


def make_keys():
    """Of each kind, one that is trusted and one that is not."""
    for kind, options in {
        "p256": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:prime256v1"],
        "p384": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp384r1"],
        "p521": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp521r1"],
        "ed25519": ["-algorithm", "ed25519"],
        "other": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:prime256v1"],
    }.items():
        run("openssl", "genpkey", *options, "-out", f"{kind}.key")
        run("openssl", "pkey", "-in", f"{kind}.key", "-pubout", "-out", f"{kind}.pem")


def fingerprint(kind):
    der = subprocess.run(
        ["openssl", "pkey", "-pubin", "-in", f"{kind}.pem", "-outform", "DER"], cwd=WORK, check=True, capture_output=True)
    digest = subprocess.run(["sha256sum"], input=der.stdout, check=True, capture_output=True).stdout
    return "sha256:" + digest.decode()[:64]


def lay():
    """An unsigned bundle: a model that finds what is bright."""
    shutil.rmtree(WORK / "weeds", ignore_errors=True)
    folder = WORK / "weeds"
    (folder / "notes").mkdir(parents=True)
    graph = helper.make_graph(
        [
            helper.make_node("ReduceMax", ["images"], ["bright"], axes=[1], keepdims=1),
            helper.make_node("Sigmoid", ["bright"], ["map"]),
        ],
        "bright",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, 64, 64])],
        [helper.make_tensor_value_info("map", TensorProto.FLOAT, [1, 1, 64, 64])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, folder / "model.onnx")
    (folder / "firstpass.yaml").write_text("family: salient\ninput: {color: RGB, scale: 0.00392156862745098}\n")
    (folder / "notes" / "origin.txt").write_text("trained in spring\n")
    return folder


def sign(kind):
    run(MODEL_SIGNING, "sign", "key", "--private_key", f"{kind}.key", "--signature", "weeds/model.sig", "weeds")


def sign_list(kind):
    run("sh", "-c", "cd weeds && find . -type f ! -name 'SHA256SUMS*' -exec sha256sum {} + > SHA256SUMS")
    digest = {"p384": ["-digest", "sha384"], "p521": ["-digest", "sha512"]}.get(kind, [])
    run("openssl", "pkeyutl", "-sign", "-rawin", *digest, "-inkey", f"{kind}.key",
        "-in", "weeds/SHA256SUMS", "-out", "weeds/SHA256SUMS.sig")


def register(path):
    environment = dict(
        os.environ,
        FIRSTPASS_REGISTRY_SIGNATURE_KEYS=",".join(str(WORK / f"{kind}.pem") for kind in ("p256", "p384", "p521", "ed25519")),
        FIRSTPASS_REGISTRY_REQUIRE_SIGNATURE="true",
    )
    return subprocess.run(
        [*FIRSTPASS, "--json", "models", "register", "weeds", str(path), "--data", str(WORK / "data")],
        env=environment, capture_output=True, text=True)


def taken(what, kind, form):
    done = register(WORK / "weeds")
    assert done.returncode == 0, f"{what}: {done.stderr}"
    answer = json.loads(done.stdout)
    assert answer["ref"] == "weeds@1", f"{what}: {answer['ref']} (expected: the same version)"
    assert {"key": fingerprint(kind), "form": form} in answer["signatures"], f"{what}: {answer['signatures']}"
    print("taken   ", what)


def refused(what, words, path="weeds"):
    done = register(WORK / path)
    assert done.returncode != 0, f"{what}: was taken"
    assert words in done.stderr, f"{what}: {done.stderr} (expected: {words})"
    print("refused ", what)


def changed_bundle(change):
    file = WORK / "weeds" / "model.sig"
    bundle = json.loads(file.read_text())
    change(bundle)
    file.write_text(json.dumps(bundle))


def changed_payload(bundle):
    envelope = bundle["dsseEnvelope"]
    statement = json.loads(base64.b64decode(envelope["payload"]))
    statement["predicate"]["resources"][0]["digest"] = "0" * 64
    envelope["payload"] = base64.b64encode(json.dumps(statement).encode()).decode()


def changes(signature, sign_it):
    """What must be refused of a bundle whichever way it was signed."""
    for what, change, words in [
        ("a changed file", lambda folder: (folder / "notes/origin.txt").write_text("trained in autumn\n"),
         "notes/origin.txt: changed since it was signed"),
        ("a changed model", lambda folder: (folder / "model.onnx").write_bytes((folder / "model.onnx").read_bytes() + b"\0"),
         "model.onnx: changed since it was signed"),
        ("a changed manifest", lambda folder: (folder / "firstpass.yaml").write_text("family: salient\nthresholds: {default: 0.9}\n"),
         "firstpass.yaml: changed since it was signed"),
        ("a missing file", lambda folder: (folder / "notes/origin.txt").unlink(), "notes/origin.txt: missing"),
        ("an added file", lambda folder: (folder / "notes/more.txt").write_text(""), "notes/more.txt: not among the files"),
    ]:
        folder = lay()
        sign_it("p256")
        change(folder)
        refused(f"{signature}: {what}", words)


def main():
    make_keys()
    lay()
    refused("no signature", "the bundle is not signed")
    refused("no signature, a file alone", "the bundle is not signed", "weeds/model.onnx")
    for kind in ("p256", "p384", "p521"):
        lay()
        sign(kind)
        taken(f"model_signing, {kind}", kind, "model-signing")
    for kind in ("ed25519", "p256", "p384"):
        lay()
        sign_list(kind)
        taken(f"a signed list, {kind}", kind, "sha256sums")
    changes("model_signing", sign)
    changes("a signed list", sign_list)
    lay()
    sign("other")
    refused("model_signing: another key", "model.sig: signed by a key that this server does not trust")
    lay()
    sign_list("other")
    refused("a signed list: another key", "SHA256SUMS.sig: SHA256SUMS was changed since it was signed, or signed by a key")
    for what, change, words in [
        ("a changed payload", changed_payload, "model.sig: changed since it was signed"),
        ("another type of payload", lambda bundle: bundle["dsseEnvelope"].update(payloadType="text/plain"), "payloadType"),
        ("no signature in it", lambda bundle: bundle["dsseEnvelope"].update(signatures=[]), "0 signatures"),
    ]:
        lay()
        sign("p256")
        changed_bundle(change)
        refused(f"model_signing: {what}", words)
    lay()
    # Not to be had from the command line of the tool: shards, whose digests are of parts of files.
    import model_signing
    model_signing.signing.Config().use_elliptic_key_signer(private_key=WORK / "p256.key").set_hashing_config(
        model_signing.hashing.Config().use_shard_serialization()).sign(WORK / "weeds", WORK / "weeds" / "model.sig")
    refused("model_signing: shards", "model.sig: method: 'shards' (expected: files)")
    lay()
    model_signing.signing.Config().use_elliptic_key_signer(private_key=WORK / "p256.key").set_hashing_config(
        model_signing.hashing.Config().use_file_serialization(hashing_algorithm="blake2")).sign(
            WORK / "weeds", WORK / "weeds" / "model.sig")
    refused("model_signing: another hash", "model.sig: hash_type: 'blake2b' (expected: sha256)")


try:
    main()
finally:
    shutil.rmtree(WORK)
