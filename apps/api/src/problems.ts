import { BODY_BYTES, PROBLEM_MEDIA_TYPE, type ProblemCode, type ProblemDetails } from '@gansweep/contract';
import { BadCursor } from '@gansweep/orchestrator';
import { isOutage } from '@gansweep/store';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';

export const PROBLEM_TITLES: Readonly<Record<ProblemCode, { readonly status: number; readonly title: string }>> = {
  'bad-request': { status: 400, title: 'The request is not valid' },
  'bad-spec': { status: 422, title: 'The sweep spec is not valid' },
  'confirmation-needed': { status: 422, title: 'The confirmation does not match' },
  conflict: { status: 409, title: 'That is not possible in this state' },
  'forbidden-host': { status: 403, title: 'This host name is not served' },
  'forbidden-origin': { status: 403, title: 'Requests from other sites are refused' },
  'idempotency-key-reused': { status: 422, title: 'The Idempotency-Key was used for another body' },
  internal: { status: 500, title: 'Something broke in the service' },
  'method-not-allowed': { status: 405, title: 'The method is not allowed here' },
  'not-found': { status: 404, title: 'There is no such thing' },
  'payload-too-large': { status: 413, title: 'The body is too large' },
  'too-busy': { status: 503, title: 'The service is too busy' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  unauthorized: { status: 401, title: 'A token is needed' },
  unavailable: { status: 503, title: 'The database is away' },
  'unsupported-media-type': { status: 415, title: 'The body has a type that is not understood' },
};

/** A refusal on its way out: thrown by handlers, written by the one error handler. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly problems: ProblemDetails['problems'];

  constructor(code: ProblemCode, detail?: string, problems?: ProblemDetails['problems']) {
    super(detail ?? PROBLEM_TITLES[code].title);
    this.name = 'Problem';
    this.code = code;
    this.problems = problems;
  }
}

/** Writes RFC 9457 problem details. */
export function sendProblem(reply: FastifyReply, request: FastifyRequest, problem: Problem): FastifyReply {
  const { status, title } = PROBLEM_TITLES[problem.code];
  if (problem.code === 'unavailable' || problem.code === 'too-busy') reply.header('retry-after', '2');
  if (problem.code === 'too-many-requests') reply.header('retry-after', '1');
  if (problem.code === 'unauthorized') reply.header('www-authenticate', 'Bearer');
  const details: ProblemDetails = {
    type: `urn:gansweep:problem:${problem.code}`,
    title,
    status,
    code: problem.code,
    instance: request.id,
    ...(problem.message === title ? {} : { detail: problem.message }),
    ...(problem.problems ? { problems: problem.problems } : {}),
  };
  // Bytes, since a text would get a charset that this media type does not have.
  return reply
    .code(status)
    .header('content-type', PROBLEM_MEDIA_TYPE)
    .send(Buffer.from(JSON.stringify(details)));
}

/** States of a database that answers but cannot do what is asked (SQLSTATE). */
const REFUSED_BY_DATABASE: Readonly<Record<string, readonly [ProblemCode, string]>> = {
  '53100': ['unavailable', 'the disk of the database is full: make room; nothing was lost'],
  '53200': ['unavailable', 'the database is out of memory; nothing was lost'],
  '53300': ['too-busy', 'the database has no connection to spare, try again in a moment'],
  '57014': ['too-busy', 'the question took too long: ask for less at once'],
};

/** The problem that an error is for the caller; what is not expected stays inside. @param bodyBytes most bytes of a body there. */
export function problemOf(error: FastifyError | Error, bodyBytes: number = BODY_BYTES): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof BadCursor) return new Problem('bad-request', error.message);
  switch ((error as FastifyError).code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new Problem(
        'payload-too-large',
        bodyBytes === BODY_BYTES
          ? 'a spec may have 256 KiB: use ranges, or split the sweep'
          : `this may have ${bodyBytes / 2 ** 20} MiB: split the folder of regression sweeps`,
      );
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_ERR_CTP_EMPTY_TYPE':
      return new Problem('unsupported-media-type', 'send application/json or application/yaml');
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new Problem('bad-request', 'the body is shorter or longer than its Content-Length');
    default:
  }
  if (isOutage(error))
    return new Problem('unavailable', 'the database does not answer; nothing was lost, try again in a moment');
  const refusal = REFUSED_BY_DATABASE[(error as FastifyError).code];
  if (refusal) return new Problem(...refusal);
  const { statusCode } = error as FastifyError;
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return new Problem('bad-request', error.message);
  return new Problem('internal', 'the log has the details under this instance');
}
