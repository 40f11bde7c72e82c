"""The trainer's side of a gansweep run: one JSON order on standard input, events as JSON lines on standard output.

Needs nothing but Python 3.9. docs/bring-your-own.md describes every message.
"""

import json
import os
import struct
import sys
import threading


class Session:
    """A run as gansweep ordered it. `stop` becomes true when the training should end early, with a checkpoint."""

    def __init__(self):
        self.order = json.loads(sys.stdin.readline())
        if self.order["protocol"] != 1:
            sys.exit(f"this script speaks protocol 1, not {self.order['protocol']}")
        self.configuration = self.order["configuration"]
        self.seed = self.order["seed"]
        self.images = self.order["images"]
        self.stop = False
        self._files = 0
        # Events own standard output: whatever a library prints goes to the log.
        self._out = os.fdopen(os.dup(1), "w", buffering=1)
        os.dup2(2, 1)
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        for line in sys.stdin:
            if json.loads(line).get("order") == "stop":
                self.stop = True
        os._exit(1)  # the worker is gone

    def _say(self, event, **fields):
        self._out.write(json.dumps({"event": event, **fields}, allow_nan=False) + "\n")

    def file(self, ending):
        """A path in the scratch folder that was never used before: gansweep reads files while the training goes on."""
        self._files += 1
        return os.path.join(self.order["scratch"], f"{self._files}.{ending}")

    def resume(self):
        """(images seen, path) of the checkpoint to go on from, or (0, None)."""
        given = self.order["resume"]
        return (given["imagesSeen"], given["file"]) if given else (0, None)

    def started(self, version="", device=""):
        self._say("started", resumedAtImages=self.resume()[0], version=version, device=device)

    def points(self, images_seen, **values):
        self._say("points", imagesSeen=images_seen, values=values)

    def evaluation_due(self, before, images_seen):
        """True when an evaluation falls into the images from `before` (exclusive) to `images_seen`."""
        return any(before < at <= images_seen for at in self.order["evaluateAt"])

    def look_due(self, before, images_seen):
        """True when the detectors want samples of the images from `before` (exclusive) to `images_seen`."""
        return any(before < at <= images_seen for at in self.order.get("looksAt", []))

    def look(self, images_seen, path):
        """Has a .npy of `order["looks"]` samples looked at by the detectors, and not drawn."""
        self._say("sample", imagesSeen=images_seen, file=os.path.basename(path), shown=False)

    def evaluation(self, images_seen, path):
        """Has a .npy of `order["fakes"]` samples scored and drawn."""
        self._say("sample", imagesSeen=images_seen, file=os.path.basename(path))
        self._say("evaluation", imagesSeen=images_seen, fakes=os.path.basename(path))

    def checkpoint(self, images_seen, path):
        self._say("checkpoint", imagesSeen=images_seen, file=os.path.basename(path))

    def ended(self, images_seen, because, what=None):
        """`because`: images, stop or diverged (then `what` names what was not finite first)."""
        self._say("ended", imagesSeen=images_seen, because=because, **({"what": what} if what else {}))


def write_points(path, points):
    """Writes [(x, y), …] as a .npy of float32 [n, 2], without NumPy."""
    head = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({len(points)}, 2), }}"
    head += " " * (-(len(head) + 11) % 64) + "\n"
    with open(path, "wb") as out:
        out.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode())
        out.write(struct.pack(f"<{2 * len(points)}f", *(number for point in points for number in point)))


def read_points(path):
    """The rows of a .npy of float32 [n, 2], without NumPy."""
    with open(path, "rb") as source:
        data = source.read()
    (length,) = struct.unpack_from("<H", data, 8)
    numbers = struct.unpack_from(f"<{(len(data) - 10 - length) // 4}f", data, 10 + length)
    return list(zip(numbers[::2], numbers[1::2]))
