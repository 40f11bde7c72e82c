/** Configurations worth a look: what they set beside the defaults. */
interface Example {
  readonly title: string;
  readonly fields: Readonly<Record<string, string>>;
}

const deep = (width: string) => ({ layersG: '3', layersD: '3', widthG: width, widthD: width });

export const EXAMPLES: readonly [Example, ...Example[]] = [
  { title: 'Eight modes', fields: { dataset: 'ring8', ...deep('32') } },
  { title: 'A ring', fields: { dataset: 'ring', widthG: '32', widthD: '32' } },
  { title: 'A drawing', fields: { dataset: 'drawing', ...deep('64') } },
  { title: 'A weak D', fields: { dataset: 'ring8', widthG: '64', layersD: '1', lrG: '0.01' } },
];
