import { type Logger, pino } from 'pino';

export type Log = Logger;

const SECRETS = [
  'authorization',
  'cookie',
  'token',
  'password',
  'databaseUrl',
  'redisUrl',
  '*.authorization',
  '*.token',
  '*.password',
];

/**
 * Events as JSON lines on stderr, or as short lines on a terminal. One event a fact: `{ event: 'attempt.ended', runId }`.
 * Secrets are struck out by their field's name.
 */
export function createLog({
  name,
  level,
  terminal = process.stderr.isTTY ?? false,
  write = (line) => void process.stderr.write(line),
}: {
  readonly name: string;
  readonly level: string;
  readonly terminal?: boolean;
  readonly write?: (line: string) => void;
}): Log {
  return pino(
    {
      name,
      level,
      base: { name, pid: process.pid },
      redact: { paths: SECRETS, censor: '[secret]' },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    { write: (line: string) => write(terminal ? shortLine(line) : line) },
  );
}

const LEVELS: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};

function shortLine(line: string): string {
  const { level, time, name, pid: _pid, msg, event, ...rest } = JSON.parse(line) as Record<string, unknown>;
  const facts = Object.entries(rest)
    .map(([key, value]) => `${key}=${typeof value === 'object' ? JSON.stringify(value) : value}`)
    .join(' ');
  return `${String(time).slice(11, 19)} ${LEVELS[level as number] ?? level} ${name}: ${msg ?? event}${facts ? ` (${facts})` : ''}\n`;
}
