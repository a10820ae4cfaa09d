"""Starts X-AnyLabeling as people install it, without a display (Qt's platform `offscreen`), and drives its window: its remote server is
pointed at this server, models are chosen in it, run on a photo and clicked with, and what then lies on its canvas is held against the
server's own answers. What is done is what docs/integrations/x-anylabeling.md says.

    check_x_anylabeling_window.py FIRSTPASS       the command; its first words if it has several

SCREENSHOT may name a file for a picture of the window.
"""
import importlib.metadata
import logging
import os
import pathlib
import shutil
import sys
import tempfile
import time
import traceback

os.environ["QT_QPA_PLATFORM"] = "offscreen"
WORK = pathlib.Path(tempfile.mkdtemp(prefix="firstpass-x-anylabeling-"))
# Its settings and its log go there.
os.environ["HOME"] = str(WORK)

from PyQt6.QtCore import QPointF, Qt, QTimer  # noqa: E402
from PyQt6.QtTest import QTest  # noqa: E402
from PyQt6.QtWidgets import QApplication  # noqa: E402

import served  # noqa: E402

# A copy, since the program may write beside it.
PHOTO = pathlib.Path(shutil.copy(served.PHOTOS / "dog.jpg", WORK))
CLICKED = (100, 80)


class Said(logging.Handler):
    """What the program writes into its log."""

    def __init__(self):
        super().__init__()
        self.lines = []

    def emit(self, record):
        self.lines.append(record.getMessage())


class Window:
    """The program's main window, once it is shown."""

    def __init__(self, app):
        self.app = app
        (main,) = [widget for widget in app.topLevelWidgets() if type(widget).__name__ == "MainWindow"]
        self.main, self.view = main, main.labeling_widget.view
        self.models = self.view.auto_labeling_widget
        self.canvas = self.view.canvas

    def until(self, what, is_so):
        end = time.monotonic() + 60
        while not is_so():
            assert time.monotonic() < end, what + " did not come"
            self.app.processEvents()
            time.sleep(0.02)

    def connect(self, address, key):
        """Chooses the remote server among the models and types its address and key into the dialog that comes."""
        def answer():
            dialog = self.app.activeModalWidget()
            dialog.url_input.setText(address)
            dialog.api_key_input.setText(key)
            dialog.accept()

        (name,) = [name for name in self.models.model_info if name.startswith("remote_server")]
        QTimer.singleShot(300, answer)
        self.models.model_dropdown.modelSelected.emit("Others", name)
        manager = self.models.model_manager
        before = manager.loaded_model_config
        self.until("the remote server", lambda: manager.loaded_model_config not in (None, before) and manager.model_download_thread is None)
        box = self.models.remote_server_select_combobox
        return {box.itemData(index): box.itemText(index) for index in range(box.count())}

    def choose(self, model):
        box = self.models.remote_server_select_combobox
        box.setCurrentIndex(box.findData(model))
        self.until("the choice", lambda: self.models.model_manager.get_remote_server_current_model_id() == model)

    def press(self, button):
        widget = getattr(self.models, button)
        assert widget.isVisible(), button
        self.until(button, widget.isEnabled)
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton)

    def click(self, x, y):
        """On a pixel of the photo."""
        at = (QPointF(x, y) + self.canvas.offset_to_center()) * self.canvas.scale
        QTest.mouseMove(self.canvas, at.toPoint())
        QTest.mouseClick(self.canvas, Qt.MouseButton.LeftButton, pos=at.toPoint())
        return self.canvas.transform_pos(QPointF(at.toPoint()))

    def shapes(self):
        return [(shape.label, shape.shape_type, [[point.x(), point.y()] for point in shape.points]) for shape in self.canvas.shapes]

    def run(self):
        before = list(self.canvas.shapes)
        self.press("button_run")
        self.until("an answer", lambda: list(self.canvas.shapes) != before)
        self.rest()
        return self.shapes()

    def rest(self):
        """Until the thread of an answer is gone: the program does not bear to be asked again in the same moment."""
        self.until("rest", lambda: self.models.model_manager.model_execution_thread is None)


def corners(box):
    left, top, right, bottom = box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]
    return [[left, top], [right, top], [right, bottom], [left, bottom]]


def drive(window, server):
    from anylabeling.views.labeling.logger import logger
    image = PHOTO.read_bytes()
    server.set_project("things", "{mapping: {thing: Sache}}")
    window.view.toggle_auto_labeling_widget()
    address, said = server.url + "/x-anylabeling", Said()
    logger.addHandler(said)
    # It shows none then, and has this in its log.
    for what, key in (("no", ""), ("a wrong", "fp_wrong")):
        assert window.connect(address, key) == {}
        assert any("401 Client Error" in line for line in said.lines), said.lines
        said.lines.clear()
        print(f"ok {what} token: no models in its list")
    listed = window.connect(address, server.token)
    assert set(listed) == {"boxes", "boxes+things", "blob", "pointed"}, listed
    assert listed["boxes"] == "boxes (Firstpass, version 1)", listed
    print("ok the models in its list")

    box = corners(server.prelabels("boxes", image)[0]["box"])
    for model, label in (("boxes", "thing"), ("boxes+things", "Sache")):
        window.choose(model)
        ((found, kind, points),) = window.run()
        assert (found, kind) == (label, "rectangle"), (found, kind)
        served.near(box, points, f"the box of {model} on its canvas")

    parts = server.prelabels("blob", image, "geometry=polygon")[0]["polygon"]["parts"]
    window.choose("blob")
    shapes = window.run()
    assert [kind for _, kind, _ in shapes] == ["polygon"] * len(parts), shapes
    for part, (_, _, points) in zip(parts, shapes):
        if len(part) == 1:
            served.near(part[0], points, "a polygon on its canvas")
    if "SCREENSHOT" in os.environ:
        window.main.grab().save(os.environ["SCREENSHOT"])

    window.choose("pointed")
    window.press("button_add_point")
    before = len(window.canvas.shapes)
    at = window.click(*CLICKED)
    window.until("what was clicked on", lambda: any(label == "AUTOLABEL_OBJECT" for label, _, _ in window.shapes()))
    prompt = {"points": [{"x": int(at.x()), "y": int(at.y())}]}
    wanted = server.prelabels("pointed", image, "geometry=polygon", prompt=prompt)[0]["polygon"]["parts"][0][0]
    window.rest()
    found = [points for label, _, points in window.shapes()[before:] if label == "AUTOLABEL_OBJECT"]
    served.near(wanted, found[0], "what was clicked on in its canvas", 1.5)


def main():
    server = served.Server(sys.argv[1:])
    failed = []

    def instead_of_waiting(*_):
        try:
            drive(Window(QApplication.instance()), server)
        except BaseException:
            failed.append(traceback.format_exc())
        return 0

    QApplication.exec = instead_of_waiting
    sys.argv = ["xanylabeling", "--filename", str(PHOTO), "--work-dir", str(WORK), "--no-auto-update-check"]
    try:
        import anylabeling.app
        anylabeling.app.main()
    except SystemExit as e:
        assert not e.code, e.code
    finally:
        server.close()
    if not failed:
        served.report("X-AnyLabeling", importlib.metadata.version("x-anylabeling-cvhub"),
                      "its window without a display: the dialog of the remote server with a token as API key, models, boxes, polygons, a project, a click")
    print(*failed, end="", flush=True)
    # Its threads do not end by themselves.
    os._exit(len(failed))


main()
