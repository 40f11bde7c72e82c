import { expect, it } from 'vitest';
import { createLog } from './log.ts';

it('strikes out secrets', () => {
  const lines: string[] = [];
  const log = createLog({ name: 'test', level: 'info', terminal: false, write: (line) => lines.push(line) });
  log.info(
    { event: 'x', token: 'hush', request: { authorization: 'hush' }, databaseUrl: 'postgresql://u:hush@h/d' },
    'said',
  );
  expect(lines.join()).toContain('said');
  expect(lines.join()).not.toContain('hush');
});

it('writes a short line on a terminal', () => {
  const lines: string[] = [];
  createLog({ name: 'api', level: 'info', terminal: true, write: (line) => lines.push(line) }).warn(
    { runId: 7 },
    'lease lost',
  );
  expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d warn api: lease lost \(runId=7\)\n$/);
});
