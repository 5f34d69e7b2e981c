import type { LegId, SwitchId } from '../core/ids.ts'
import type { SwitchEvent } from '../switch/event.ts'
import type {
  CommandResult,
  LegSnapshot,
  Switch,
  SwitchCommand,
  SwitchObserver,
} from '../switch/switch.ts'

/** A switch whose every word a test says itself, and whose every order it sees. */
export class FakeSwitch implements Switch {
  readonly id: SwitchId
  /** What was asked of it since {@link takeCommands}. */
  #commands: SwitchCommand[] = []
  readonly #answers: { command: SwitchCommand; done: (result: CommandResult) => void }[] = []
  #observer: SwitchObserver | undefined
  #truth: readonly LegSnapshot[] = []

  constructor(id = 'fake') {
    this.id = id as SwitchId
  }

  start(observer: SwitchObserver): void {
    this.#observer = observer
  }

  stop(): Promise<void> {
    this.#observer = undefined
    return Promise.resolve()
  }

  send(command: SwitchCommand, done?: (result: CommandResult) => void): void {
    this.#commands.push(command)
    if (done !== undefined) {
      this.#answers.push({ command, done })
    }
  }

  snapshot(_alsoLegs: Iterable<LegId>): Promise<readonly LegSnapshot[]> {
    return Promise.resolve(this.#truth)
  }

  /** The commands since the last look, oldest first. */
  takeCommands(): readonly SwitchCommand[] {
    const commands = this.#commands
    this.#commands = []
    return commands
  }

  /** Answers the oldest open command of a type. */
  answer(type: SwitchCommand['type'], result: CommandResult): void {
    const index = this.#answers.findIndex(({ command }) => command.type === type)
    const [open] = index < 0 ? [] : this.#answers.splice(index, 1)
    if (open === undefined) {
      throw new Error(`no open ${type} to answer`)
    }
    open.done(result)
  }

  emit(event: SwitchEvent): void {
    this.#observer?.event(event)
  }

  /** Connects, with this as the truth of its channels; resolves when it has been read. */
  async connect(truth: readonly LegSnapshot[] = []): Promise<void> {
    this.#truth = truth
    this.#observer?.connected()
    // The engine awaits the snapshot: two turns of the microtask queue.
    await new Promise((resolve) => setImmediate(resolve))
  }

  disconnect(reason = 'closed'): void {
    this.#observer?.disconnected(new Error(reason))
  }
}
