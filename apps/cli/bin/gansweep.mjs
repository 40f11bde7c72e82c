#!/usr/bin/env node
// The command line, run from its sources.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`gansweep needs Node 20.19 or newer; this is ${process.versions.node}`);
  process.exit(2);
}
try {
  const { register } = await import('tsx/esm/api');
  register();
} catch {
  console.error('gansweep: nothing is installed here yet; run npm ci in the repository');
  process.exit(3);
}
await import('../src/main.ts');
