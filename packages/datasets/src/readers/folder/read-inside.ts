import { closeSync, constants, fstatSync, openSync, readlinkSync, readSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { BadPicture, PICTURE_LIMITS } from '../pictures/picture.ts';

/**
 * Bytes of a file below a root. A link, also one that took a folder's place after the listing, is not followed, and
 * nothing but a plain file is read.
 * @param root its real path. @param relative parts joined by `/`. @throws BadPicture saying why it is not read.
 */
export function readInside(root: string, relative: string): Uint8Array {
  if (relative.split('/').some((part) => part === '' || part === '.' || part === '..' || /[\\\0]/.test(part)))
    throw new BadPicture('its name is no name below the folder');
  const wanted = path.join(root, ...relative.split('/'));
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants as Partial<typeof constants> & { O_RDONLY: number };
  let descriptor: number;
  try {
    // Without O_NONBLOCK a pipe would be waited for.
    descriptor = openSync(wanted, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    throw new BadPicture(`it cannot be opened (${(error as NodeJS.ErrnoException).code})`, { cause: error });
  }
  try {
    if (realPathOf(descriptor, wanted) !== wanted) throw new BadPicture('its path leads elsewhere by a link');
    const facts = fstatSync(descriptor);
    if (!facts.isFile()) throw new BadPicture('it is no plain file');
    if (facts.size > PICTURE_LIMITS.fileBytes)
      throw new BadPicture(`${facts.size} bytes; at most ${PICTURE_LIMITS.fileBytes} are taken`);
    const bytes = new Uint8Array(facts.size);
    let have = 0;
    while (have < bytes.length) {
      const read = readSync(descriptor, bytes, have, bytes.length - have, have);
      if (read === 0) throw new BadPicture('it became shorter while it was read');
      have += read;
    }
    return bytes;
  } finally {
    closeSync(descriptor);
  }
}

/** Where an open file lies: what the kernel says where it says it, else what the path resolves to now. */
function realPathOf(descriptor: number, wanted: string): string {
  return process.platform === 'linux' ? readlinkSync(`/proc/self/fd/${descriptor}`) : realpathSync(wanted);
}
