import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { SwitchId } from '../core/ids.ts'
import type { CommandResult } from '../switch/switch.ts'
import { childrenOf } from './children.ts'

/** What the connection to one switch tells. Each call costs a microsecond or less. */
export interface SwitchMetrics {
  /** The event socket is connected and authenticated, or is not. */
  connected(isConnected: boolean): void
  /** The truth of the switch has been read since it connected, or is being read. */
  synchronised(isSynchronised: boolean): void
  /**
   * A command was answered, or will not be.
   *
   * @param command its name, of a small fixed set
   */
  commandEnded(command: string, elapsedUs: number, result: CommandResult): void
  /** An event was decoded. @param name as the switch names it, `CHANNEL_PARK` */
  eventDecoded(name: string): void
  /** A frame was not what it should be, and was survived. @param kind of a small fixed set */
  oddFrame(kind: string): void
}

const commandBuckets = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5]

/** Values of one label beyond this many become `other`: a switch must not fill our memory. */
const mostValues = 100

/** Registers the metrics of switches; the result makes the recorder of one. */
export function registerSwitchMetrics(registry: Registry): (switchId: SwitchId) => SwitchMetrics {
  const registers = [registry]
  const connected = new Gauge({
    name: 'switchyard_switch_connected',
    help: '1 while the event socket of the switch is connected and authenticated, else 0.',
    labelNames: ['switch'],
    registers,
  })
  const synchronised = new Gauge({
    name: 'switchyard_switch_synchronised',
    help: '1 once the truth of the switch has been read after connecting, else 0.',
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
    help: 'Events decoded, by the name the switch gives them.',
    labelNames: ['switch', 'event'],
    registers,
  })
  const oddFrames = new Counter({
    name: 'switchyard_switch_odd_frames_total',
    help: 'Frames that were not what they should be, by kind.',
    labelNames: ['switch', 'kind'],
    registers,
  })

  return (switchId) => {
    const ofSwitch = { switch: switchId }
    const isUp = connected.labels(ofSwitch)
    const isRead = synchronised.labels(ofSwitch)
    isUp.set(0)
    isRead.set(0)
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
      connected: (isConnected) => isUp.set(isConnected ? 1 : 0),
      synchronised: (isSynchronised) => isRead.set(isSynchronised ? 1 : 0),
      commandEnded(command, elapsedUs, result) {
        const name = boundCommand(command)
        if (result.ok || result.reason === 'refused') {
          latencyOf(name).observe(elapsedUs / 1e6)
        }
        if (!result.ok) {
          failureOf(name, result.reason).inc()
        }
      },
      eventDecoded: (name) => eventOf(boundEvent(name)).inc(),
      oddFrame: (kind) => oddFrameOf(boundKind(kind)).inc(),
    }
  }
}

function createBound(): (value: string) => string {
  const known = new Set<string>()
  return (value) => {
    if (known.has(value)) {
      return value
    }
    if (known.size >= mostValues) {
      return 'other'
    }
    known.add(value)
    return value
  }
}
