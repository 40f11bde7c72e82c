import { CST, isAlias, isMap, isPair, isScalar, isSeq, Lexer, LineCounter, type ParsedNode, parseDocument } from 'yaml';
import { DocumentMeter, type JsonValue, LIMITS } from './document-limits.ts';
import { type ProblemList, pathTo, shortened } from './spec-problem.ts';

/**
 * YAML 1.2 (core schema) reduced to what JSON can say: one document, text keys that stand once, no anchors, aliases, tags,
 * merges or directives, finite numbers. Tokens are looked over before anything recursive sees them.
 * @returns the value, or undefined where `problems` says why not.
 */
export function parseStrictYaml(text: string, problems: ProblemList): JsonValue | undefined {
  if (!tokensAreTame(text, problems)) return undefined;
  const lines = new LineCounter();
  const document = parseDocument(text, {
    schema: 'core',
    version: '1.2',
    merge: false,
    customTags: [],
    // Repeated keys are found below, in linear time.
    uniqueKeys: false,
    stringKeys: false,
    strict: true,
    prettyErrors: false,
    logLevel: 'silent',
    lineCounter: lines,
  });
  for (const error of document.errors) {
    const { line, col } = lines.linePos(error.pos[0]);
    problems.add('', `not YAML: ${shortened(error.message, 200)} at line ${line}, column ${col}`);
  }
  for (const warning of document.warnings) problems.add('', shortened(warning.message, 200));
  if (!problems.isEmpty) return undefined;
  if (document.contents === null) return null;
  const meter = new DocumentMeter(problems);
  const value = plainOf(document.contents, '', 1, meter, problems);
  return meter.exhausted ? undefined : value;
}

/** A document with this many anchors, aliases or tags is not read on. */
const REFUSED_MAX = 20;

/** One pass over the tokens, ended at the first thing that would only cost time. */
function tokensAreTame(text: string, problems: ProblemList): boolean {
  // Each line and each comma may hold a value; counting them first bounds everything that follows.
  let separators = 0;
  for (const character of text) if (character === '\n' || character === ',') separators += 1;
  if (separators > LIMITS.values) {
    problems.add('', `more than ${LIMITS.values} lines and values: use a range, or split the sweep`);
    return false;
  }
  const nesting = new NestingGuess();
  let line = 1;
  let keys = 0;
  let documents = 0;
  let refused = 0;
  for (const token of new Lexer().lex(text)) {
    const type = CST.tokenType(token);
    const at = `at line ${line}`;
    const refuse = (what: string): void => {
      problems.add('', `${shortened(token, 40)} ${at}: ${what}`);
      refused += 1;
    };
    if (type === 'anchor' || type === 'alias') refuse('anchors and aliases are not allowed; write the value out');
    else if (type === 'tag') refuse('tags are not allowed; write the plain value');
    else if (type === 'directive-line') refuse('directives are not allowed; take the line out');
    else if (type === 'map-value-ind') keys += 1;
    else if (type === 'doc-start') documents += 1;
    for (const character of token) if (character === '\n') line += 1;
    if (nesting.after(type, token) > LIMITS.depth) {
      problems.add('', `nested more than ${LIMITS.depth} levels deep ${at}: a sweep needs five`);
      return false;
    }
    if (keys > LIMITS.keys) {
      problems.add('', `more than ${LIMITS.keys} keys: split the sweep`);
      return false;
    }
    if (refused >= REFUSED_MAX) return false;
  }
  if (documents > 1) problems.add('', 'more than one YAML document: keep one, without a second "---"');
  return problems.isEmpty;
}

/**
 * How deep the tokens so far nest at least: open brackets, indicators on one line, and lines that each stand further in than
 * the one before. It keeps the recursive composer away from documents that are nothing but nesting.
 */
class NestingGuess {
  #brackets = 0;
  #indicators = 0;
  #indents: number[] = [];
  #indent: number | null = 0;

  after(type: CST.TokenType | null, token: string): number {
    switch (type) {
      case 'flow-map-start':
      case 'flow-seq-start':
        this.#brackets += 1;
        break;
      case 'flow-map-end':
      case 'flow-seq-end':
        this.#brackets -= 1;
        break;
      case 'seq-item-ind':
      case 'explicit-key-ind':
        this.#indicators += 1;
        break;
      case 'newline':
        this.#indicators = 0;
        this.#indent = 0;
        return 0;
      default:
        break;
    }
    if (this.#indent !== null) {
      if (type === 'space') this.#indent = token.length;
      else {
        if (this.#brackets === 0 && type !== 'comment') this.#lineStarts(this.#indent);
        this.#indent = null;
      }
    }
    return Math.max(this.#brackets, this.#indicators, this.#indents.length);
  }

  #lineStarts(indent: number): void {
    while ((this.#indents.at(-1) ?? -1) >= indent) this.#indents.pop();
    this.#indents.push(indent);
  }
}

function plainOf(
  node: ParsedNode | null,
  path: string,
  depth: number,
  meter: DocumentMeter,
  problems: ProblemList,
): JsonValue {
  if (meter.exhausted) return null;
  if (isMap(node)) {
    if (!meter.enter(path, depth)) return null;
    const entries = new Map<string, JsonValue>();
    for (const pair of node.items) {
      const key = isPair(pair) && isScalar(pair.key) ? pair.key.value : undefined;
      if (typeof key !== 'string') {
        problems.add(path, `the key ${String(key)} is not a text: put it in quotes, or take it out`);
        continue;
      }
      meter.key(path, key);
      if (entries.has(key)) meter.duplicate(path, key);
      entries.set(key, plainOf(pair.value, pathTo(path, key), depth + 1, meter, problems));
    }
    return Object.fromEntries(entries);
  }
  if (isSeq(node)) {
    if (!meter.enter(path, depth)) return null;
    return node.items.map((item, i) =>
      plainOf(isPair(item) ? null : (item as ParsedNode), pathTo(path, i), depth + 1, meter, problems),
    );
  }
  if (node === null) return null;
  const value = isAlias(node) ? undefined : node.value;
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    meter.scalar(path, value);
    return value;
  }
  problems.add(path, 'is no text, number, list or group of keys: write a plain value');
  return null;
}
