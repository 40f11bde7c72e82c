// Writes src/wheel/wheel-pins.json: which files of which wheels make a backend, with their lengths and hashes.
//   node --import tsx packages/backends/bin/pin-wheels.mjs [--index URL]
// The hash of a wheel comes from the package index, those of its files from the wheel's own RECORD (PEP 376).
import { writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { inflateRawSync } from 'node:zlib';
import { rangedSource, readAll } from '../src/fetch/byte-source.ts';
import { httpGet } from '../src/fetch/http-get.ts';
import { filesOfProject } from '../src/package-index/files-of-project.ts';
import { findIndexUrl } from '../src/package-index/index-url.ts';
import { dataOffset, readZipDirectory } from '../src/wheel/zip-directory.ts';

const TENSORFLOW = /^tensorflow\/libtensorflow_(cc|framework)\.so\.2$/;
/** Libraries, and what the compiler of kernels needs beside them. */
const NVIDIA = /^nvidia\/.*(\.so[.\d]*|nvcc\/bin\/ptxas|nvvm\/libdevice\/.*\.bc)$/;
const NVIDIA_WHEELS = {
  // The oldest that tensorflow 2.20.0 asks for in its extra `and-cuda`.
  'nvidia-cublas-cu12': '12.5.3.2',
  'nvidia-cuda-cupti-cu12': '12.5.82',
  'nvidia-cuda-nvcc-cu12': '12.5.82',
  'nvidia-cuda-nvrtc-cu12': '12.5.82',
  'nvidia-cuda-runtime-cu12': '12.5.82',
  'nvidia-cudnn-cu12': '9.3.0.75',
  'nvidia-cufft-cu12': '11.2.3.61',
  'nvidia-curand-cu12': '10.3.6.82',
  'nvidia-cusolver-cu12': '11.6.3.83',
  'nvidia-cusparse-cu12': '12.5.1.3',
  'nvidia-nccl-cu12': '2.25.1',
  'nvidia-nvjitlink-cu12': '12.5.82',
};
const WANTED = {
  tensorflow: { 'linux-x64': [['tensorflow-cpu', '2.15.1', /-cp311-.*manylinux.*x86_64/, TENSORFLOW]] },
  'tensorflow-gpu': {
    'linux-x64': [
      ['tensorflow', '2.20.0', /-cp311-.*manylinux.*x86_64/, TENSORFLOW],
      ...Object.entries(NVIDIA_WHEELS).map(([project, version]) => [project, version, /manylinux.*x86_64/, NVIDIA]),
    ],
  },
};

const { values } = parseArgs({ options: { index: { type: 'string' } } });
const env = process.env;
const { url: indexUrl } = findIndexUrl({
  option: values.index ?? null,
  env,
  platform: process.platform,
  home: homedir(),
});
const pins = {};
for (const [backend, platforms] of Object.entries(WANTED)) {
  pins[backend] = {};
  for (const [platform, wheels] of Object.entries(platforms)) {
    pins[backend][platform] = [];
    for (const wheel of wheels) pins[backend][platform].push(await pinOf(wheel));
  }
}
writeFileSync(
  fileURLToPath(new URL('../src/wheel/wheel-pins.json', import.meta.url)),
  `${JSON.stringify(pins, null, 2)}\n`,
);

async function pinOf([project, version, tags, wanted]) {
  const prefix = `${project.replaceAll('-', '_')}-${version}-`;
  const file = (await filesOfProject(project, indexUrl, { env })).find(
    ({ name }) => name.startsWith(prefix) && name.endsWith('.whl') && tags.test(name),
  );
  if (!file?.sha256) throw new Error(`the index has no wheel ${prefix}…${tags} with a hash`);
  const { headers, body } = await httpGet(file.url, { env, method: 'HEAD' });
  body.destroy();
  const size = Number(headers['content-length']);
  const source = await rangedSource(file.url, size, { env });
  if (!source) throw new Error(`${file.url} offers no ranges`);
  const entries = await readZipDirectory(source);
  const hashes = new Map(
    (
      await textOf(
        [...entries.values()].find(({ name }) => /\.dist-info\/RECORD$/.test(name)),
        source,
      )
    )
      .split(/\r?\n/)
      .map((line) => /^"?(.*?)"?,sha256=([\w-]+),/.exec(line))
      .flatMap((match) => (match ? [[match[1], Buffer.from(match[2], 'base64url').toString('hex')]] : [])),
  );
  const members = [...entries.values()]
    .filter(({ name }) => wanted.test(name))
    .map(({ name, size: bytes, compressedSize }) => ({
      path: name,
      size: bytes,
      compressedSize,
      sha256: hashes.get(name),
    }));
  if (members.length === 0 || members.some(({ sha256 }) => !sha256))
    throw new Error(`${file.name}: no files, or no hashes`);
  const total = (key) => members.reduce((sum, member) => sum + member[key], 0);
  console.error(`${file.name}: ${size} bytes; ${members.length} files, ${total('compressedSize')} → ${total('size')}`);
  return { project, version, file: file.name, size, sha256: file.sha256, members };
}

async function textOf(entry, source) {
  const begin = await dataOffset(source, entry);
  const bytes = await readAll(source, begin, begin + entry.compressedSize);
  return (entry.method === 'deflated' ? inflateRawSync(bytes) : bytes).toString('utf8');
}
