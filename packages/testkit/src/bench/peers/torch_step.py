"""One GAN iteration in PyTorch: D on reals and fakes passed separately, then G, both by Adam.

Variants: `eager` and `compile` (the losses through `torch.compile`, which needs a C++ compiler). Lanes are stacked:
batched matrix products and one Adam over [lanes, parameters] with every lane's own settings.
"""

import math
import os

import rounds  # First: it times the import of the library.
import torch
from torch import nn
from torch.nn.functional import relu, softplus

IMAGES = 4096


def dense(inputs, width, layers, outputs):
    lengths = [inputs, *[width] * layers, outputs]
    modules = []
    for a, b in zip(lengths, lengths[1:]):
        modules += [nn.Linear(a, b), nn.ReLU()]
    return nn.Sequential(*modules[:-1])


def dcgan_generator(configuration, channels):
    doublings = int(math.log2(configuration["resolution"] // 4))
    widths = [configuration["ngf"] * 2**i for i in reversed(range(doublings))]
    norm = {"eps": configuration["bnEps"], "momentum": configuration["bnMomentum"]}
    modules = [nn.Linear(configuration["nz"], widths[0] * 16, bias=False), nn.Unflatten(1, (widths[0], 4, 4))]
    for a, b in zip(widths, [*widths[1:], channels]):
        modules += [nn.BatchNorm2d(a, **norm), nn.ReLU(True), nn.ConvTranspose2d(a, b, 4, 2, 1, bias=False)]
    return nn.Sequential(*modules, nn.Tanh())


def dcgan_discriminator(configuration, channels):
    doublings = int(math.log2(configuration["resolution"] // 4))
    widths = [configuration["ndf"] * 2**i for i in range(doublings)]
    norm = {"eps": configuration["bnEps"], "momentum": configuration["bnMomentum"]}
    modules = []
    for a, b in zip([channels, *widths], widths):
        modules.append(nn.Conv2d(a, b, 4, 2, 1, bias=False))
        if a != channels:
            modules.append(nn.BatchNorm2d(b, **norm))
        modules.append(nn.LeakyReLU(configuration["leak"], True))
    return nn.Sequential(*modules, nn.Flatten(), nn.Linear(widths[-1] * 16, 1, bias=False))


def solo_side(network, learning_rate, configuration):
    """A network of one run and what moves it along gradients."""
    parameters = list(network.parameters())
    optimizer = torch.optim.Adam(
        parameters,
        learning_rate,
        (configuration["beta1"], configuration["beta2"]),
        configuration["adamEps"],
        fused=True,  # The fastest of its three forms on a processor.
    )

    def descend(loss):
        for parameter, gradient in zip(parameters, torch.autograd.grad(loss, parameters)):
            parameter.grad = gradient
        optimizer.step()

    return network, descend, sum(parameter.numel() for parameter in parameters)


def stacked_side(lengths, settings):
    """The dense networks of all lanes: parameters are views of one [lanes, parameters] vector."""
    lanes = len(settings["lr"])
    lr, beta1, beta2, epsilon = (torch.tensor(settings[name])[:, None] for name in ("lr", "beta1", "beta2", "adamEps"))
    shapes = [shape for a, b in zip(lengths, lengths[1:]) for shape in ((a, b), (1, b))]
    sizes = [a * b for a, b in shapes]
    flat = torch.randn(lanes, sum(sizes)) * 0.2
    first, second = torch.zeros_like(flat), torch.zeros_like(flat)
    powers = [torch.ones_like(lr), torch.ones_like(lr)]
    parameters = [
        part.view(lanes, *shape).detach().requires_grad_() for part, shape in zip(flat.split(sizes, 1), shapes)
    ]

    def network(x):
        for i in range(0, len(parameters), 2):
            x = torch.baddbmm(parameters[i + 1], x, parameters[i])
            if i + 2 < len(parameters):
                x = relu(x)
        return x

    @torch.no_grad()
    def descend(loss):
        gradients = torch.autograd.grad(loss, parameters)
        gradient = torch.cat([part.reshape(lanes, -1) for part in gradients], 1)
        powers[0] = powers[0] * beta1
        powers[1] = powers[1] * beta2
        first.lerp_(gradient, 1 - beta1)
        second.mul_(beta2).addcmul_(gradient, gradient * (1 - beta2))
        flat.sub_(lr / (1 - powers[0]) * first / ((second / (1 - powers[1])).sqrt_() + epsilon))

    return network, descend, sum(sizes)


def main():
    job = rounds.read_job()
    torch.set_num_threads(1)
    torch.set_default_device("cuda" if job["device"] == "gpu" else "cpu")
    if "GANSWEEP_BENCH_TF32" in os.environ:
        torch.set_float32_matmul_precision("high")
        torch.backends.cudnn.allow_tf32 = True
    torch.backends.cudnn.benchmark = job["device"] == "gpu"
    configuration, lanes = rounds.networks_of(job)
    batch, nz = configuration["batch"], configuration["nz"]
    if configuration["model"] == "mlp2d":
        lengths = {
            side: (inputs, *[configuration[f"width{side}"]] * configuration[f"layers{side}"], outputs)
            for side, inputs, outputs in (("G", nz, 2), ("D", 2, 1))
        }
        if lanes > 1:
            sides = {}
            for side in "GD":
                settings = {name: rounds.per_lane(job, name) for name in ("beta1", "beta2", "adamEps")}
                settings["lr"] = rounds.per_lane(job, f"lr{side}")
                sides[side] = stacked_side(lengths[side], settings)
        else:
            sides = {
                side: solo_side(
                    dense(lengths[side][0], lengths[side][1], len(lengths[side]) - 2, lengths[side][-1]),
                    configuration[f"lr{side}"],
                    configuration,
                )
                for side in "GD"
            }
        lane_shape = (lanes,) if lanes > 1 else ()
        noise = lambda: torch.randn(*lane_shape, batch, nz)
        reals = lambda: torch.randn(*lane_shape, batch, 2)
    else:
        if lanes > 1:
            rounds.refuse("lanes are of dense networks")
        channels, side_px = job["shape"]["channels"], configuration["resolution"]
        sides = {
            "G": solo_side(dcgan_generator(configuration, channels), configuration["lrG"], configuration),
            "D": solo_side(dcgan_discriminator(configuration, channels), configuration["lrD"], configuration),
        }
        images = torch.randint(0, 256, (IMAGES, channels, side_px, side_px), dtype=torch.uint8)
        noise = lambda: torch.randn(batch, nz)
        reals = lambda: images[torch.randint(0, IMAGES, (batch,))].float().div_(127.5).sub_(1)
    (generator, descend_generator, size_g), (discriminator, descend_discriminator, size_d) = sides["G"], sides["D"]
    # Lanes do not touch: the sum of their means has every lane's own gradient.
    mean = (lambda x: x.mean((1, 2)).sum()) if lanes > 1 else torch.mean

    def loss_of_d(x, fakes):
        return mean(softplus(-discriminator(x))) + mean(softplus(discriminator(fakes)))

    def loss_of_g(z):
        return mean(softplus(-discriminator(generator(z))))

    make_fakes = generator
    if job["variant"] == "compile":
        # Gradients are taken outside: forward and backward of each loss are compiled, the fused optimiser is one already.
        make_fakes, loss_of_d, loss_of_g = (torch.compile(part) for part in (generator, loss_of_d, loss_of_g))

    def step():
        with torch.no_grad():
            fakes = make_fakes(noise())
        loss_d = loss_of_d(reals(), fakes)
        descend_discriminator(loss_d)
        loss_g = loss_of_g(noise())
        descend_generator(loss_g)
        return loss_d, loss_g

    def call():
        losses = [step() for _ in range(job["stepsPerCall"])]
        return [loss.item() for loss in losses[-1]]

    rounds.serve(job, "PyTorch", torch.__version__.split("+")[0], size_g + size_d, call)


main()
