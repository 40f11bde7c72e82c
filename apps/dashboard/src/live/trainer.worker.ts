import { wasmExecutor } from '@gansweep/program/browser';
import type { Command, Report } from './messages.ts';
import { createTrainer } from './trainer.ts';

/** What is used of a worker's own scope, which the library of pages does not declare. */
interface WorkerScope {
  onmessage: (message: { readonly data: Command }) => void;
  postMessage(report: Report): void;
}

// Some browsers have no name for this yet; whoever disposes of a program needs it.
const symbols = Symbol as { asyncDispose?: symbol };
symbols.asyncDispose ??= Symbol.for('Symbol.asyncDispose');

const scope = globalThis as unknown as WorkerScope;
const channel = new MessageChannel();

/** A timer of zero would wait for milliseconds; a message does not. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    channel.port1.onmessage = () => resolve();
    channel.port2.postMessage(null);
  });
}

const receive = createTrainer({
  executor: wasmExecutor,
  post: (report) => scope.postMessage(report),
  seconds: () => performance.now() / 1000,
  turn: (waitSeconds) =>
    waitSeconds > 0 ? new Promise((resolve) => setTimeout(resolve, waitSeconds * 1000)) : nextTurn(),
});
scope.onmessage = ({ data }) => receive(data);
