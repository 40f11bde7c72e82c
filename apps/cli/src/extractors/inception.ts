/** sha256 of pytorch-fid's weight file, pt_inception-2015-12-05-6726825d.pth, as published. */
const SOURCE_SHA256 = '6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2';

/** How FID comes to be had; the weights cannot be shipped. */
export const HOW_TO_FID =
  'FID is a distance by the original Inception network, whose weights cannot be shipped: download pt_inception-2015-12-05-6726825d.pth (pytorch-fid), then python scripts/inception-to-onnx.py pt_inception-2015-12-05-6726825d.pth inception.onnx, then gansweep extractor add inception.onnx';

/**
 * True for what `scripts/inception-to-onnx.py` wrote: it notes the file that it checked and the hash of the tensors that
 * it took from it, and the tensors are still those.
 */
export function isOriginalInception(metadata: Readonly<Record<string, string>>, weights: string): boolean {
  return metadata['gansweep.source.sha256'] === SOURCE_SHA256 && metadata['gansweep.weights.sha256'] === weights;
}
