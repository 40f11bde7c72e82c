import type { Claim } from './claim.ts';
import { A1 } from './claims/a1.ts';
import { A2 } from './claims/a2.ts';
import { A3 } from './claims/a3.ts';
import { A4 } from './claims/a4.ts';
import { A5 } from './claims/a5.ts';
import { A6 } from './claims/a6.ts';
import { A7 } from './claims/a7.ts';
import { B2 } from './claims/b2.ts';
import { B3 } from './claims/b3.ts';
import { B4 } from './claims/b4.ts';
import { B5 } from './claims/b5.ts';
import { B8 } from './claims/b8.ts';
import { B9 } from './claims/b9.ts';
import { B14 } from './claims/b14.ts';
import { B16 } from './claims/b16.ts';
import { B17 } from './claims/b17.ts';
import { D4 } from './claims/d4.ts';
import { ON_A_GPU } from './claims/on-a-gpu.ts';
import { DOCUMENTED, UNREACHABLE } from './claims/without-runs.ts';

const ALL: readonly Claim[] = [
  ...[A1, A2, A3, A4, A5, A6, A7],
  ...[B2, B3, B4, B5, B8, B9, B14, B16, B17],
  D4,
  ...ON_A_GPU,
  ...DOCUMENTED,
  ...UNREACHABLE,
];

/** A letter for the document, then the number within it. */
const place = ({ id }: Claim): number => id.charCodeAt(0) * 1_000 + Number(id.slice(1));

/** Every claim of the field study, in the order of its documents. */
export const CLAIMS: readonly Claim[] = ALL.toSorted((a, b) => place(a) - place(b));
