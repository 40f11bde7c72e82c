import { type Mlp2dConfiguration, PLANE_LAWS } from '@gansweep/domain';
import { type Parameter, parameters } from '@gansweep/spec/browser';
import { type ReactNode, useId } from 'react';

/** Fields as they were typed, by name. */
export type FieldTexts = Readonly<Record<string, string>>;

const SIDES = ['both', 'G', 'D'] as const;
const TITLES = { both: 'Training', G: 'Generator', D: 'Discriminator' } as const;
/** Fields whose names do not end in the letter of the network that they belong to. */
const BELONGS: Readonly<Record<string, (typeof SIDES)[number]>> = {
  nz: 'G',
  noise: 'G',
  gSteps: 'G',
  dSteps: 'D',
  realLabel: 'D',
  fakeLabel: 'D',
  labelNoise: 'D',
  freezeRatio: 'D',
  instanceNoise: 'D',
};
const sideOf = (name: string): (typeof SIDES)[number] =>
  BELONGS[name] ?? (name.endsWith('G') ? 'G' : name.endsWith('D') ? 'D' : 'both');

/** Every field that the configuration has, by what it is about; their words, ranges and defaults are the spec's. */
export function ConfigurationForm({
  configuration,
  texts,
  problems,
  onChange,
}: {
  readonly configuration: Mlp2dConfiguration;
  /** What was typed and differs from the configuration or does not fit. */
  readonly texts: FieldTexts;
  readonly problems: Readonly<Record<string, string>>;
  readonly onChange: (name: string, text: string) => void;
}): ReactNode {
  const fields = parameters().filter(({ name }) => name in configuration && name !== 'model');
  return (
    <form className="settings" onSubmit={(event) => event.preventDefault()}>
      {SIDES.map((side) => (
        <fieldset key={side}>
          <legend>{TITLES[side]}</legend>
          {fields
            .filter(({ name }) => sideOf(name) === side)
            .map((field) => (
              <Setting
                key={field.name}
                field={field}
                text={texts[field.name] ?? String(configuration[field.name as keyof Mlp2dConfiguration])}
                problem={problems[field.name] ?? null}
                onChange={(text) => onChange(field.name, text)}
              />
            ))}
        </fieldset>
      ))}
    </form>
  );
}

function Setting({
  field: { name, doc, kind },
  text,
  problem,
  onChange,
}: {
  readonly field: Parameter;
  readonly text: string;
  readonly problem: string | null;
  readonly onChange: (text: string) => void;
}): ReactNode {
  const id = useId();
  const choices = name === 'dataset' ? PLANE_LAWS : kind.type === 'choice' ? kind.choices : null;
  return (
    <div className="setting" title={doc}>
      <label htmlFor={id}>{name}</label>
      {choices ? (
        <select id={id} value={text} onChange={(event) => onChange(event.target.value)}>
          {choices.map((choice) => (
            <option key={String(choice)}>{String(choice)}</option>
          ))}
        </select>
      ) : (
        <input
          id={id}
          inputMode="decimal"
          autoComplete="off"
          value={text}
          onChange={(event) => onChange(event.target.value)}
          aria-invalid={problem !== null}
          aria-describedby={problem === null ? undefined : `${id}-problem`}
        />
      )}
      {problem !== null && (
        <span className="problem" id={`${id}-problem`} role="alert">
          {name} {problem}
        </span>
      )}
    </div>
  );
}
