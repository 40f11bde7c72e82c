// Prints a token for GANSWEEP_TOKEN_FILE.
import { randomBytes } from 'node:crypto';

console.log(`gst_${randomBytes(32).toString('base64url')}`);
