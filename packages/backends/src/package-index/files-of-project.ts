import { DownloadError } from '../fetch/download-error.ts';
import { explained, type GetOptions, httpGet } from '../fetch/http-get.ts';

/** A file that an index offers. */
export interface IndexFile {
  readonly name: string;
  /** Absolute. */
  readonly url: string;
  /** Lower-case hexadecimal digits, or null where the index gives none. */
  readonly sha256: string | null;
}

const ACCEPT = 'application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.5, text/html;q=0.1';
const PAGE_AT_MOST = 64 * 2 ** 20;

/**
 * The files of a project on a Python package index.
 * @param indexUrl of the simple interface, as pip's `index-url`.
 * @see PEP 503 (HTML), PEP 691 (JSON), PEP 503 for the normal form of names.
 * @throws DownloadError when the index is away, does not have the project, or does not speak so.
 */
export async function filesOfProject(
  project: string,
  indexUrl: string,
  options: GetOptions,
): Promise<readonly IndexFile[]> {
  const page = new URL(indexUrl);
  page.pathname = `${page.pathname.replace(/\/*$/, '')}/${project.toLowerCase().replace(/[-_.]+/g, '-')}/`;
  const { status, headers, body, url } = await httpGet(page, { ...options, headers: { accept: ACCEPT } });
  if (status !== 200) {
    body.destroy();
    const words = status === 401 || status === 403 ? ': it wants other credentials' : '';
    throw new DownloadError(
      status === 404
        ? `the package index at ${page.host} does not have ${project}`
        : `the package index at ${page.host} answers ${status} for ${project}${words}`,
    );
  }
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > PAGE_AT_MOST) throw new DownloadError(`the page of ${project} at ${page.host} has no end`);
      chunks.push(chunk);
    }
  } catch (error) {
    throw explained(error, url);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  const isJson = /\bjson\b/i.test(headers['content-type'] ?? '');
  const files = isJson ? filesOfJson(text, url) : filesOfHtml(text, url);
  if (files === null) throw new DownloadError(`${page.host} does not answer as a Python package index does`);
  return files;
}

function filesOfJson(text: string, base: URL): readonly IndexFile[] | null {
  let page: unknown;
  try {
    page = JSON.parse(text);
  } catch {
    return null;
  }
  const files = (page as { files?: unknown } | null)?.files;
  if (!Array.isArray(files)) return null;
  return files.flatMap((file: { filename?: unknown; url?: unknown; hashes?: { sha256?: unknown } } | null) => {
    if (typeof file?.filename !== 'string' || typeof file.url !== 'string' || !URL.canParse(file.url, base.href))
      return [];
    return [{ name: file.filename, url: new URL(file.url, base).href, sha256: digest(file.hashes?.sha256) }];
  });
}

function filesOfHtml(text: string, base: URL): readonly IndexFile[] | null {
  if (!/<(!doctype|html|a)\b/i.test(text)) return null;
  const named = /<base\b[^>]*\bhref\s*=\s*["']([^"']*)["']/i.exec(text)?.[1];
  const from = named !== undefined && URL.canParse(named, base.href) ? new URL(named, base) : base;
  return [...text.matchAll(/<a\b[^>]*\bhref\s*=\s*["']([^"']*)["'][^>]*>([^<]*)<\/a>/gi)].flatMap(
    ([, href = '', label = '']) => {
      const target = unescaped(href);
      if (!URL.canParse(target, from.href)) return [];
      const url = new URL(target, from);
      const sha256 = digest(/(?:^|&)sha256=([0-9a-f]{64})/i.exec(url.hash.slice(1))?.[1]);
      url.hash = '';
      return [{ name: unescaped(label.trim()), url: url.href, sha256 }];
    },
  );
}

const digest = (value: unknown): string | null =>
  typeof value === 'string' && /^[0-9a-f]{64}$/i.test(value) ? value.toLowerCase() : null;

const unescaped = (text: string): string =>
  text
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&#x?27;|&#39;|&apos;/gi, "'")
    .replace(/&amp;/g, '&');
