"""A GAN in PyTorch that gansweep sweeps: dense networks for laws of the plane, a small DCGAN for images."""

import time

import numpy as np
import torch
from torch import nn
from torch.nn.functional import softplus

from session import Session

session = Session()
settings = session.configuration
batch, images, nz = settings["batch"], session.images, settings["nz"]
device = "cuda" if torch.cuda.is_available() else "cpu"
torch.set_num_threads(1)
reals = np.load(session.order["reals"], mmap_mode="r")
is_points = reals.ndim == 2


def dense(sizes):
    layers = []
    for size, following in zip(sizes, sizes[1:]):
        layers += [nn.Linear(size, following), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def convolutional(side, channels):
    ngf, ndf = settings["ngf"], settings["ndf"]
    doublings = side.bit_length() - 3  # from 4 pixels
    widths = [ngf * 2**i for i in reversed(range(doublings))]
    up = [nn.Unflatten(1, (nz, 1, 1)), nn.ConvTranspose2d(nz, widths[0], 4, 1, 0), nn.BatchNorm2d(widths[0]), nn.ReLU()]
    for width, following in zip(widths, widths[1:]):
        up += [nn.ConvTranspose2d(width, following, 4, 2, 1), nn.BatchNorm2d(following), nn.ReLU()]
    up += [nn.ConvTranspose2d(widths[-1], channels, 4, 2, 1), nn.Tanh()]
    down, width = [nn.Conv2d(channels, ndf, 4, 2, 1), nn.LeakyReLU(0.2)], ndf
    for _ in range(doublings - 1):
        down += [nn.Conv2d(width, 2 * width, 4, 2, 1), nn.BatchNorm2d(2 * width), nn.LeakyReLU(0.2)]
        width *= 2
    return nn.Sequential(*up), nn.Sequential(*down, nn.Conv2d(width, 1, 4), nn.Flatten())


torch.manual_seed(session.seed)
if is_points:
    generator = dense([nz, settings["widthG"], settings["widthG"], 2])
    discriminator = dense([2, settings["widthD"], settings["widthD"], 1])
else:
    generator, discriminator = convolutional(reals.shape[1], reals.shape[3])
networks = {"G": generator.to(device), "D": discriminator.to(device)}
betas = (settings.get("beta1", 0.5), settings.get("beta2", 0.999))
optimisers = {name: torch.optim.Adam(net.parameters(), settings["lr" + name], betas) for name, net in networks.items()}
rng = np.random.default_rng(session.seed)

seen, checkpoint = session.resume()
if checkpoint:
    saved = torch.load(checkpoint, weights_only=True)
    for name in networks:
        networks[name].load_state_dict(saved[name])
        optimisers[name].load_state_dict(saved["adam" + name])
    torch.set_rng_state(saved["torch"])
    rng.bit_generator.state = {"bit_generator": "PCG64", "state": {k: int(v) for k, v in saved["numpy"].items()}, "has_uint32": 0, "uinteger": 0}
session.started(version=torch.__version__, device=device)


def real_batch():
    rows = torch.from_numpy(reals[np.sort(rng.integers(len(reals), size=batch))])
    return rows.to(device) if is_points else rows.to(device).permute(0, 3, 1, 2).float() / 127.5 - 1


def step():
    """One update of D and one of G, non-saturating: both losses."""
    fake = generator(torch.randn(batch, nz, device=device))
    loss_d = softplus(-discriminator(real_batch())).mean() + softplus(discriminator(fake.detach())).mean()
    optimisers["D"].zero_grad()
    loss_d.backward()
    optimisers["D"].step()
    loss_g = softplus(-discriminator(fake)).mean()
    optimisers["G"].zero_grad()
    loss_g.backward()
    optimisers["G"].step()
    return loss_d.item(), loss_g.item()


@torch.no_grad()
def fakes(count):
    generator.eval()
    noise = torch.randn(count, nz, generator=torch.Generator().manual_seed(session.seed)).to(device)
    drawn = torch.cat([generator(part) for part in noise.split(500)]).cpu()
    generator.train()
    if is_points:
        return drawn.numpy().astype(np.float32)
    return ((drawn.permute(0, 2, 3, 1) + 1) * 127.5).round().clamp(0, 255).to(torch.uint8).contiguous().numpy()


def save():
    path = session.file("pt")
    torch.save(
        {
            **{name: net.state_dict() for name, net in networks.items()},
            **{"adam" + name: one.state_dict() for name, one in optimisers.items()},
            "torch": torch.get_rng_state(),
            "numpy": {k: str(v) for k, v in rng.bit_generator.state["state"].items()},
        },
        path,
    )
    session.checkpoint(seen, path)


every = max(images // batch // 40, 1) * batch
saved_at = time.monotonic()
while seen < images and not session.stop:
    # A whole recording interval at a time, so that checkpoints lie on its borders.
    before, began, losses = seen, time.monotonic(), []
    while seen < min(before + every, images):
        losses.append(step())
        seen += batch
    loss_d, loss_g = np.mean(losses, axis=0)
    if not np.isfinite([loss_d, loss_g]).all():
        session.ended(seen, "diverged", "lossD" if not np.isfinite(loss_d) else "lossG")
        raise SystemExit
    speed = (seen - before) / (time.monotonic() - began)
    session.points(seen, lossD=float(loss_d), lossG=float(loss_g), imagesPerSecond=speed)
    if session.evaluation_due(before, seen):
        path = session.file("npy")
        np.save(path, fakes(session.order["fakes"]))
        session.evaluation(seen, path)
    elif session.look_due(before, seen):
        path = session.file("npy")
        np.save(path, fakes(session.order["looks"]))
        session.look(seen, path)
    pause = session.order["checkpointSeconds"]
    if seen < images and (session.stop or (pause is not None and time.monotonic() - saved_at > pause)):
        save()
        saved_at = time.monotonic()
session.ended(seen, "images" if seen >= images else "stop")
