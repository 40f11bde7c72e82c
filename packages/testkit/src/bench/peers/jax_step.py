"""One GAN iteration in JAX: D on reals and fakes passed separately, then G, both by Adam.

Variants: `jit` (a call a step) and `scan` (all steps of a call inside `lax.scan`). Lanes are `vmap` over the whole step.
"""

import math
from functools import partial

import rounds  # First: it times the import of the library.
import jax
import jax.numpy as jnp
from jax import lax

IMAGES = 4096
LAYOUT = ("NHWC", "HWIO", "NHWC")


def dense_parameters(key, lengths):
    keys = jax.random.split(key, len(lengths) - 1)
    return [
        {"weight": jax.random.normal(k, (a, b)) / math.sqrt(a), "bias": jnp.zeros(b)}
        for k, a, b in zip(keys, lengths, lengths[1:])
    ]


def dense(parameters, x):
    for layer in parameters[:-1]:
        x = jax.nn.relu(x @ layer["weight"] + layer["bias"])
    return x @ parameters[-1]["weight"] + parameters[-1]["bias"]


def normal(key, shape):
    return 0.02 * jax.random.normal(key, shape)


def norm_parameters(channels):
    return {"scale": jnp.ones(channels), "bias": jnp.zeros(channels)}


def batch_norm(norm, x, epsilon):
    mean = x.mean((0, 1, 2))
    variance = jnp.square(x - mean).mean((0, 1, 2))
    return (x - mean) * (lax.rsqrt(variance + epsilon) * norm["scale"]) + norm["bias"]


def dcgan(configuration, channels):
    """G and D: for each how its parameters begin and how it is applied."""
    doublings = int(math.log2(configuration["resolution"] // 4))
    down = [configuration["ngf"] * 2**i for i in reversed(range(doublings))]
    up = [configuration["ndf"] * 2**i for i in range(doublings)]
    epsilon = configuration["bnEps"]

    def begin_generator(key):
        keys = jax.random.split(key, doublings + 1)
        return {
            "dense": normal(keys[0], (configuration["nz"], down[0] * 16)),
            "norms": [norm_parameters(width) for width in down],
            "kernels": [normal(k, (4, 4, a, b)) for k, a, b in zip(keys[1:], down, [*down[1:], channels])],
        }

    def generator(parameters, z):
        x = (z @ parameters["dense"]).reshape(-1, 4, 4, down[0])
        for norm, kernel in zip(parameters["norms"], parameters["kernels"]):
            x = jax.nn.relu(batch_norm(norm, x, epsilon))
            x = lax.conv_transpose(x, kernel, (2, 2), "SAME", dimension_numbers=LAYOUT)
        return jnp.tanh(x)

    def begin_discriminator(key):
        keys = jax.random.split(key, doublings + 1)
        return {
            "dense": normal(keys[0], (up[-1] * 16, 1)),
            "norms": [norm_parameters(width) for width in up[1:]],
            "kernels": [normal(k, (4, 4, a, b)) for k, a, b in zip(keys[1:], [channels, *up], up)],
        }

    def discriminator(parameters, x):
        for i, kernel in enumerate(parameters["kernels"]):
            x = lax.conv_general_dilated(x, kernel, (2, 2), "SAME", dimension_numbers=LAYOUT)
            if i > 0:
                x = batch_norm(parameters["norms"][i - 1], x, epsilon)
            x = jax.nn.leaky_relu(x, configuration["leak"])
        return x.reshape(x.shape[0], -1) @ parameters["dense"]

    return (begin_generator, generator), (begin_discriminator, discriminator)


def zeros_like(tree):
    return jax.tree.map(jnp.zeros_like, tree)


def adam(side, gradients, lr, settings):
    """A side of the state after one update by its gradients."""
    beta1, beta2, count = settings["beta1"], settings["beta2"], side["count"] + 1
    first = jax.tree.map(lambda m, g: beta1 * m + (1 - beta1) * g, side["first"], gradients)
    second = jax.tree.map(lambda v, g: beta2 * v + (1 - beta2) * g * g, side["second"], gradients)
    rest1, rest2 = 1 - beta1**count, 1 - beta2**count
    parameters = jax.tree.map(
        lambda p, m, v: p - lr * (m / rest1) / (jnp.sqrt(v / rest2) + settings["adamEps"]),
        side["parameters"],
        first,
        second,
    )
    return {"parameters": parameters, "first": first, "second": second, "count": count}


def main():
    job = rounds.read_job()
    configuration, lanes = rounds.networks_of(job)
    batch, nz, steps = configuration["batch"], configuration["nz"], job["stepsPerCall"]
    images = jnp.zeros(0)
    if configuration["model"] == "mlp2d":
        lengths = {
            side: (inputs, *[configuration[f"width{side}"]] * configuration[f"layers{side}"], outputs)
            for side, inputs, outputs in (("G", nz, 2), ("D", 2, 1))
        }
        begin_g, begin_d = (partial(dense_parameters, lengths=lengths[side]) for side in "GD")
        generator = discriminator = dense
        reals = lambda key, images: jax.random.normal(key, (batch, 2))
    else:
        channels, side_px = job["shape"]["channels"], configuration["resolution"]
        (begin_g, generator), (begin_d, discriminator) = dcgan(configuration, channels)
        images = jax.random.randint(jax.random.key(9), (IMAGES, side_px, side_px, channels), 0, 256).astype(jnp.uint8)
        reals = lambda key, images: (
            images[jax.random.randint(key, (batch,), 0, IMAGES)].astype(jnp.float32) / 127.5 - 1
        )

    def begin(key):
        key, key_g, key_d = jax.random.split(key, 3)
        state = {"key": key}
        for side, parameters in (("G", begin_g(key_g)), ("D", begin_d(key_d))):
            state[side] = {
                "parameters": parameters,
                "first": zeros_like(parameters),
                "second": zeros_like(parameters),
                "count": jnp.float32(0),
            }
        return state

    def step(state, settings, images):
        key, noise_d, noise_g, real = jax.random.split(state["key"], 4)
        g, d = state["G"], state["D"]
        fakes = generator(g["parameters"], jax.random.normal(noise_d, (batch, nz)))
        x = reals(real, images)

        def loss_of_d(parameters):
            on_reals, on_fakes = discriminator(parameters, x), discriminator(parameters, fakes)
            return jax.nn.softplus(-on_reals).mean() + jax.nn.softplus(on_fakes).mean()

        loss_d, gradients = jax.value_and_grad(loss_of_d)(d["parameters"])
        d = adam(d, gradients, settings["lrD"], settings)

        def loss_of_g(parameters):
            made = generator(parameters, jax.random.normal(noise_g, (batch, nz)))
            return jax.nn.softplus(-discriminator(d["parameters"], made)).mean()

        loss_g, gradients = jax.value_and_grad(loss_of_g)(g["parameters"])
        g = adam(g, gradients, settings["lrG"], settings)
        return {"key": key, "G": g, "D": d}, (loss_d, loss_g)

    names = ("lrG", "lrD", "beta1", "beta2", "adamEps")
    if lanes > 1:
        settings = {name: jnp.asarray(rounds.per_lane(job, name), jnp.float32) for name in names}
        state = jax.vmap(begin)(jax.random.split(jax.random.key(0), lanes))
        step = jax.vmap(step, in_axes=(0, 0, None))
    else:
        settings = {name: jnp.float32(configuration[name]) for name in names}
        state = begin(jax.random.key(0))

    if job["variant"] == "scan":
        per_dispatch = steps
        body = lambda state, settings, images: lax.scan(
            lambda carry, _: step(carry, settings, images), state, length=steps
        )
    else:
        per_dispatch = 1
        body = step
    dispatch = jax.jit(body, donate_argnums=0)

    def call():
        nonlocal state
        for _ in range(steps // per_dispatch):
            state, losses = dispatch(state, settings, images)
        return [float(loss.ravel()[-1]) for loss in losses]

    parameters = jax.tree.leaves((state["G"]["parameters"], state["D"]["parameters"]))
    rounds.serve(job, "JAX", jax.__version__, sum(leaf.size for leaf in parameters) // lanes, call)


main()
