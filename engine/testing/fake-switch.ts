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

/** A switch for tests: the test emits each event, sees each command and gives each answer. */
export class FakeSwitch implements Switch {
  readonly id: SwitchId
  #commands: SwitchCommand[] = []
  readonly #answers: { command: SwitchCommand; done: (result: CommandResult) => void }[] = []
  #observer: SwitchObserver | undefined
  /** Requests for a snapshot that have not been answered. */
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

  /** The commands since the last call of this method, oldest first. */
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

  /** Answers every open command: with ok, or with the result of `refuse` if it returns one. */
  answerAll(refuse: (command: SwitchCommand) => CommandResult | undefined = () => undefined): void {
    for (const { command, done } of this.#answers.splice(0)) {
      done(refuse(command) ?? { ok: true })
    }
  }

  emit(event: SwitchEvent): void {
    this.#observer?.event(event)
  }

  /** Connects and answers the first request for a snapshot; resolves when the engine has read it. */
  async connect(snapshot: readonly LegSnapshot[] = []): Promise<void> {
    this.#observer?.connected()
    await this.reportSnapshot(snapshot)
  }

  /** Answers the oldest request for a snapshot. @returns the legs it asked for by id */
  async reportSnapshot(snapshot: readonly LegSnapshot[] | Error): Promise<readonly LegId[]> {
    const request = this.#requests.shift()
    if (request === undefined) {
      throw new Error('there is no open request for a snapshot')
    }
    if (snapshot instanceof Error) {
      request.reject(snapshot)
    } else {
      request.resolve(snapshot)
    }
    // The engine awaits the snapshot, which takes a few turns of the microtask queue.
    await new Promise((resolve) => setImmediate(resolve))
    return request.alsoLegs
  }

  /** The number of open requests for a snapshot. */
  get openSnapshots(): number {
    return this.#requests.length
  }

  /** Connects, and leaves the request for a snapshot open. */
  beginConnect(): void {
    this.#observer?.connected()
  }

  /** Breaks the connection: open commands are answered with `disconnected`. */
  disconnect(reason = 'closed'): void {
    this.#observer?.disconnected(new Error(reason))
    this.answerAll(() => ({ ok: false, reason: 'disconnected', message: reason }))
  }
}
