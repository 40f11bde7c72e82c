/** Somebody may want something: rings are not counted, and none is missed. */
export interface Bell {
  ring(): void;
  /** Rung, and not heard yet. */
  isRung(): boolean;
  /** Resolves when it is rung, at once when it was rung before, or after `ms`. */
  heard(ms: number): Promise<void>;
}

export function createBell(): Bell {
  let rung = false;
  let rouse: () => void = () => {};
  return {
    ring: () => {
      rung = true;
      rouse();
    },
    isRung: () => rung,
    heard: async (ms) => {
      if (!rung)
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          rouse = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      rung = false;
    },
  };
}
