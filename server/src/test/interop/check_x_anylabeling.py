"""Asks X-AnyLabeling's door for what its remote model asks its server for, and reads the answers as that does.

Its own program is driven by check_x_anylabeling_window.py where Qt starts. Here what is read of each answer is what
`anylabeling/services/auto_labeling/remote_server.py` (commit 87da3399) reads, and what is checked of each shape is what
`app/schemas/shape.py` of its server (commit 70599dc) checks.

    check_x_anylabeling.py FIRSTPASS       the command; its first words if it has several
"""
import base64
import math
import sys

import served

PHOTO = served.PHOTOS / "dog.jpg"
TYPES = {"polygon", "rectangle", "rotation", "point", "line", "circle", "linestrip", "quadrilateral"}
WIDGETS = {"button_run", "input_conf", "edit_conf", "toggle_preserve_existing_annotations", "button_classes_filter",
           "button_add_point", "button_remove_point", "button_add_rect", "button_clear", "button_finish_object"}


def shown(token):
    """Its header, which is there without a token as well, and then empty."""
    return {"Token": token}


def predict(server, model, image, token=None, **params):
    """The payload of `RemoteServer.predict_shapes`, and what it reads of the answer."""
    defaults = {"conf_threshold": 0.0, "iou_threshold": 0.0, "epsilon_factor": 0.001}
    encoded = "data:image/jpeg;base64," + base64.b64encode(image).decode()
    result = server.post("/x-anylabeling/v1/predict", {"model": model, "image": encoded, "params": {**defaults, **params}},
                         shown(server.token if token is None else token))
    data = result.get("data", {})
    shapes = data.get("shapes", [])
    for shape in shapes:
        assert shape["shape_type"] in TYPES and isinstance(shape["label"], str)
        assert all(len(point) == 2 for point in shape["points"])
        assert 0 <= shape.get("score", 0) <= 1
        assert 0 <= shape.get("direction", 0) <= 2 * math.pi
        group = shape.get("group_id")
        assert group is None or group > 0
        assert isinstance(shape.get("difficult", False), bool) and isinstance(shape.get("kie_linking", []), list)
    return shapes, data.get("replace")


def main():
    server = served.Server(sys.argv[1:])
    try:
        image = PHOTO.read_bytes()
        models = server.get("/x-anylabeling/v1/models", shown(server.token))["data"]
        assert set(models) == {"boxes", "blob", "pointed"}, models
        for name, model in models.items():
            assert model["display_name"]
            assert {widget["name"] for widget in model["widgets"]} <= WIDGETS
            assert server.get(f"/x-anylabeling/v1/models/{name}/info", shown(server.token))["data"] == {"model_id": name, **model}
        assert models["boxes"]["batch_processing_mode"] == "default" and models["pointed"]["batch_processing_mode"] is None
        print("ok models")

        box = server.prelabels("boxes", image)[0]["box"]
        shapes, replace = predict(server, "boxes", image)
        assert replace is None and shapes[0]["label"] == "thing"
        left, top, right, bottom = box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]
        served.near([[left, top], [right, top], [right, bottom], [left, bottom]], shapes[0]["points"], "box")
        assert predict(server, "boxes", image, conf_threshold=0.99)[0] == []
        assert len(predict(server, "boxes", image, filter_classes=["thing"])[0]) == 1
        assert len(predict(server, "boxes", image, filter_classes=[])[0]) == 1
        print("ok threshold and classes")

        parts = server.prelabels("blob", image, "geometry=polygon")[0]["polygon"]["parts"]
        shapes, _ = predict(server, "blob", image)
        assert len(shapes) == len(parts)
        for part, shape in zip(parts, shapes):
            if len(part) == 1:
                served.near(part[0] + part[0][:1], shape["points"], "polygon, closed")
        assert predict(server, "pointed", image)[0] == []
        marks = [{"type": "point", "data": [100, 80], "label": 1}, {"type": "point", "data": [10, 10], "label": 0}]
        prompt = {"points": [{"x": 100, "y": 80}, {"x": 10, "y": 10, "label": "background"}]}
        wanted = server.prelabels("pointed", image, "geometry=polygon", prompt=prompt)[0]["polygon"]["parts"]
        shapes, replace = predict(server, "pointed", image, marks=marks)
        assert replace is False and shapes[0]["label"] == "AUTOLABEL_OBJECT"
        served.near(wanted[0][0] + wanted[0][0][:1], shapes[0]["points"], "what was clicked on")
        boxed, _ = predict(server, "pointed", image, marks=[{"type": "rectangle", "data": [160, 140, 240, 220], "label": 1}])
        assert boxed and boxed[0]["points"] != shapes[0]["points"]
        print("ok a box around it")
        server.set_project("things", "{mapping: {thing: Sache}}")
        assert server.get("/x-anylabeling/v1/models", shown(server.token))["data"]["boxes+things"]["classes"] == ["Sache"]
        shapes, _ = predict(server, "boxes+things", image, filter_classes=["Sache"])
        assert [shape["label"] for shape in shapes] == ["Sache"]
        print("ok a project")
        for what, token in (("no", ""), ("a wrong", "fp_wrong")):
            served.unauthenticated(what + " token: models", lambda: server.get("/x-anylabeling/v1/models", shown(token)))
            served.unauthenticated(what + " token: predict", lambda: predict(server, "boxes", image, token))
        assert server.get("/x-anylabeling/health", {})
        served.report("X-AnyLabeling's remote model, imitated", "as of 87da3399", "with a token in `Token`: models, boxes, polygons, thresholds, classes, marks, a project")
    finally:
        server.close()


main()
