declare const brand: unique symbol;

/** A value that cannot be mistaken for another of the same representation: `Branded<string, 'RunId'>`. */
export type Branded<Value, Name extends string> = Value & { readonly [brand]: Name };
