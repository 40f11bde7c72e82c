export { DatasetError } from './dataset-error.ts';
export { npyHead, npyTableHead, samplesFromNpy } from './npy.ts';
export { findOpenDataset, type OpenDataset, openDataset, type WantedData } from './open-dataset.ts';
export { planeReals } from './plane-reals.ts';
export { addDataSet, dataSetProblem, type PluginDataSet } from './plugins/data-sets.ts';
export { readCifar10 } from './readers/cifar/cifar10.ts';
export { readFolderImages } from './readers/folder/folder-images.ts';
export {
  type FolderReport,
  makeFolderSet,
  newestFolderReport,
  openFolderSet,
  readFolderReport,
} from './readers/folder/folder-set.ts';
export { type BadFile, FolderRefused } from './readers/folder/read-folder.ts';
export { liveImageReaders } from './readers/image-reader.ts';
export { loadMnist, type MnistImages, type MnistSplit } from './readers/mnist.ts';
