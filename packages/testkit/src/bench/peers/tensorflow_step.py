"""One GAN iteration in TensorFlow, traced by `tf.function`: D on reals and fakes passed separately, then G, by Adam.

Variants: `function` (a call a step) and `loop` (all steps of a call in a loop of the graph). Lanes are stacked: batched
matrix products and one Adam over [lanes, parameters] with every lane's own settings.
"""

import math

import rounds  # First: it times the import of the library.
import tensorflow as tf

IMAGES = 4096


class Adam:
    """Adam by TensorFlow's own fused kernel, for the variables of one run."""

    def __init__(self, variables, learning_rate, configuration):
        self.variables = variables
        self.settings = {
            "lr": learning_rate,
            "beta1": configuration["beta1"],
            "beta2": configuration["beta2"],
            "epsilon": configuration["adamEps"],
        }
        self.first = [tf.Variable(tf.zeros_like(variable)) for variable in variables]
        self.second = [tf.Variable(tf.zeros_like(variable)) for variable in variables]
        self.power1, self.power2 = tf.Variable(1.0), tf.Variable(1.0)

    def move(self, gradients):
        power1 = self.power1.assign(self.power1 * self.settings["beta1"])
        power2 = self.power2.assign(self.power2 * self.settings["beta2"])
        for variable, first, second, gradient in zip(self.variables, self.first, self.second, gradients):
            tf.raw_ops.ResourceApplyAdam(
                var=variable.handle,
                m=first.handle,
                v=second.handle,
                beta1_power=power1,
                beta2_power=power2,
                grad=gradient,
                **self.settings,
            )


class SoloSide:
    """A network of one run. `forward(weights, x)` is pure, so that gradients are asked of plain tensors."""

    def __init__(self, initial, forward, learning_rate, configuration):
        self.variables = [tf.Variable(value) for value in initial]
        self.forward = forward
        self.optimizer = Adam(self.variables, learning_rate, configuration)
        self.size = sum(math.prod(variable.shape) for variable in self.variables)

    def weights(self):
        return [variable.read_value() for variable in self.variables]

    def move(self, gradients):
        self.optimizer.move(gradients)


class StackedSide:
    """The dense networks of all lanes: weights are slices of one [lanes, parameters] variable."""

    def __init__(self, lengths, settings):
        self.lanes = len(settings["lr"])
        self.shapes = [shape for a, b in zip(lengths, lengths[1:]) for shape in ((a, b), (1, b))]
        self.sizes = [a * b for a, b in self.shapes]
        self.size = sum(self.sizes)
        self.flat = tf.Variable(tf.random.normal([self.lanes, self.size], 0, 0.2))
        self.first, self.second = (tf.Variable(tf.zeros_like(self.flat)) for _ in range(2))
        self.powers = [tf.Variable(tf.ones([self.lanes, 1])) for _ in range(2)]
        self.settings = {name: tf.constant(values, tf.float32)[:, None] for name, values in settings.items()}
        self.forward = dense

    def weights(self):
        parts = tf.split(self.flat.read_value(), self.sizes, 1)
        return [tf.reshape(part, [self.lanes, *shape]) for part, shape in zip(parts, self.shapes)]

    def move(self, gradients):
        gradient = tf.concat([tf.reshape(part, [self.lanes, -1]) for part in gradients], 1)
        lr, beta1, beta2, epsilon = (self.settings[name] for name in ("lr", "beta1", "beta2", "adamEps"))
        power1 = self.powers[0].assign(self.powers[0] * beta1)
        power2 = self.powers[1].assign(self.powers[1] * beta2)
        first = self.first.assign(self.first * beta1 + gradient * (1 - beta1))
        second = self.second.assign(self.second * beta2 + tf.square(gradient) * (1 - beta2))
        self.flat.assign_sub(lr / (1 - power1) * first / (tf.sqrt(second / (1 - power2)) + epsilon))


def dense(weights, x):
    for i in range(0, len(weights), 2):
        x = tf.matmul(x, weights[i]) + weights[i + 1]
        if i + 2 < len(weights):
            x = tf.nn.relu(x)
    return x


def dense_initial(lengths):
    return [
        value
        for a, b in zip(lengths, lengths[1:])
        for value in (tf.random.normal([a, b], 0, 1 / math.sqrt(a)), tf.zeros([b]))
    ]


def batch_norm(x, scale, bias, epsilon):
    return tf.raw_ops.FusedBatchNormV3(
        x=x, scale=scale, offset=bias, mean=[], variance=[], epsilon=epsilon, is_training=True
    ).y


def dcgan_sides(configuration, channels):
    batch, epsilon = configuration["batch"], configuration["bnEps"]
    doublings = int(math.log2(configuration["resolution"] // 4))
    down = [configuration["ngf"] * 2**i for i in reversed(range(doublings))]
    up = [configuration["ndf"] * 2**i for i in range(doublings)]
    normal = lambda *shape: tf.random.normal(shape, 0, 0.02)

    initial_g = [normal(configuration["nz"], down[0] * 16)]
    for a, b in zip(down, [*down[1:], channels]):
        initial_g += [tf.ones([a]), tf.zeros([a]), normal(4, 4, b, a)]

    def generator(weights, z):
        x = tf.reshape(tf.matmul(z, weights[0]), [batch, 4, 4, down[0]])
        for i in range(doublings):
            scale, bias, kernel = weights[1 + 3 * i : 4 + 3 * i]
            x = tf.nn.relu(batch_norm(x, scale, bias, epsilon))
            side = 8 * 2**i
            x = tf.nn.conv2d_transpose(x, kernel, [batch, side, side, kernel.shape[2]], 2, "SAME")
        return tf.tanh(x)

    initial_d = [normal(up[-1] * 16, 1), normal(4, 4, channels, up[0])]
    for a, b in zip(up, up[1:]):
        initial_d += [normal(4, 4, a, b), tf.ones([b]), tf.zeros([b])]

    def discriminator(weights, x):
        x = tf.nn.leaky_relu(tf.nn.conv2d(x, weights[1], 2, "SAME"), configuration["leak"])
        for i in range(doublings - 1):
            kernel, scale, bias = weights[2 + 3 * i : 5 + 3 * i]
            x = batch_norm(tf.nn.conv2d(x, kernel, 2, "SAME"), scale, bias, epsilon)
            x = tf.nn.leaky_relu(x, configuration["leak"])
        return tf.matmul(tf.reshape(x, [batch, -1]), weights[0])

    return (
        SoloSide(initial_g, generator, configuration["lrG"], configuration),
        SoloSide(initial_d, discriminator, configuration["lrD"], configuration),
    )


def dense_sides(job, configuration, lanes):
    for side, inputs, outputs in (("G", configuration["nz"], 2), ("D", 2, 1)):
        lengths = (inputs, *[configuration[f"width{side}"]] * configuration[f"layers{side}"], outputs)
        if lanes > 1:
            settings = {name: rounds.per_lane(job, name) for name in ("beta1", "beta2", "adamEps")}
            yield StackedSide(lengths, {**settings, "lr": rounds.per_lane(job, f"lr{side}")})
        else:
            yield SoloSide(dense_initial(lengths), dense, configuration[f"lr{side}"], configuration)


def main():
    job = rounds.read_job()
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    configuration, lanes = rounds.networks_of(job)
    batch, nz, steps = configuration["batch"], configuration["nz"], job["stepsPerCall"]
    lane_shape = [lanes] if lanes > 1 else []
    noise = lambda: tf.random.normal([*lane_shape, batch, nz])
    if configuration["model"] == "mlp2d":
        g, d = dense_sides(job, configuration, lanes)
        reals = lambda: tf.random.normal([*lane_shape, batch, 2])
    else:
        if lanes > 1:
            rounds.refuse("lanes are of dense networks")
        channels, side_px = job["shape"]["channels"], configuration["resolution"]
        g, d = dcgan_sides(configuration, channels)
        images = tf.Variable(
            tf.cast(tf.random.uniform([IMAGES, side_px, side_px, channels], 0, 256, tf.int32), tf.uint8)
        )
        reals = lambda: (
            tf.cast(tf.gather(images, tf.random.uniform([batch], 0, IMAGES, tf.int32)), tf.float32) / 127.5 - 1
        )
    # Lanes do not touch: the sum of their means has every lane's own gradient.
    mean = (lambda x: tf.reduce_sum(tf.reduce_mean(x, [1, 2]))) if lanes > 1 else tf.reduce_mean

    def step():
        fakes = g.forward(g.weights(), noise())
        weights = d.weights()
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(weights)
            loss_d = mean(tf.nn.softplus(-d.forward(weights, reals()))) + mean(tf.nn.softplus(d.forward(weights, fakes)))
        d.move(tape.gradient(loss_d, weights))
        weights = g.weights()
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(weights)
            loss_g = mean(tf.nn.softplus(-d.forward(d.weights(), g.forward(weights, noise()))))
        g.move(tape.gradient(loss_g, weights))
        return loss_d, loss_g

    def loop():
        losses = (tf.constant(0.0), tf.constant(0.0))
        for _ in tf.range(steps):
            losses = step()
        return losses

    per_dispatch = steps if job["variant"] == "loop" else 1
    dispatch = tf.function(loop if job["variant"] == "loop" else step)

    def call():
        for _ in range(steps // per_dispatch):
            losses = dispatch()
        return [float(loss) for loss in losses]

    rounds.serve(job, "TensorFlow", tf.__version__, g.size + d.size, call)


main()
