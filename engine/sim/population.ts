import type { DurationMs } from '../catalogue/ids.ts'
import type { Clock, Timer } from '../clock.ts'
import { type CallerRecord, Ledger } from './ledger.ts'
import type { Party } from './party.ts'
import type { Random } from './random.ts'
import type { SimulatedSwitch } from './simulated-switch.ts'

export interface PopulationOptions {
  readonly clock: Clock
  readonly random: Random
  /** The numbers they dial, with equal probability. */
  readonly numbers: readonly string[]
  /** New callers per second, as a Poisson stream. @default 0 */
  readonly rate?: number
  /** Callers who all dial at the start. @default 0 */
  readonly burst?: number
  /** Mean time they wait for an agent before they hang up, exponentially distributed. @default for ever */
  readonly patienceMs?: DurationMs
  /** Mean length of a conversation, exponentially distributed. @default 3 minutes */
  readonly talkMs?: DurationMs
  /** The share of conversations that the agent ends. @default 0.5 */
  readonly agentEndsShare?: number
  /** The keys a caller presses at this prompt, or undefined for none. @default never any */
  readonly keysFor?: (prompt: string, random: Random) => string | undefined
  /** Bounds of the time before they press them. @default 300 to 2000 ms */
  readonly thinkMs?: readonly [low: DurationMs, high: DurationMs]
  /** The share of callers who call again once after giving up, and how much later. @default nobody */
  readonly ringsAgain?: {
    readonly share: number
    readonly afterMs: readonly [low: DurationMs, high: DurationMs]
  }
  /** How long a caller stays on the line after the agent has left. @default 2 s */
  readonly lingerMs?: DurationMs
}

/** Callers who dial, wait, talk and hang up, all determined by the seed. */
export interface Population {
  readonly ledger: Ledger
  start(): void
  /** Stops new callers. Those on the line stay until they leave by themselves. */
  stop(): void
  /** Makes everybody who still waits or talks hang up now. */
  hangUpAll(): void
  /** Notes in the ledger that a phone rings for the caller on this channel. */
  rung(uuid: string): void
  /** The number of callers who wait or talk. */
  readonly present: number
  /** Resolves as soon as nobody waits or talks. */
  settled(): Promise<void>
}

/** Creates the callers of `sim`. Their ledger records what they saw, whatever the engine reports. */
export function createPopulation(
  sim: Pick<SimulatedSwitch, 'placeCall' | 'hangUp' | 'press'>,
  options: PopulationOptions,
): Population {
  const { clock, random, numbers, rate = 0, burst = 0 } = options
  const {
    patienceMs = Number.POSITIVE_INFINITY,
    talkMs = 180_000,
    agentEndsShare = 0.5,
    lingerMs = 2_000,
    keysFor = () => undefined,
    ringsAgain,
    thinkMs: [minThinkMs, maxThinkMs] = [300, 2_000],
  } = options
  const ledger = new Ledger()
  const present = new Map<string, () => void>()
  const records = new Map<string, CallerRecord>()
  const waitingForAll: (() => void)[] = []
  const ringingAgain = new Set<Timer>()
  let isStopped = false
  let nextArrival: Timer | undefined
  let nextArrivalAt = 0
  let count = 0

  function call(): void {
    count++
    const dialled = numbers[Math.floor(random.next() * numbers.length)] ?? ''
    dial(dialled, `7495${String(1_000_000 + (count % 9_000_000))}`, `Caller ${count}`, false)
  }

  function dial(dialled: string, callerNumber: string, callerName: string, isAgain: boolean): void {
    const record = ledger.arrived(dialled, clock.now())
    const patience = random.exponential(patienceMs)
    const talk = random.exponential(talkMs)
    const isEndedByAgent = random.chance(agentEndsShare)
    let uuid = ''
    let leave: Timer | undefined
    let hasMovedOn = false

    const leaveAfter = (ms: DurationMs, who: () => string): void => {
      leave?.cancel()
      leave = Number.isFinite(ms) ? clock.setTimer(ms, () => hangUp(who())) : undefined
    }
    const hangUp = (who: string): void => {
      if (who === uuid && record.joinedAt === undefined && !isAgain) mayRingAgain()
      if (who === uuid) end(record.joinedAt === undefined ? 'abandoned' : 'answered')
      sim.hangUp(who)
    }
    const end = (outcome: NonNullable<CallerRecord['outcome']>): void => {
      leave?.cancel()
      record.outcome = outcome
      record.endedAt = clock.now()
      present.delete(uuid)
      records.delete(uuid)
      if (present.size === 0) for (const resolve of waitingForAll.splice(0)) resolve()
    }
    const mayRingAgain = (): void => {
      if (isStopped || ringsAgain === undefined || !random.chance(ringsAgain.share)) return
      const [low, high] = ringsAgain.afterMs
      const timer = clock.setTimer(random.between(low, high), () => {
        ringingAgain.delete(timer)
        dial(dialled, callerNumber, callerName, true)
      })
      ringingAgain.add(timer)
    }
    const party: Party = {
      entered(extension) {
        hasMovedOn = extension !== dialled
      },
      asked(prompt) {
        const keys = keysFor(prompt, random)
        if (keys === undefined) return
        clock.setTimer(random.between(minThinkMs, maxThinkMs), () => sim.press(uuid, keys))
      },
      joined(legId) {
        record.joinedAt ??= clock.now()
        leaveAfter(talk, () => (isEndedByAgent ? legId : uuid))
      },
      parted: () => leaveAfter(lingerMs, () => uuid),
      ended() {
        if (record.outcome !== undefined) return
        if (record.joinedAt !== undefined) end('answered')
        else end(hasMovedOn ? 'overflowed' : 'lost')
      },
    }
    uuid = sim.placeCall({
      destination: dialled,
      callerNumber,
      callerName,
      party,
    })
    if (record.outcome !== undefined) return
    present.set(uuid, () => hangUp(uuid))
    records.set(uuid, record)
    leaveAfter(patience, () => uuid)
  }

  function arrive(): void {
    nextArrival = clock.setTimer(nextArrivalAt - clock.now(), () => {
      // A process that was held up catches up: callers do not wait for it.
      while (nextArrivalAt <= clock.now()) {
        call()
        nextArrivalAt += random.exponential(1000 / rate)
      }
      arrive()
    })
  }

  return {
    ledger,
    start() {
      for (let i = 0; i < burst; i++) call()
      if (rate <= 0) return
      nextArrivalAt = clock.now() + random.exponential(1000 / rate)
      arrive()
    },
    stop() {
      isStopped = true
      nextArrival?.cancel()
      for (const timer of ringingAgain) timer.cancel()
      ringingAgain.clear()
    },
    hangUpAll() {
      for (const hangUp of [...present.values()]) hangUp()
    },
    rung(uuid) {
      const record = records.get(uuid)
      if (record !== undefined) record.rungAt ??= clock.now()
    },
    get present() {
      return present.size
    },
    settled: () =>
      present.size === 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            waitingForAll.push(resolve)
          }),
  }
}
