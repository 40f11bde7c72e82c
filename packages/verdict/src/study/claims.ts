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
import { B12 } from './claims/b12.ts';
import { B13 } from './claims/b13.ts';
import { B14 } from './claims/b14.ts';
import { B15 } from './claims/b15.ts';
import { B16 } from './claims/b16.ts';
import { B17 } from './claims/b17.ts';
import { B18 } from './claims/b18.ts';
import { B19 } from './claims/b19.ts';
import { B20 } from './claims/b20.ts';
import { B21 } from './claims/b21.ts';
import { B22 } from './claims/b22.ts';
import { B23 } from './claims/b23.ts';
import { B24 } from './claims/b24.ts';
import { B25 } from './claims/b25.ts';
import { C2 } from './claims/c2.ts';
import { C3 } from './claims/c3.ts';
import { C4 } from './claims/c4.ts';
import { C5 } from './claims/c5.ts';
import { C12 } from './claims/c12.ts';
import { D1 } from './claims/d1.ts';
import { D2 } from './claims/d2.ts';
import { D4 } from './claims/d4.ts';
import { D6 } from './claims/d6.ts';
import { D8 } from './claims/d8.ts';
import { D10 } from './claims/d10.ts';
import { D20 } from './claims/d20.ts';
import { D21 } from './claims/d21.ts';
import { D22 } from './claims/d22.ts';
import { D23 } from './claims/d23.ts';
import { D25 } from './claims/d25.ts';
import { D26 } from './claims/d26.ts';
import { D28 } from './claims/d28.ts';
import { D32 } from './claims/d32.ts';
import { ON_A_GPU } from './claims/on-a-gpu.ts';
import { DOCUMENTED, UNREACHABLE } from './claims/without-runs.ts';

const ALL: readonly Claim[] = [
  ...[A1, A2, A3, A4, A5, A6, A7],
  ...[B2, B3, B4, B5, B8, B9, B14, B16, B17],
  ...[B12, B13, B15, B18, B19, B20, B21, B22, B23, B24, B25],
  ...[C2, C3, C4, C5, C12],
  ...[D4, D1, D2, D6, D8, D10, D20, D21, D22, D23, D25, D26, D28, D32],
  ...ON_A_GPU,
  ...DOCUMENTED,
  ...UNREACHABLE,
];

/** A letter for the document, then the number within it. */
const place = ({ id }: Claim): number => id.charCodeAt(0) * 1_000 + Number(id.slice(1));

/** Every claim of the field study, in the order of its documents. */
export const CLAIMS: readonly Claim[] = ALL.toSorted((a, b) => place(a) - place(b));
