import { expect, it } from 'vitest';
import { messagesOf } from './event-stream.ts';

const bytes = new TextEncoder().encode('id: 1\nevent: line\ndata: a\ndata: é\n\n: ping\n\ndata: b\r\n\r\ndata: cut');

it.each([1, 2, 7, 1000])('reads messages from chunks of %i bytes, wherever they are cut', async (size) => {
  const chunks = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
      controller.close();
    },
  });
  const messages = [];
  for await (const message of messagesOf(chunks)) messages.push(message);
  expect(messages).toEqual([
    { id: '1', event: 'line', data: 'a\né' },
    { id: '1', event: 'message', data: 'b' },
  ]);
});
