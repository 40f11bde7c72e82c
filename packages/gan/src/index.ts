export {
  type Checkpoint,
  CheckpointError,
  decodeCheckpoint,
  encodeCheckpoint,
  type FullCheckpoint,
  type GeneratorCheckpoint,
} from './checkpoint.ts';
export { latentsOf } from './foreign-latents.ts';
export { type Generator, generatorFunction, type OpenGenerator, openGenerator } from './generator.ts';
export { heldImages } from './held-images.ts';
export { type IterationInputs, iterationInputs } from './iteration-inputs.ts';
export { type SampleShape, shapeOf } from './networks/network.ts';
export { networksOf } from './networks/networks-of.ts';
export { type Latents, type OpenNetworks, openNetworks } from './open-networks.ts';
export { totalSize } from './parameters.ts';
export { planTraining, type TrainingPlan } from './plan-training.ts';
export { addPluginLoss, checkLoss, type PluginLoss } from './plugins/losses.ts';
export { addModel, checkModel, type PluginModel } from './plugins/models.ts';
export { addNoiseLaw, noiseProblem, type PluginNoiseLaw } from './plugins/noise-laws.ts';
export { createStepProgram, type StepProgram } from './step-program.ts';
export { type TrainingEnd, type TrainingEvent, type TrainingRequest, trainGan, unfitToContinue } from './train-gan.ts';
export { trainingProgram } from './training-program.ts';
