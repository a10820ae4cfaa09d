"""Asks a server for pre-labels with Roboflow's client, in both of its ways, and holds what comes against the server's own answers.

    check_roboflow.py FIRSTPASS       the command; its first words if it has several
"""
import base64
import importlib.metadata
import sys

import numpy
from inference_sdk import InferenceConfiguration, InferenceHTTPClient
from inference_sdk.http.errors import HTTPCallErrorError, HTTPClientError
from inference_sdk.http.utils.loaders import load_static_inference_input

import served

PHOTO = str(served.PHOTOS / "dog.jpg")


def configured(**options):
    """As docs/integrations/roboflow.md says: the key, a token, goes in a header."""
    return InferenceConfiguration(api_key_transport="header", **options)


def sent():
    """The client sends files as they are written by its own encoder."""
    return base64.b64decode(load_static_inference_input(PHOTO)[0][0])


def box_of(prediction):
    return [prediction["x"] - prediction["width"] / 2, prediction["y"] - prediction["height"] / 2,
            prediction["width"], prediction["height"]]


def wanted_box(annotation):
    return [annotation["box"][name] for name in ("x", "y", "width", "height")]


def refused(what, call, *words):
    try:
        call()
    except HTTPClientError as e:
        told = str(e) + str(getattr(e, "api_message", ""))
        assert all(word in told for word in words), (what, told)
        print("ok", what)
        return
    raise AssertionError(what + " was not refused")


def main():
    server = served.Server(sys.argv[1:])
    try:
        image = sent()
        client = InferenceHTTPClient(api_url=server.url + "/roboflow", api_key=server.token)
        client.configure(configured())
        # It shows no key here, whatever it is given.
        refused("the server's description", client.get_server_info, "401", "UNAUTHENTICATED")
        tasks = {model.model_id: model.task_type for model in client.list_loaded_models().models}
        assert tasks == {"boxes": "object-detection", "blob": "instance-segmentation"}, tasks
        print("ok registry")

        wanted = server.prelabels("boxes", image)
        for model in ("boxes", "boxes/1", "boxes/production"):
            found = client.infer(PHOTO, model_id=model)["predictions"]
            assert [one["class"] for one in found] == [one["label"] for one in wanted]
            served.near(wanted_box(wanted[0]), box_of(found[0]), f"boxes of {model}")
        several = client.infer([PHOTO, PHOTO], model_id="boxes")
        assert len(several) == 2 and several[0]["predictions"] == several[1]["predictions"]
        with client.use_configuration(configured(max_batch_size=4)):
            batch = client.infer([PHOTO, PHOTO, PHOTO], model_id="boxes")
        assert len(batch) == 3 and batch[2]["predictions"] == several[0]["predictions"]
        print("ok several images, one by one and in one request")
        with client.use_configuration(configured(confidence_threshold=0.99)):
            assert client.infer(PHOTO, model_id="boxes")["predictions"] == []
        with client.use_configuration(configured(class_filter=["thing"], max_detections=1, iou_threshold=0.5)):
            assert len(client.infer(PHOTO, model_id="boxes")["predictions"]) == 1
        print("ok threshold, classes, limit")

        largest = max(server.prelabels("blob", image, "geometry=polygon")[0]["polygon"]["parts"],
                      key=lambda part: area(part[0]))
        found = client.infer(PHOTO, model_id="blob")["predictions"]
        served.near(largest[0], [[point["x"], point["y"]] for point in found[0]["points"]], "polygon of blob")
        with client.use_configuration(configured(response_mask_format="rle")):
            found = client.infer(PHOTO, model_id="blob")["predictions"]
        same = served.bits(found[0]["rle"]) == served.bits(server.prelabels("blob", image)[0]["mask"])
        assert same.all() and same.size
        print("ok runs of blob")

        with client.use_api_v0(), client.use_configuration(configured(confidence_threshold=0.4)):
            found = client.infer(PHOTO, model_id="boxes/1")["predictions"]
        served.near(wanted_box(wanted[0]), box_of(found[0]), "boxes, the older way")

        server.set_project("things", "{mapping: {thing: Sache}}")
        for model in ("boxes+things", "boxes/1+things@1", "boxes/production+things"):
            found = client.infer(PHOTO, model_id=model)["predictions"]
            assert [one["class"] for one in found] == ["Sache"], found
            served.near(wanted_box(wanted[0]), box_of(found[0]), f"boxes of {model}")
        with client.use_api_v0(), client.use_configuration(configured(confidence_threshold=0.4)):
            assert client.infer(PHOTO, model_id="boxes/1+things")["predictions"][0]["class"] == "Sache"
        print("ok a project")
        refused("unknown project", lambda: client.infer(PHOTO, model_id="boxes+none"), "404", "PROJECT_NOT_FOUND")
        refused("unknown model", lambda: client.infer(PHOTO, model_id="none"), "404", "MODEL_NOT_FOUND")
        refused("model that needs a prompt", lambda: client.infer(PHOTO, model_id="pointed"), "NOT_SUPPORTED")
        with client.use_configuration(configured(confidence_threshold=7)):
            refused("threshold over one", lambda: client.infer(PHOTO, model_id="boxes"), "400", "confidence")
        with client.use_configuration(configured(visualize_predictions=True)):
            refused("picture of the findings", lambda: client.infer(PHOTO, model_id="boxes"), "NOT_SUPPORTED")
        # In its older way the key stands in the query.
        with client.use_api_v0(), client.use_configuration(InferenceConfiguration(api_key_transport="legacy")):
            assert len(client.infer(PHOTO, model_id="boxes/1")["predictions"]) == 1
        print("ok the key in the query")
        for what, key in (("no", None), ("a wrong", "fp_wrong")):
            other = InferenceHTTPClient(api_url=server.url + "/roboflow", api_key=key)
            other.configure(configured())
            refused(what + " token", lambda: other.infer(PHOTO, model_id="boxes"), "401", "UNAUTHENTICATED")
        # Without a key the client does not go the older way at all.
        with other.use_api_v0():
            refused("a wrong token, the older way", lambda: other.infer(PHOTO, model_id="boxes/1"), "401", "UNAUTHENTICATED")
        served.report("inference-sdk", importlib.metadata.version("inference-sdk"),
                      "API v1 and v0, with a token as `api_key`: registry, boxes, polygons, runs, batches, options, a project, refusals")
    finally:
        server.close()


def area(ring):
    points = numpy.array(ring)
    after = numpy.roll(points, -1, axis=0)
    return abs((points[:, 0] * after[:, 1] - after[:, 0] * points[:, 1]).sum() / 2)


main()
