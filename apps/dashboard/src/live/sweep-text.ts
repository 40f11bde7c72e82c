import type { Mlp2dConfiguration } from '@gansweep/domain';

/** A sweep spec in YAML of one trial with three seeds: the configuration as it trains here, ready to be varied. */
export function sweepText(configuration: Mlp2dConfiguration): string {
  const parameters = Object.entries(configuration).map(([name, value]) => `  ${name}: { value: ${value} }`);
  return `# Trained live in the page. Turn a value into values: [a, b] to compare them.
version: 1
name: live-${configuration.dataset}
description: A configuration that was seen training live
method: grid
seeds: 3
metric: { name: js, goal: minimize }
parameters:
${parameters.join('\n')}
`;
}
