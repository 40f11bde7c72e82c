import { API_PREFIX, PROBLEM_CODES } from '@gansweep/contract';
import { openApiDocument } from './open-api.ts';
import { PROBLEM_TITLES } from './problems.ts';

/** The parts of JSON Schema that our answers use. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly $ref?: string;
}

interface Operation {
  readonly summary: string;
  readonly tags: readonly string[];
  readonly security: readonly unknown[];
  readonly parameters: readonly {
    readonly name: string;
    readonly in: string;
    readonly required: boolean;
    readonly schema: Schema;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<
    Record<string, { readonly content: Readonly<Record<string, { readonly schema: Schema }>> }>
  >;
}

/** `docs/api.md`: every route with what it takes and answers, for people without a browser at hand. */
export function apiReference(): string {
  const { paths } = openApiDocument() as { paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> };
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const tags = [...new Set(operations.flatMap(({ operation }) => operation.tags))];
  const sections = tags.flatMap((tag) => [
    `## ${tag[0]?.toUpperCase()}${tag.slice(1)}`,
    ...operations.filter(({ operation }) => operation.tags.includes(tag)).map(operationText),
  ]);
  return `${[HEAD, ...sections, problemsText()].join('\n\n')}\n`;
}

const HEAD = `# REST API

Generated from the routes that the service serves (\`npm run reference -w @gansweep/api\`); the same as a page at \`/docs\`, as OpenAPI at
\`/openapi.json\`. Routes live under \`${API_PREFIX}\`, and at the root what monitors ask for. Every list answers \`{ items, nextCursor }\`: send
\`nextCursor\` as \`cursor\` for the next page; it is null at the end. Where the service asks for a token, send \`Authorization: Bearer …\`.
A name ending in \`?\` may be left out, a type ending in \`| null\` may be null.`;

function operationText({ path, method, operation }: { path: string; method: string; operation: Operation }): string {
  const lines = [
    `### ${method} ${path}`,
    '',
    `${operation.summary}.${operation.security.length === 0 ? ' No token needed.' : ''}`,
  ];
  if (operation.parameters.length > 0)
    lines.push(
      '',
      '| parameter | in | type |',
      '|---|---|---|',
      ...operation.parameters.map(
        ({ name, in: where, required, schema }) =>
          `| \`${name}${required ? '' : '?'}\` | ${where} | ${cell(typeOf(schema))} |`,
      ),
    );
  for (const [media, { schema }] of Object.entries(operation.requestBody?.content ?? {}))
    lines.push('', `Body \`${media}\`: ${code(typeOf(schema))}`);
  // Created and found again answer alike: one table for both.
  const statuses = new Map<string, string[]>();
  for (const [status, { content }] of Object.entries(operation.responses))
    if (status !== 'default') {
      const same = statuses.get(JSON.stringify(content));
      if (same) same.push(status);
      else statuses.set(JSON.stringify(content), [status]);
    }
  for (const [status, ...others] of statuses.values())
    for (const [media, { schema }] of Object.entries(operation.responses[status ?? '']?.content ?? {}))
      lines.push('', answerText([status, ...others].join(' or '), media, schema));
  return lines.join('\n');
}

function answerText(status: string, media: string, schema: Schema): string {
  if (!schema.properties) return `${status} \`${media}\``;
  const { items } = schema.properties;
  // Of a list the item is what matters.
  const shown = items?.items?.properties && 'nextCursor' in schema.properties ? items.items : schema;
  const rows = Object.entries(shown.properties ?? {}).map(
    ([name, field]) => `| \`${name}${shown.required?.includes(name) === false ? '?' : ''}\` | ${cell(typeOf(field))} |`,
  );
  return [
    `${status} \`${media}\`${shown === schema ? '' : ', each of `items`'}:`,
    '',
    '| field | type |',
    '|---|---|',
    ...rows,
  ].join('\n');
}

/** A type as TypeScript would write it. */
function typeOf(schema: Schema): string {
  if (schema.$ref) return schema.$ref.replace(/^.*\//, '');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (Array.isArray(schema.type)) return schema.type.join(' | ');
  const either = schema.anyOf ?? schema.oneOf;
  if (either) return [...new Set(either.map(typeOf))].join(' | ');
  if (schema.properties) {
    const fields = Object.entries(schema.properties).map(
      ([name, field]) => `${name}${schema.required?.includes(name) === false ? '?' : ''}: ${typeOf(field)}`,
    );
    return `{ ${fields.join('; ')} }`;
  }
  if (typeof schema.additionalProperties === 'object') return `{ [name]: ${typeOf(schema.additionalProperties)} }`;
  if (schema.items) {
    const item = typeOf(schema.items);
    return /[|;]/.test(item) && !item.startsWith('{') ? `(${item})[]` : `${item}[]`;
  }
  return `${schema.format ?? schema.type ?? 'anything'}${boundsOf(schema)}${schema.default === undefined ? '' : ` = ${JSON.stringify(schema.default)}`}`;
}

function boundsOf({ minimum, maximum }: Schema): string {
  if (minimum === undefined || maximum === undefined || maximum === Number.MAX_SAFE_INTEGER) return '';
  return ` ${minimum}…${maximum}`;
}

const code = (text: string): string => `\`${text}\``;
/** Code in a cell of a table, where a bar would end the cell. */
const cell = (text: string): string => code(text.replaceAll('|', '\\|'));

function problemsText(): string {
  const rows = PROBLEM_CODES.map((problem) => {
    const { status, title } = PROBLEM_TITLES[problem];
    return `| \`${problem}\` | ${status} | ${title} |`;
  });
  return [
    '## Problems',
    '',
    'Every refusal is `application/problem+json` (RFC 9457) with a stable `code`, and for bad specs and requests `problems`: a list of',
    '`{ path, message }` that names each thing to mend.',
    '',
    '| code | status | meaning |',
    '|---|---|---|',
    ...rows,
  ].join('\n');
}
