import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from './document-limits.ts';
import { parseDocumentText } from './parse-document.ts';

const json = (text: string) => parseDocumentText({ text, format: 'json' });
const yaml = (text: string) => parseDocumentText({ text, format: 'yaml' });
const problemsOf = (result: ReturnType<typeof json>) => (result.ok ? [] : result.error);
const messageOf = (result: ReturnType<typeof json>) =>
  problemsOf(result)
    .map(({ path, message }) => `${path}: ${message}`)
    .join('\n');

describe('a JSON document', () => {
  it('means what JSON.parse says it means', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6, noUnicodeString: false }), (value) => {
        const text = JSON.stringify(value);
        fc.pre(!/__proto__|constructor|prototype|\\u0000/.test(text));
        expect(json(text)).toEqual({ ok: true, value: JSON.parse(text) });
      }),
    );
  });

  it('may stand behind a byte order mark', () => {
    expect(json('\uFEFF{"a":1}')).toEqual({ ok: true, value: { a: 1 } });
  });

  it.each([
    ['{"a":1,"a":2}', 'a: stands twice'],
    ['{"a":{"b":1e400}}', 'a.b: is not a finite number'],
    ['{"a":NaN}', 'expected a value at line 1, column 6'],
    ['{"__proto__":{"x":1}}', '__proto__: this key is not allowed'],
    ['{"a":{"constructor":1}}', 'a.constructor: this key is not allowed'],
    ['{"a":1,}', 'expected a key in double quotes'],
    ['{"a" 1}', 'expected ":"'],
    ['[1 2]', 'expected "," or "]"'],
    ['{"a":"\n"}', 'raw control character'],
    ['{"a":"x', 'not closed'],
    ['{} {}', 'expected the end of the document'],
    ['', 'expected a value'],
    ['[01]', 'expected "," or "]"'],
    ['{"a":"\\u0000"}', 'a: holds a NUL'],
    ['{"a":"\\ud800"}', 'half of a surrogate pair'],
    ['{"\\u0000":1}', 'a key holds a NUL'],
  ])('%s is refused: %s', (text, message) => {
    expect(messageOf(json(text))).toContain(message);
  });

  it('lists every duplicate and every number that is too large', () => {
    expect(problemsOf(json('{"a":1,"a":2,"b":[1e999,-1e999]}')).map(({ path }) => path)).toEqual(['a', 'b[0]', 'b[1]']);
  });
});

describe('a YAML document', () => {
  it('means the same as the JSON of its data', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.jsonValue({ maxDepth: 4 })), (value) => {
        const text = JSON.stringify(value);
        fc.pre(!/__proto__|constructor|prototype|\\u0000/.test(text));
        expect(yaml(text)).toEqual(json(text));
      }),
    );
  });

  it('reads the core schema: 1e-3 is a number, 2:1 and yes are texts', () => {
    expect(yaml('a: 1e-3\nb: [2:1, yes, 0x10, ~]\n')).toEqual({
      ok: true,
      value: { a: 0.001, b: ['2:1', 'yes', 16, null] },
    });
  });

  it.each([
    ['a: &x 1', 'anchors and aliases are not allowed'],
    ['a: *x', 'anchors and aliases are not allowed'],
    ['a: !!str 1', 'tags are not allowed'],
    ['a: !js/function x', 'tags are not allowed'],
    ['%YAML 1.1\n---\na: yes', 'directives are not allowed'],
    ['a: 1\n---\nb: 2\n---\n', 'more than one YAML document'],
    ['a: 1\na: 2', 'a: stands twice'],
    ['a: .nan', 'a: is not a finite number'],
    ['a: [-.inf, 1e400]', 'a[1]: is not a finite number'],
    ['__proto__: 1', '__proto__: this key is not allowed'],
    ['1: a', 'the key 1 is not a text'],
    ['? [a, b]\n: 1', 'is not a text'],
    ['a: [1', 'not YAML'],
    ['a: b: c', 'at line 1'],
  ])('%s is refused: %s', (text, message) => {
    expect(messageOf(yaml(text))).toContain(message);
  });

  it('keeps a merge key as an ordinary key, so nothing is merged', () => {
    expect(yaml('<<: {a: 1}')).toEqual({ ok: true, value: { '<<': { a: 1 } } });
  });
});

describe('limits', () => {
  const deep = 100_000;

  it.each([
    ['JSON lists', json, '['.repeat(deep)],
    ['JSON groups', json, '{"a":'.repeat(deep / 3)],
    ['YAML flow lists', yaml, '['.repeat(deep)],
    ['YAML flow groups', yaml, '{a: '.repeat(deep / 3)],
    ['YAML block lists', yaml, '- '.repeat(deep)],
    ['YAML explicit keys', yaml, '? '.repeat(deep)],
    ['YAML indentation', yaml, Array.from({ length: 600 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
    ['17 levels of JSON', json, `${'['.repeat(17)}${']'.repeat(17)}`],
    ['17 levels of YAML', yaml, Array.from({ length: 17 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
  ])('refuse deep nesting: %s', (_, parse, text) => {
    expect(messageOf(parse(text))).toContain('nested more than 16 levels deep');
  });

  it('allow 16 levels', () => {
    expect(json('['.repeat(16) + ']'.repeat(16)).ok).toBe(true);
    expect(yaml('['.repeat(16) + ']'.repeat(16)).ok).toBe(true);
  });

  it.each([
    ['size', json, ' '.repeat(LIMITS.bytes + 1), 'larger than 256 KiB'],
    ['size in bytes, not characters', yaml, `a: ${'é'.repeat(LIMITS.bytes / 2)}`, 'larger than 256 KiB'],
    ['keys', json, `{${Array.from({ length: 2_001 }, (_, i) => `"k${i}":0`).join(',')}}`, 'more than 2000 keys'],
    ['keys', yaml, Array.from({ length: 2_001 }, (_, i) => `k${i}: 0`).join('\n'), 'more than 2000 keys'],
    ['text', json, `{"a":"${'x'.repeat(4_097)}"}`, 'a: longer than 4096 characters'],
    ['text', yaml, `a: ${'x'.repeat(4_097)}`, 'a: longer than 4096 characters'],
    ['values', json, `[${'1,'.repeat(12_000)}1]`, 'more than 12000 values'],
    ['values', yaml, `[${'1,'.repeat(12_001)}1]`, 'more than 12000 lines and values'],
  ])('bound %s', (_, parse, text, message) => {
    expect(messageOf(parse(text))).toContain(message);
  });

  it('never throw, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
        expect(() => [json(text), yaml(text)]).not.toThrow();
      }),
    );
  });
});
