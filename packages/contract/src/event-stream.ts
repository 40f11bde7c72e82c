/** One message of a server-sent event stream. */
export interface StreamMessage {
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

/**
 * Messages of an event stream as they come in (HTML standard, section 9.2.6). Comments and `retry` are skipped.
 * @param chunks UTF-8 bytes cut anywhere. Ends when they end; what stands after the last blank line is dropped.
 */
export async function* messagesOf(chunks: ReadableStream<Uint8Array>): AsyncGenerator<StreamMessage> {
  const reader = chunks.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let id = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += decoder.decode(value, { stream: true });
      let end = blankLine(text);
      while (end !== null) {
        const message = parseBlock(text.slice(0, end.at));
        text = text.slice(end.at + end.length);
        id = message.id ?? id;
        if (message.data !== null) yield { id, event: message.event, data: message.data };
        end = blankLine(text);
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function blankLine(text: string): { at: number; length: number } | null {
  const found = /\r\n\r\n|\n\n/.exec(text);
  return found === null ? null : { at: found.index, length: found[0].length };
}

function parseBlock(block: string): { id: string | null; event: string; data: string | null } {
  let id: string | null = null;
  let event = 'message';
  const data: string[] = [];
  for (const line of block.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'id') id = value;
    else if (field === 'event') event = value;
    else if (field === 'data') data.push(value);
  }
  return { id, event, data: data.length === 0 ? null : data.join('\n') };
}
