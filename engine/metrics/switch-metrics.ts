import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { SwitchId } from '../catalogue/ids.ts'
import type { ExchangeOutcome } from '../switch/switch.ts'
import { childrenOf } from './children.ts'

/** Records what happens on the connection to one switch. Each call costs a microsecond or less. */
export interface SwitchMetrics {
  /** The event socket was connected and authenticated, or was lost. */
  connection(isUp: boolean): void
  /**
   * A command was answered, or will not be.
   *
   * @param command its name, of a small fixed set
   */
  commandAnswered(command: string, outcome: ExchangeOutcome, microseconds: number): void
  /** An event was decoded. @param name as the switch names it, `CHANNEL_PARK` */
  eventDecoded(name: string): void
  /** Unexpected input was ignored. @param kind of a small fixed set */
  frameOdd(kind: string): void
}

/** The state of the connection to a switch. */
export interface SwitchState {
  readonly switchId: SwitchId
  readonly isConnected: boolean
  readonly isSynchronised: boolean
}

const commandBuckets = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5]

/** Most values of one label; the rest become `other`: a switch must not fill up our memory. */
const maxValues = 100

/** Shows the state of each switch, read by `look` at each scrape. */
export function registerSwitchStates(registry: Registry, look: () => Iterable<SwitchState>): void {
  const gauge = (name: string, help: string, read: (state: SwitchState) => boolean): void => {
    new Gauge({
      name,
      help,
      labelNames: ['switch'],
      registers: [registry],
      collect() {
        for (const state of look()) {
          this.set({ switch: state.switchId }, read(state) ? 1 : 0)
        }
      },
    })
  }
  gauge(
    'switchyard_switch_connected',
    '1 while the event socket of the switch is connected and authenticated, else 0.',
    ({ isConnected }) => isConnected,
  )
  gauge(
    'switchyard_switch_synchronised',
    '1 once the state of the switch has been read after connecting, else 0.',
    ({ isSynchronised }) => isSynchronised,
  )
}

/** Registers the metrics of switches. Returns a function that creates the recorder of one. */
export function registerSwitchMetrics(registry: Registry): (switchId: SwitchId) => SwitchMetrics {
  const registers = [registry]
  const connections = new Counter({
    name: 'switchyard_switch_connections_total',
    help: 'Times the event socket was connected and authenticated.',
    labelNames: ['switch'],
    registers,
  })
  const latency = new Histogram({
    name: 'switchyard_switch_command_seconds',
    help: 'Time from writing a command to its answer.',
    labelNames: ['switch', 'command'],
    buckets: commandBuckets,
    registers,
  })
  const failures = new Counter({
    name: 'switchyard_switch_command_failures_total',
    help: 'Commands that failed, by reason: refused, timeout, disconnected.',
    labelNames: ['switch', 'command', 'reason'],
    registers,
  })
  const events = new Counter({
    name: 'switchyard_switch_events_total',
    help: 'Events decoded, by their name on the switch.',
    labelNames: ['switch', 'event'],
    registers,
  })
  const oddFrames = new Counter({
    name: 'switchyard_switch_odd_frames_total',
    help: 'Malformed frames, by kind.',
    labelNames: ['switch', 'kind'],
    registers,
  })

  return (switchId) => {
    const ofSwitch = { switch: switchId }
    const connected = connections.labels(ofSwitch)
    const latencyOf = childrenOf((command) => latency.labels({ ...ofSwitch, command }))
    const failureOf = childrenOf((command, reason) =>
      failures.labels({ ...ofSwitch, command, reason }),
    )
    const eventOf = childrenOf((event) => events.labels({ ...ofSwitch, event }))
    const oddFrameOf = childrenOf((kind) => oddFrames.labels({ ...ofSwitch, kind }))
    const boundCommand = createBound()
    const boundEvent = createBound()
    const boundKind = createBound()
    return {
      connection(isUp) {
        if (isUp) {
          connected.inc()
        }
      },
      commandAnswered(command, outcome, microseconds) {
        const name = boundCommand(command)
        if (outcome === 'ok' || outcome === 'refused') {
          latencyOf(name).observe(microseconds / 1e6)
        }
        if (outcome !== 'ok') {
          failureOf(name, outcome).inc()
        }
      },
      eventDecoded: (name) => eventOf(boundEvent(name)).inc(),
      frameOdd: (kind) => oddFrameOf(boundKind(kind)).inc(),
    }
  }
}

function createBound(): (value: string) => string {
  const known = new Set<string>()
  return (value) => {
    if (known.has(value)) {
      return value
    }
    if (known.size >= maxValues) {
      return 'other'
    }
    known.add(value)
    return value
  }
}
