// Runs every `check:` script of package.json, two at a time as each uses one core, in their order. What each says stands
// together; the exit code is 1 if any found something.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

const AT_ONCE = 2;
const root = path.resolve(import.meta.dirname, '..');
const bin = path.join(root, 'node_modules/.bin');
const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const waiting = Object.entries(scripts).filter(([name]) => name.startsWith('check:'));

async function checkNext() {
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const [name, command] = next;
    const { code, said } = await run(command);
    process.stdout.write(said);
    if (code === 0) continue;
    console.error(`npm run ${name}: exit code ${code}`);
    process.exitCode = 1;
  }
}
await Promise.all(Array.from({ length: AT_ONCE }, checkNext));

/** Runs a command line as npm does. */
function run(command) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, {
      shell: true,
      cwd: root,
      env: { ...process.env, PATH: `${bin}${path.delimiter}${process.env.PATH}` },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => {
        said += text;
      });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, said }));
  });
}
