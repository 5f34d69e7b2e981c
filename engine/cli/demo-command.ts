import { runDemo } from '../demo/demo.ts'
import { Exit, parse, stopSignal } from './terminal.ts'

/** `switchyard demo`. */
export async function showDemo(args: readonly string[]): Promise<void> {
  const { values } = parse(args, {
    agents: { type: 'string' },
    rate: { type: 'string' },
    seconds: { type: 'string' },
    seed: { type: 'string' },
    json: { type: 'boolean' },
  })
  const number = (name: string, fallback: number, min: number): number => {
    const value = values[name]
    const result = typeof value === 'string' && value.trim() !== '' ? Number(value) : fallback
    if (
      !Number.isFinite(result) ||
      result < min ||
      (typeof value === 'string' && value.trim() === '')
    ) {
      throw new Exit(
        2,
        `switchyard demo: --${name} ${String(value)} is not a number of ${min} or more`,
      )
    }
    return result
  }
  const { lost } = await runDemo({
    agents: Math.floor(number('agents', 20, 1)),
    rate: number('rate', 2, 0.01),
    seconds: number('seconds', 60, 1),
    seed: Math.floor(number('seed', 1, 0)),
    isJson: values['json'] === true,
    out: process.stdout,
    stopped: stopSignal(),
  })
  process.exitCode = lost > 0 ? 1 : 0
}
