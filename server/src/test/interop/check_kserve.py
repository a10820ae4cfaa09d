"""Asks a server for everything that the Open Inference Protocol requires with KServe's own client, over REST and gRPC, and holds what
comes against ONNX's own reference implementation in this process.

    check_kserve.py FIRSTPASS       the command; its first words if it has several
"""
import asyncio
import importlib.metadata
import json
import sys

import grpc
import httpx
import numpy
from kserve import InferenceGRPCClient, InferenceRESTClient, InferInput, InferRequest, RESTConfig
from kserve.protocol.grpc import grpc_predict_v2_pb2 as messages
from kserve.protocol.grpc.grpc_predict_v2_pb2_grpc import GRPCInferenceServiceStub
from onnx.reference import ReferenceEvaluator

import served

MODEL = "boxes"
SHAPE = [8, 8, 3]
INPUT = {"name": "image", "datatype": "UINT8", "shape": [-1, *SHAPE]}


def asked(pixels, binary):
    image = InferInput("image", list(pixels.shape), "UINT8")
    image.set_data_from_numpy(pixels, binary_data=binary)
    return InferRequest(model_name=MODEL, infer_inputs=[image], request_id="7")


def check(what, reference, pixels, answer):
    assert answer.model_name == MODEL and answer.id == "7", (what, answer)
    found = {output.name: output.as_numpy() for output in answer.outputs}
    for name, wanted in zip(reference.output_names, reference.run(None, {"image": pixels})):
        served.near(wanted, found[name], f"{what}: {name}", 1e-5)


async def refused(what, call, kind, *words):
    try:
        await call
    except kind as e:
        told = str(e) + (e.response.text if isinstance(e, httpx.HTTPStatusError) else "")
        assert all(word in told for word in words), (what, told)
        print("ok", what)
        return
    raise AssertionError(what + " was not refused")


def metadata(token):
    """By which calls of gRPC show a token."""
    return [(name.lower(), value) for name, value in served.bearer(token).items()]


async def over_rest(server, reference, pixels):
    client = InferenceRESTClient(RESTConfig(protocol="v2"))
    url, shown = server.url, served.bearer(server.token)
    # Probes need no token.
    assert await client.is_server_live(url) and await client.is_server_ready(url)
    assert await client.is_model_ready(url, MODEL, headers=shown) and not await client.is_model_ready(url, "none", headers=shown)
    print("ok REST: live, ready, model ready")
    # The client has no call for metadata.
    about, model = server.get("/v2"), server.get("/v2/models/" + MODEL)
    assert about["name"] == "firstpass" and "model_repository" in about["extensions"], about
    assert model["versions"] == ["1"] and model["inputs"] == [INPUT], model
    print("ok REST: metadata of server and model")
    for binary in (False, True):
        answer = await client.infer(url, asked(pixels, binary), model_name=MODEL, headers=dict(shown))
        check("REST, " + ("bytes" if binary else "JSON"), reference, pixels, answer)
    await refused("REST: unknown model", client.infer(url, asked(pixels, False), model_name="none", headers=shown), httpx.HTTPStatusError, "404", "none")
    await refused("REST: wrong shape", client.infer(url, asked(pixels[:, :4], False), model_name=MODEL, headers=shown), httpx.HTTPStatusError, "400")
    assert not await client.is_model_ready(url, MODEL)
    for what, headers in (("no", None), ("a wrong", served.bearer("fp_wrong"))):
        call = client.infer(url, asked(pixels, False), model_name=MODEL, headers=headers)
        await refused(f"REST: {what} token", call, httpx.HTTPStatusError, "401", "UNAUTHENTICATED")
    await client.close()


async def over_grpc(server, reference, pixels):
    address = server.url.split("//")[1]
    client = InferenceGRPCClient(address)
    shown = metadata(server.token)
    assert await client.is_server_live() and await client.is_server_ready()
    assert await client.is_model_ready(MODEL, headers=shown) and not await client.is_model_ready("none", headers=shown)
    print("ok gRPC: live, ready, model ready")
    # The client has no call for metadata; this is its stub.
    async with grpc.aio.insecure_channel(address) as channel:
        stub = GRPCInferenceServiceStub(channel)
        assert (await stub.ServerMetadata(messages.ServerMetadataRequest(), metadata=shown)).name == "firstpass"
        model = await stub.ModelMetadata(messages.ModelMetadataRequest(name=MODEL), metadata=shown)
        (image,) = model.inputs
        assert {"name": image.name, "datatype": image.datatype, "shape": list(image.shape)} == INPUT, model
    print("ok gRPC: metadata of server and model")
    check("gRPC", reference, pixels, await client.infer(asked(pixels, True), headers=shown))
    await refused("gRPC: wrong shape", client.infer(asked(pixels[:, :4], True), headers=shown), grpc.RpcError, "INVALID_ARGUMENT")
    for what, headers in (("no", None), ("a wrong", metadata("fp_wrong"))):
        await refused(f"gRPC: {what} token", client.infer(asked(pixels, True), headers=headers), grpc.RpcError, "UNAUTHENTICATED")
    await client.close()


async def prelabels(server):
    """A photo as bytes, and its pre-labels."""
    photo = (served.PHOTOS / "dog.jpg").read_bytes()
    image = InferInput("image", [1], "BYTES")
    image.set_data_from_numpy(numpy.array([photo], numpy.object_), binary_data=True)
    async with InferenceGRPCClient(server.url.split("//")[1]) as client:
        answer = await client.infer(InferRequest(model_name=MODEL + ".prelabels", infer_inputs=[image]), headers=metadata(server.token))
    told = answer.outputs[0].as_numpy().flat[0]
    assert json.loads(told)["annotations"] == server.prelabels(MODEL, photo), told
    print("ok gRPC: pre-labels")


def main():
    server = served.Server(sys.argv[1:], ("prelabel", "tensors"))
    try:
        reference = ReferenceEvaluator(str(server.work / "boxes.onnx"))
        pixels = numpy.random.default_rng(6).integers(0, 256, (3, *SHAPE), numpy.uint8)
        asyncio.run(over_rest(server, reference, pixels))
        asyncio.run(over_grpc(server, reference, pixels))
        asyncio.run(prelabels(server))
        served.report("kserve", importlib.metadata.version("kserve"),
                      "REST and gRPC, with a token as header and metadata: live, ready, model ready, metadata, infer with JSON and bytes, pre-labels, refusals")
    finally:
        server.close()


main()
