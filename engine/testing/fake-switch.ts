import type { LegId, SwitchId } from '../catalogue/ids.ts'
import type { SwitchEvent } from '../switch/event.ts'
import type {
  CommandResult,
  LegSnapshot,
  Switch,
  SwitchCommand,
  SwitchObserver,
} from '../switch/switch.ts'

interface SnapshotRequest {
  readonly alsoLegs: readonly LegId[]
  readonly resolve: (snapshot: readonly LegSnapshot[]) => void
  readonly reject: (error: Error) => void
}

/** A switch whose every word a test says itself, and whose every order it sees. */
export class FakeSwitch implements Switch {
  readonly id: SwitchId
  #commands: SwitchCommand[] = []
  readonly #answers: { command: SwitchCommand; done: (result: CommandResult) => void }[] = []
  #observer: SwitchObserver | undefined
  /** Looks at the truth that wait for it. */
  readonly #requests: SnapshotRequest[] = []

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

  snapshot(alsoLegs: Iterable<LegId>): Promise<readonly LegSnapshot[]> {
    return new Promise((resolve, reject) => {
      this.#requests.push({ alsoLegs: [...alsoLegs], resolve, reject })
    })
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

  /** Carries out every open command but those `refuse` gives another answer for. */
  answerAll(refuse: (command: SwitchCommand) => CommandResult | undefined = () => undefined): void {
    for (const { command, done } of this.#answers.splice(0)) {
      done(refuse(command) ?? { ok: true })
    }
  }

  emit(event: SwitchEvent): void {
    this.#observer?.event(event)
  }

  /** Connects, with this as the truth of its channels; resolves when it has been read. */
  async connect(snapshot: readonly LegSnapshot[] = []): Promise<void> {
    this.#observer?.connected()
    await this.reportSnapshot(snapshot)
  }

  /** Answers the oldest look at the truth. @returns the legs it asked for by name */
  async reportSnapshot(snapshot: readonly LegSnapshot[] | Error): Promise<readonly LegId[]> {
    const look = this.#requests.shift()
    if (look === undefined) {
      throw new Error('nobody asks for the truth')
    }
    if (snapshot instanceof Error) {
      look.reject(snapshot)
    } else {
      look.resolve(snapshot)
    }
    // The engine awaits the truth: a few turns of the microtask queue.
    await new Promise((resolve) => setImmediate(resolve))
    return look.alsoLegs
  }

  /** How many looks at the truth wait for it. */
  get openSnapshots(): number {
    return this.#requests.length
  }

  /** Connects and leaves the truth untold. */
  beginConnect(): void {
    this.#observer?.connected()
  }

  /** Breaks the connection: open commands are answered, the next is too. */
  disconnect(reason = 'closed'): void {
    this.#observer?.disconnected(new Error(reason))
    this.answerAll(() => ({ ok: false, reason: 'disconnected', message: reason }))
  }
}
