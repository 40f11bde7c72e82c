"""A GAN of the plane in plain Python: G is an affine map of Gaussian noise, D is logistic in x, y, x², y² and xy."""

import json
import math
import random
import time

from session import Session, read_points, write_points

session = Session()
settings = session.configuration
batch, images = settings["batch"], session.images
reals = read_points(session.order["reals"])
every = max(images // batch // 40, 1) * batch
rng = random.Random(session.seed)
state = {"images": 0, "g": [0.1, 0.0, 0.5, 0.0, 0.1, 0.5], "d": [0.0] * 6}

at, checkpoint = session.resume()
if checkpoint:
    with open(checkpoint) as source:
        saved = json.load(source)
    state = saved["state"]
    rng.setstate((saved["rng"][0], tuple(saved["rng"][1]), saved["rng"][2]))
session.started(version="plain Python", device="cpu")


def features(point):
    x, y = point
    return (1.0, x, y, x * x, y * y, x * y)


def score(point):
    return sum(weight * feature for weight, feature in zip(state["d"], features(point)))


def sigmoid(value):
    return 1 / (1 + math.exp(-value)) if value >= 0 else math.exp(value) / (1 + math.exp(value))


def softplus(value):
    return max(value, 0) + math.log1p(math.exp(-abs(value)))


def draw(source):
    a, b, c, d, e, f = state["g"]
    u, v = source.gauss(0, 1), source.gauss(0, 1)
    return (a * u + b * v + c, d * u + e * v + f), (u, v, 1.0)


def train():
    """One update of D and one of G on a batch: the non-saturating losses, before the updates."""
    real = [reals[rng.randrange(len(reals))] for _ in range(batch)]
    fake = [draw(rng)[0] for _ in range(batch)]
    gradient = [0.0] * 6
    for points, label in ((real, 1), (fake, 0)):
        for point in points:
            error = sigmoid(score(point)) - label
            for i, feature in enumerate(features(point)):
                gradient[i] += error * feature / batch
    loss_d = sum(softplus(-score(p)) for p in real) / batch + sum(softplus(score(p)) for p in fake) / batch
    state["d"] = [w - settings["lrD"] * g for w, g in zip(state["d"], gradient)]
    gradient, loss_g = [0.0] * 6, 0.0
    for _ in range(batch):
        (x, y), noise = draw(rng)
        value = score((x, y))
        loss_g += softplus(-value) / batch
        _, b, c, d, e, f = state["d"]
        slope = -sigmoid(-value) / batch
        for axis, part in ((0, b + 2 * d * x + f * y), (1, c + 2 * e * y + f * x)):
            for i, factor in enumerate(noise):
                gradient[3 * axis + i] += slope * part * factor
    state["g"] = [w - settings["lrG"] * g for w, g in zip(state["g"], gradient)]
    return loss_d, loss_g


def save():
    path = session.file("json")
    with open(path, "w") as out:
        json.dump({"state": state, "rng": rng.getstate()}, out)
    session.checkpoint(state["images"], path)


saved_at = time.monotonic()
sums, steps = [0.0, 0.0], 0
while state["images"] < images and not session.stop:
    # A whole recording interval at a time, so that checkpoints lie on its borders.
    before = state["images"]
    sums, steps = [0.0, 0.0], 0
    while state["images"] < min(before + every, images):
        sums = [total + loss for total, loss in zip(sums, train())]
        steps += 1
        state["images"] += batch
    if not all(map(math.isfinite, state["g"] + state["d"])):
        session.ended(state["images"], "diverged", "G or D")
        raise SystemExit
    session.points(state["images"], lossD=sums[0] / steps, lossG=sums[1] / steps)
    if session.evaluation_due(before, state["images"]):
        path = session.file("npy")
        fixed = random.Random(session.seed + 1)
        write_points(path, [draw(fixed)[0] for _ in range(session.order["fakes"])])
        session.evaluation(state["images"], path)
    elif session.look_due(before, state["images"]):
        path = session.file("npy")
        fixed = random.Random(session.seed + 1)
        write_points(path, [draw(fixed)[0] for _ in range(session.order["looks"])])
        session.look(state["images"], path)
    pause = session.order["checkpointSeconds"]
    is_due = pause is not None and time.monotonic() - saved_at > pause
    if state["images"] < images and (is_due or session.stop):
        save()
        saved_at = time.monotonic()
session.ended(state["images"], "images" if state["images"] >= images else "stop")
