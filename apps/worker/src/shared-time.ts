/** A member's part of a time that several share. */
export interface TimeShare {
  /** Seconds that were this member's so far; they stand still once it left. */
  seconds(): number;
  leave(): void;
}

/** Time of one slot, trainer or device: every second of it goes in equal parts to those who are members then. */
export interface SharedTime {
  join(): TimeShare;
}

/**
 * So that the seconds of the runs of a pack add up to those of the slot that trained them, as if they had come one after
 * another. @param now monotone, in seconds.
 */
export function sharedTime(now: () => number): SharedTime {
  let members = 0;
  /** What a member of all time so far would have had. */
  let each = 0;
  let last = now();
  const eachNow = (): number => {
    const at = now();
    if (members > 0) each += (at - last) / members;
    last = at;
    return each;
  };
  return {
    join: () => {
      const joined = eachNow();
      let left: number | null = null;
      members += 1;
      return {
        seconds: () => (left ?? eachNow()) - joined,
        leave: () => {
          if (left !== null) return;
          left = eachNow();
          members -= 1;
        },
      };
    },
  };
}
