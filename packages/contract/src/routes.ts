import { z } from 'zod';
import { dataset, folderVersion, registeredFolder } from './datasets.ts';
import { listOf, pageQuery } from './lists.ts';
import {
  checkpoint,
  curves,
  curvesQuery,
  evaluation,
  logLine,
  logsQuery,
  panel,
  panelName,
  retryBody,
  run,
  runState,
  runsQuery,
  sample,
} from './runs.ts';
import { runId, sweepId } from './scalars.ts';
import {
  deletedSweep,
  deleteQuery,
  exportQuery,
  submittedSweep,
  sweepDetail,
  sweepListItem,
  sweepPreview,
  sweepState,
  sweepsQuery,
} from './sweeps.ts';
import { compareQuery, comparison, trial, trialsQuery } from './trials.ts';
import { worker } from './workers.ts';

export const API_PREFIX = '/api/v1';

/** A spec as JSON (`application/json`) or as YAML text (`application/yaml`); its own parser judges it, not this schema. */
const specBody = z.unknown();

/**
 * `json` answers follow `answers`; `stream`, `png`, `events` and `text` are bytes of that media type, and have no schema.
 */
export type AnswerKind = 'json' | 'stream' | 'png' | 'events' | 'text';

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** As Fastify writes it, with the prefix. */
  readonly path: string;
  readonly summary: string;
  readonly tag: 'sweeps' | 'runs' | 'datasets' | 'workers' | 'service';
  /** `open` routes answer without a token also where the others need one. */
  readonly auth: 'token' | 'open';
  readonly answerKind: AnswerKind;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** Schema of each successful status; problems are `problemDetails` everywhere. */
  readonly answers: Readonly<Record<number, z.ZodType>>;
}

const sweepParams = z.object({ id: sweepId });
const runParams = z.object({ id: runId });
const sampleParams = runParams.extend({ images: z.coerce.number<number | string>().int().min(0) });
const panelParams = runParams.extend({ name: panelName, images: sampleParams.shape.images });
const noSchema = z.unknown();

/** Every route of the service but the OpenAPI page and the dashboard's files. */
export const ROUTES = {
  submitSweep: {
    method: 'POST',
    path: `${API_PREFIX}/sweeps`,
    summary: 'Submit a sweep; the header Idempotency-Key makes repeating it harmless',
    tag: 'sweeps',
    auth: 'token',
    answerKind: 'json',
    body: specBody,
    answers: { 200: submittedSweep, 201: submittedSweep },
  },
  previewSweep: {
    method: 'POST',
    path: `${API_PREFIX}/sweeps/preview`,
    summary: 'Count, expand and estimate a spec; nothing is stored',
    tag: 'sweeps',
    auth: 'token',
    answerKind: 'json',
    body: specBody,
    answers: { 200: sweepPreview },
  },
  listSweeps: {
    method: 'GET',
    path: `${API_PREFIX}/sweeps`,
    summary: 'Sweeps, newest first',
    tag: 'sweeps',
    auth: 'token',
    answerKind: 'json',
    query: sweepsQuery,
    answers: { 200: listOf(sweepListItem) },
  },
  getSweep: {
    method: 'GET',
    path: `${API_PREFIX}/sweeps/:id`,
    summary: 'One sweep with its spec, progress, best trial and cost',
    tag: 'sweeps',
    auth: 'token',
    answerKind: 'json',
    params: sweepParams,
    answers: { 200: sweepDetail },
  },
  pauseSweep: {
    method: 'POST',
    path: `${API_PREFIX}/sweeps/:id/pause`,
    summary: 'Hold a sweep: its running runs are checkpointed and go back to the queue',
    tag: 'sweeps',
    auth: 'token',
    answerKind: 'json',
    params: sweepParams,
    answers: { 200: sweepState },
  },
  resumeSweep: {
    method: 'POST',
    path: `${API_PREFIX}/sweeps/:id/resume`,
    summary: 'Let a paused sweep go on',
    tag: 'sweeps',
    auth: 'token',
    answerKind: 'json',
    params: sweepParams,
    answers: { 200: sweepState },
  },
  cancelSweep: {
    method: 'POST',
    path: `${API_PREFIX}/sweeps/:id/cancel`,
    summary: 'End a sweep; runs that no other sweep holds are cancelled',
    tag: 'sweeps',
    auth: 'token',
    answerKind: 'json',
    params: sweepParams,
    answers: { 200: sweepState },
  },
  deleteSweep: {
    method: 'DELETE',
    path: `${API_PREFIX}/sweeps/:id`,
    summary: 'Delete an ended sweep and what no other sweep uses; `confirm` must be its name',
    tag: 'sweeps',
    auth: 'token',
    answerKind: 'json',
    params: sweepParams,
    query: deleteQuery,
    answers: { 200: deletedSweep },
  },
  listTrials: {
    method: 'GET',
    path: `${API_PREFIX}/sweeps/:id/trials`,
    summary: 'One row a configuration, with each metric over its seeds',
    tag: 'sweeps',
    auth: 'token',
    answerKind: 'json',
    params: sweepParams,
    query: trialsQuery,
    answers: { 200: listOf(trial) },
  },
  compareSweep: {
    method: 'GET',
    path: `${API_PREFIX}/sweeps/:id/compare`,
    summary: 'Marginal table of a metric over one or two parameters',
    tag: 'sweeps',
    auth: 'token',
    answerKind: 'json',
    params: sweepParams,
    query: compareQuery,
    answers: { 200: comparison },
  },
  exportSweep: {
    method: 'GET',
    path: `${API_PREFIX}/sweeps/:id/export`,
    summary: 'Everything that a sweep recorded, streamed',
    tag: 'sweeps',
    auth: 'token',
    answerKind: 'stream',
    params: sweepParams,
    query: exportQuery,
    answers: { 200: noSchema },
  },
  listRuns: {
    method: 'GET',
    path: `${API_PREFIX}/runs`,
    summary: 'Runs: of one sweep in its order, or all, newest first',
    tag: 'runs',
    auth: 'token',
    answerKind: 'json',
    query: runsQuery,
    answers: { 200: listOf(run) },
  },
  getRun: {
    method: 'GET',
    path: `${API_PREFIX}/runs/:id`,
    summary: 'One run with its attempts',
    tag: 'runs',
    auth: 'token',
    answerKind: 'json',
    params: runParams,
    answers: { 200: run },
  },
  getCurves: {
    method: 'GET',
    path: `${API_PREFIX}/runs/:id/curves`,
    summary: 'Recorded curves over images seen',
    tag: 'runs',
    auth: 'token',
    answerKind: 'json',
    params: runParams,
    query: curvesQuery,
    answers: { 200: curves },
  },
  listEvaluations: {
    method: 'GET',
    path: `${API_PREFIX}/runs/:id/evaluations`,
    summary: 'Scores, each with its passport',
    tag: 'runs',
    auth: 'token',
    answerKind: 'json',
    params: runParams,
    query: pageQuery,
    answers: { 200: listOf(evaluation) },
  },
  listSamples: {
    method: 'GET',
    path: `${API_PREFIX}/runs/:id/samples`,
    summary: 'Sample grids of the same noise at several times',
    tag: 'runs',
    auth: 'token',
    answerKind: 'json',
    params: runParams,
    query: pageQuery,
    answers: { 200: listOf(sample) },
  },
  getSample: {
    method: 'GET',
    path: `${API_PREFIX}/runs/:id/samples/:images.png`,
    summary: 'One sample grid',
    tag: 'runs',
    auth: 'token',
    answerKind: 'png',
    params: sampleParams,
    answers: { 200: noSchema },
  },
  listPanels: {
    method: 'GET',
    path: `${API_PREFIX}/runs/:id/panels`,
    summary: 'Pictures of the networks, each with the numbers behind it',
    tag: 'runs',
    auth: 'token',
    answerKind: 'json',
    params: runParams,
    query: pageQuery,
    answers: { 200: listOf(panel) },
  },
  getPanel: {
    method: 'GET',
    path: `${API_PREFIX}/runs/:id/panels/:name/:images.png`,
    summary: 'One panel',
    tag: 'runs',
    auth: 'token',
    answerKind: 'png',
    params: panelParams,
    answers: { 200: noSchema },
  },
  getPanelData: {
    method: 'GET',
    path: `${API_PREFIX}/runs/:id/panels/:name/:images.json`,
    summary: 'The numbers behind a panel',
    tag: 'runs',
    auth: 'token',
    answerKind: 'json',
    params: panelParams,
    answers: { 200: z.record(z.string(), z.unknown()) },
  },
  listCheckpoints: {
    method: 'GET',
    path: `${API_PREFIX}/runs/:id/checkpoints`,
    summary: 'Checkpoints that are kept',
    tag: 'runs',
    auth: 'token',
    answerKind: 'json',
    params: runParams,
    query: pageQuery,
    answers: { 200: listOf(checkpoint) },
  },
  getLogs: {
    method: 'GET',
    path: `${API_PREFIX}/runs/:id/logs`,
    summary: 'Lines of the trainers, oldest first; `follow` keeps the answer open as an event stream',
    tag: 'runs',
    auth: 'token',
    answerKind: 'json',
    params: runParams,
    query: logsQuery,
    answers: { 200: listOf(logLine) },
  },
  cancelRun: {
    method: 'POST',
    path: `${API_PREFIX}/runs/:id/cancel`,
    summary: 'End one run',
    tag: 'runs',
    auth: 'token',
    answerKind: 'json',
    params: runParams,
    answers: { 200: runState },
  },
  retryRun: {
    method: 'POST',
    path: `${API_PREFIX}/runs/:id/retry`,
    summary: 'Queue an ended run again, from its last checkpoint or afresh',
    tag: 'runs',
    auth: 'token',
    answerKind: 'json',
    params: runParams,
    body: retryBody,
    answers: { 200: runState },
  },
  listDatasets: {
    method: 'GET',
    path: `${API_PREFIX}/datasets`,
    summary: 'Data sets that specs may name: laws, built-in sets, registered folders',
    tag: 'datasets',
    auth: 'token',
    answerKind: 'json',
    query: pageQuery,
    answers: { 200: listOf(dataset) },
  },
  registerFolder: {
    method: 'POST',
    path: `${API_PREFIX}/datasets`,
    summary: 'Register a folder of pictures, or a new version of one; the same facts again change nothing',
    tag: 'datasets',
    auth: 'token',
    answerKind: 'json',
    body: folderVersion,
    answers: { 200: registeredFolder },
  },
  listWorkers: {
    method: 'GET',
    path: `${API_PREFIX}/workers`,
    summary: 'Worker processes and what they do',
    tag: 'workers',
    auth: 'token',
    answerKind: 'json',
    query: pageQuery,
    answers: { 200: listOf(worker) },
  },
  events: {
    method: 'GET',
    path: `${API_PREFIX}/events`,
    summary: 'Changes of sweeps, runs and workers as server-sent events; resumes by Last-Event-ID',
    tag: 'service',
    auth: 'token',
    answerKind: 'events',
    answers: { 200: noSchema },
  },
  health: {
    method: 'GET',
    path: '/health',
    summary: 'The process lives',
    tag: 'service',
    auth: 'open',
    answerKind: 'json',
    answers: { 200: z.object({ status: z.literal('ok') }) },
  },
  ready: {
    method: 'GET',
    path: '/ready',
    summary: 'The service can work: its database answers',
    tag: 'service',
    auth: 'open',
    answerKind: 'json',
    answers: { 200: z.object({ status: z.literal('ready') }) },
  },
  metrics: {
    method: 'GET',
    path: '/metrics',
    summary: 'Prometheus metrics',
    tag: 'service',
    auth: 'token',
    answerKind: 'text',
    answers: { 200: noSchema },
  },
} as const satisfies Record<string, Route>;

export type RouteName = keyof typeof ROUTES;
