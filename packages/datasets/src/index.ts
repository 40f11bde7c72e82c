export { DatasetError } from './dataset-error.ts';
export { npyHead, samplesFromNpy } from './npy.ts';
export { type OpenDataset, openDataset } from './open-dataset.ts';
export { planeReals } from './plane-reals.ts';
export { liveImageReaders } from './readers/image-reader.ts';
export { loadMnist, type MnistImages, type MnistSplit } from './readers/mnist.ts';
