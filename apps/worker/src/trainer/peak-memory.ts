import { readFileSync, writeFileSync } from 'node:fs';

const KIB_PER_MIB = 1024;

/** Forgets what this process had resident before; where the system cannot, the peak stays that of its whole life. */
export function forgetPeakMemory(): void {
  try {
    // Linux sets the peak back to what is resident now.
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {}
}

/** Most MiB that this process has had resident since then, libraries and what they hold included; not what a GPU holds. */
export function peakMemoryMib(): number {
  return (peakKib() ?? process.resourceUsage().maxRSS) / KIB_PER_MIB;
}

function peakKib(): number | null {
  try {
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    return peak === undefined ? null : Number(peak);
  } catch {
    return null;
  }
}
