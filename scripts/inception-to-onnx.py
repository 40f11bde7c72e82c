"""Turns the weight file of pytorch-fid into an ONNX file that `gansweep extractor add` takes as the original Inception.

    pip install torch pytorch-fid onnx
    python scripts/inception-to-onnx.py pt_inception-2015-12-05-6726825d.pth inception.onnx

The weight file is that of https://github.com/mseitzer/pytorch-fid (releases, fid_weights). Its SHA-256 is checked before
anything of it is read, and nothing is downloaded. The network takes pictures [n, 3, 299, 299] in [0, 1] and gives the
2048 features of the last pooling, as pytorch-fid computes them.
"""

import hashlib
import sys

SOURCE_SHA256 = "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2"
SIDE = 299


def sha256_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def weights_hash(tensors):
    """The hash that gansweep knows an extractor by: of each tensor its shape and its float32 bytes, sorted, whatever the names."""
    each = []
    for values in tensors:
        values = values.astype("<f4")
        digest = hashlib.sha256("×".join(str(side) for side in values.shape).encode() + b"\n")
        digest.update(values.tobytes())
        each.append(digest.hexdigest())
    return hashlib.sha256("\n".join(sorted(each)).encode()).hexdigest()


def note(model, source):
    """Leaves in the model the file it came from and the hash of the weights that it holds."""
    import onnx
    from onnx import numpy_helper

    floats = [t for t in model.graph.initializer if t.data_type in (onnx.TensorProto.FLOAT, onnx.TensorProto.DOUBLE)]
    found = weights_hash([numpy_helper.to_array(tensor) for tensor in floats])
    for key, value in {"gansweep.source.sha256": source, "gansweep.weights.sha256": found}.items():
        entry = model.metadata_props.add()
        entry.key, entry.value = key, value
    return found


def main(source, target):
    found = sha256_of(source)
    if found != SOURCE_SHA256:
        sys.exit(f"{source} has SHA-256 {found}, not {SOURCE_SHA256}: download it again from pytorch-fid's releases")

    import onnx
    import torch
    from pytorch_fid import inception

    # pytorch-fid would download the weights: give it those of the checked file.
    inception.load_state_dict_from_url = lambda *_, **__: torch.load(source, map_location="cpu", weights_only=True)
    network = inception.InceptionV3([3], resize_input=False, normalize_input=True).eval()

    class Features(torch.nn.Module):
        def forward(self, pictures):
            return network(pictures)[0].flatten(1)

    torch.onnx.export(
        Features(),
        (torch.zeros(2, 3, SIDE, SIDE),),
        target,
        input_names=["pictures"],
        output_names=["pool_3"],
        dynamic_axes={"pictures": {0: "n"}, "pool_3": {0: "n"}},
        opset_version=17,
        dynamo=False,
    )
    model = onnx.load(target)
    weights = note(model, found)
    onnx.save(model, target)
    print(f"{target}: weights {weights}\ngansweep extractor add {target}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
