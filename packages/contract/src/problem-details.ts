import { z } from 'zod';

/** Stable codes of everything that can go wrong; scripts may branch on them. */
export const PROBLEM_CODES = [
  'bad-request',
  'bad-spec',
  'confirmation-needed',
  'conflict',
  'forbidden-host',
  'forbidden-origin',
  'idempotency-key-reused',
  'internal',
  'method-not-allowed',
  'not-found',
  'payload-too-large',
  'too-busy',
  'too-many-requests',
  'unauthorized',
  'unavailable',
  'unsupported-media-type',
] as const;
export type ProblemCode = (typeof PROBLEM_CODES)[number];

/** One thing to mend in a request: where it is and what to do. */
export const specProblem = z.object({ path: z.string(), message: z.string() });

/** RFC 9457 problem details, `application/problem+json`. */
export const problemDetails = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.enum(PROBLEM_CODES),
  detail: z.string().optional(),
  /** Id of the request in the server's log. */
  instance: z.string().optional(),
  /** Every problem of a bad spec or request. */
  problems: z.array(specProblem).optional(),
});
export type ProblemDetails = z.infer<typeof problemDetails>;
export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** An answer that is a problem, as the client throws it. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly code: ProblemCode;
  readonly problems: readonly { readonly path: string; readonly message: string }[];
  readonly details: ProblemDetails;

  constructor(details: ProblemDetails) {
    super(details.detail ?? details.title);
    this.name = 'ApiProblem';
    this.status = details.status;
    this.code = details.code;
    this.problems = details.problems ?? [];
    this.details = details;
  }
}

/** The service could not be reached, or something that is not gansweep answered. */
export class ServiceUnreachable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ServiceUnreachable';
  }
}
