import { type Strategy, strategies, strategiesWhere } from '../core/strategies.ts'

/** The strategies that a trait holds for, as a description names them: `topDown` and `ringProgressively`. */
export function strategyList(holds: (strategy: Strategy) => boolean): string {
  return strategiesWhere(holds)
    .map((name) => `\`${name}\``)
    .join(' and ')
}

/** All strategies with whom each asks first, as a table in Markdown. */
export function strategyTable(): string {
  return [
    '| `strategy` | first is |',
    '|---|---|',
    ...strategies.map(({ name, first }) => `| \`${name}\` | ${first} |`),
  ].join('\n')
}
