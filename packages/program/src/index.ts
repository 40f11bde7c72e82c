/** Everything that a browser can run as well, and the executors over native libraries. */
export * from './browser.ts';
export { functionModel } from './executors/onnx/function-model.ts';
export { liveOnnxSessions, onnxExecutor } from './executors/onnx/onnx-executor.ts';
export { type OnnxGraph, type OnnxValue, openOnnxGraph } from './executors/onnx/onnx-graph.ts';
export { constantTensor, graphMessage, modelMessage, operatorNode, valueInfo } from './executors/onnx/onnx-model.ts';
export { BadOnnx, type OnnxTensorFacts, type OnnxWeights } from './executors/onnx/read-onnx.ts';
export { packedExecutor } from './executors/packed/packed-executor.ts';
export { bytesField, floatField, integerField, join } from './executors/protobuf.ts';
export { type GraphModel, graphModel } from './executors/tensorflow/graph-model.ts';
export { type TensorflowOptions, tensorflowExecutor } from './executors/tensorflow/tensorflow-executor.ts';
export { FORESEEN_EXECUTORS, memoryOfProgram, type ProgramMemory } from './memory-of-program.ts';
