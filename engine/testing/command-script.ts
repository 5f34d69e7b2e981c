import type { Bus } from '../bus/bus.ts'
import { commandExamples } from '../catalogue/commands/command-examples.ts'
import {
  type CommandInput,
  type CommandName,
  type CommandOutput,
  commandSchemas,
} from '../catalogue/commands/commands.ts'
import type { EpochMs } from '../catalogue/ids.ts'
import type { Reply } from '../catalogue/refusals.ts'
import type { Clock } from '../clock.ts'
import { type CommandHandlers, serveCommands } from '../commands/serve.ts'
import type { Logger } from '../log.ts'
import { createCounter } from './counter.ts'

/** A command that was carried out, as the engine would have received it. */
export type RecordedCommand = {
  [N in CommandName]: {
    readonly name: N
    readonly input: CommandInput<N>
    /** Who gave it. */
    readonly by: string | undefined
    readonly at: EpochMs
  }
}[CommandName]

/** Answers commands in place of an engine. The default answer is the example in docs/commands.md. */
export interface CommandScript {
  /** The commands carried out, in order, without refused inputs and repeats of a command's id. */
  readonly recorded: readonly RecordedCommand[]
  /** Sets the answer to a command from now on. An answer that never resolves simulates an engine that hangs. */
  answer<N extends CommandName>(
    name: N,
    answer: (input: CommandInput<N>) => Promise<Reply<CommandOutput<N>>> | Reply<CommandOutput<N>>,
  ): void
  /** Stops serving commands, like an engine that is down. */
  stop(): Promise<void>
  /** Serves again, like an engine that took over: it remembers no command's id. */
  start(): Promise<void>
}

/** Creates the script. @param except commands that something else serves */
export function createCommandScript(
  bus: Bus,
  tenant: string,
  ports: { readonly clock: Clock; readonly log: Logger },
  except: readonly string[],
): CommandScript {
  const recorded: RecordedCommand[] = []
  const answers = new Map<CommandName, (input: never) => unknown>()
  const nextInstance = createCounter()
  let stopService: (() => Promise<void>) | undefined

  const names = (Object.keys(commandSchemas) as CommandName[]).filter(
    (name) => !except.includes(name),
  )
  const handlers = Object.fromEntries(
    names.map((name) => [
      name,
      async (input: never, { by }: { readonly by: string | undefined }) => {
        recorded.push({ name, input, by, at: ports.clock.now() })
        const answer = answers.get(name)
        return answer === undefined
          ? { ok: true, ...commandExamples[name].output }
          : await answer(input)
      },
    ]),
  ) as CommandHandlers

  return {
    recorded,
    answer(name, answer) {
      answers.set(name, answer)
    },
    async start() {
      const service = await serveCommands(bus, tenant, handlers, {
        ...ports,
        newId: () => `engine-${nextInstance()}`,
      })
      stopService = () => service.stop()
    },
    async stop() {
      await stopService?.()
    },
  }
}
