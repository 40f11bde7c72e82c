// Builds bindings/<platform>/tfjs_binding.node: the native binding of @tensorflow/tfjs-node, compiled from the sources in
// its npm package against the C headers in TensorFlow's wheel, and writes its hash into bindings/bindings.json.
//   node --import tsx packages/backends/bin/build-binding.mjs [--index URL] [--compiler g++]
//
// It uses the C API of TensorFlow and N-API 8 only, so one file serves every TensorFlow from 2.12 and every Node from 20,
// and @tensorflow/tfjs-node-gpu, whose binding has the same sources.
// For another platform: run it there, add the platform's wheel to bin/pin-wheels.mjs, and commit both. On macOS the wheel's
// libraries are `libtensorflow_{cc,framework}.2.dylib`, the compiler clang++, and the last flags become
// `-undefined dynamic_lookup -Wl,-rpath,@loader_path/../../deps/lib`. Windows wheels hold no C library: use `--from upstream`.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { inflateRawSync } from 'node:zlib';
import { rangedSource, readAll } from '../src/fetch/byte-source.ts';
import { filesOfProject } from '../src/package-index/files-of-project.ts';
import { findIndexUrl } from '../src/package-index/index-url.ts';
import { fetchWheel } from '../src/wheel/fetch-wheel.ts';
import { wheelsOf } from '../src/wheel/wheel-pins.ts';
import { dataOffset, readZipDirectory } from '../src/wheel/zip-directory.ts';

const NODE_API_HEADERS = '1.5.0';
const HEADERS =
  /^tensorflow\/include\/((?:tensorflow\/c\/|tensorflow\/core\/platform\/ctstring|tensorflow\/tsl\/(?:platform\/ctstring|c\/)|tsl\/(?:platform\/ctstring|c\/)|xla\/tsl\/(?:platform\/ctstring|c\/)).*\.h)$/;

/** g++ 11 and newer call this of libstdc++ 3.4.29; with our own the binding loads wherever Node 20 itself does. */
const OLDER_LIBSTDCXX =
  '#include <new>\nnamespace std { __attribute__((visibility("hidden"))) void __throw_bad_array_new_length() { throw std::bad_alloc(); } }\n';

const { values } = parseArgs({ options: { index: { type: 'string' }, compiler: { type: 'string', default: 'g++' } } });
const env = process.env;
const platform = `${process.platform}-${process.arch}`;
const here = path.resolve(import.meta.dirname, '..');
const [wheel] = wheelsOf('tensorflow', platform) ?? [];
if (!wheel) throw new Error(`no wheel is pinned for ${platform}: add one to bin/pin-wheels.mjs`);
const work = mkdtempSync(path.join(tmpdir(), 'gansweep-binding-'));
try {
  cpSync(path.join(here, 'npm/tensorflow'), work, { recursive: true });
  run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], work);
  run(
    'npm',
    ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', `node-api-headers@${NODE_API_HEADERS}`],
    work,
  );
  const pkg = path.join(work, 'node_modules/@tensorflow/tfjs-node');
  await fetchTensorflow(pkg);
  writeFileSync(path.join(pkg, 'binding/older_libstdcxx.cc'), OLDER_LIBSTDCXX);
  const built = path.join(work, 'tfjs_binding.node');
  run(
    values.compiler,
    [
      ...[
        '-O2',
        '-std=c++17',
        '-fPIC',
        '-shared',
        '-w',
        '-fvisibility=hidden',
        '-ffunction-sections',
        '-fdata-sections',
      ],
      ...['-DNAPI_VERSION=8', '-DNODE_GYP_MODULE_NAME=tfjs_binding', '-DBUILDING_NODE_EXTENSION'],
      `-I${path.join(work, 'node_modules/node-api-headers/include')}`,
      ...[
        '-I.',
        '-Ideps/include',
        'binding/tfjs_backend.cc',
        'binding/tfjs_binding.cc',
        'binding/older_libstdcxx.cc',
        '-o',
        built,
      ],
      ...['-Ldeps/lib', '-ltensorflow', '-ltensorflow_framework', '-Wl,-rpath,$ORIGIN/../../deps/lib'],
      ...['-Wl,--gc-sections', '-Wl,--build-id=none', '-s'],
    ],
    pkg,
  );
  const place = path.join(here, 'bindings', platform, 'tfjs_binding.node');
  mkdirSync(path.dirname(place), { recursive: true });
  cpSync(built, place);
  const table = path.join(here, 'bindings/bindings.json');
  const bindings = JSON.parse(readFileSync(table, 'utf8'));
  bindings[platform] = {
    sha256: createHash('sha256').update(readFileSync(place)).digest('hex'),
    size: statSync(place).size,
    sources: `@tensorflow/tfjs-node ${JSON.parse(readFileSync(path.join(pkg, 'package.json'), 'utf8')).version}`,
    headers: `${wheel.project} ${wheel.version}, node-api-headers ${NODE_API_HEADERS}, N-API 8`,
    compiler: spawnSync(values.compiler, ['--version'], { encoding: 'utf8' }).stdout.split('\n')[0],
  };
  writeFileSync(table, `${JSON.stringify(bindings, null, 2)}\n`);
  console.log(`${place}: ${bindings[platform].size} bytes, sha256 ${bindings[platform].sha256}`);
} finally {
  rmSync(work, { recursive: true, force: true });
}

async function fetchTensorflow(pkg) {
  const { url: indexUrl } = findIndexUrl({
    option: values.index ?? null,
    env,
    platform: process.platform,
    home: homedir(),
  });
  const file = (await filesOfProject(wheel.project, indexUrl, { env })).find(({ name }) => name === wheel.file);
  if (!file) throw new Error(`the index does not have ${wheel.file}`);
  const lib = path.join(pkg, 'deps/lib');
  await fetchWheel(wheel, file.url, (member) => path.join(lib, path.basename(member.path)), {
    env,
    partial: path.join(work, 'partial'),
    onBytes: () => {},
  });
  symlinkSync('libtensorflow_cc.so.2', path.join(lib, 'libtensorflow.so'));
  symlinkSync('libtensorflow_framework.so.2', path.join(lib, 'libtensorflow_framework.so'));
  const source = await rangedSource(file.url, wheel.size, { env });
  if (!source) throw new Error('the index offers no ranges; give another one by --index');
  for (const entry of (await readZipDirectory(source)).values()) {
    const name = HEADERS.exec(entry.name)?.[1];
    if (!name) continue;
    const begin = await dataOffset(source, entry);
    const bytes = await readAll(source, begin, begin + entry.compressedSize);
    const to = path.join(pkg, 'deps/include', name);
    mkdirSync(path.dirname(to), { recursive: true });
    writeFileSync(to, entry.method === 'deflated' ? inflateRawSync(bytes) : bytes);
  }
}

function run(file, args, cwd) {
  const { status, stderr, error } = spawnSync(file, args, { cwd, encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(`${file} ${args[0]} failed: ${error?.message ?? stderr.slice(-4000)}`);
}
