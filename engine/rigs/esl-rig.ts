import type { LegId, SwitchId } from '../catalogue/ids.ts'
import type { SwitchyardError } from '../errors.ts'
import { createFreeSwitch, type FreeSwitchOptions } from '../esl/free-switch.ts'
import { ScriptedPeer } from '../esl/scripted-peer.ts'
import type { CommandResult, Switch, SwitchCommand } from '../switch/switch.ts'
import { ManualClock } from '../testing/manual-clock.ts'

export const password = 'very-secret'

/** A switch under test, the peer it talks to, and everything it reported. */
export interface Rig {
  readonly sw: Switch
  readonly peer: ScriptedPeer
  readonly clock: ManualClock
  /** Events and connection changes, in order; an event as its type, a loss as its code. */
  readonly reported: string[]
  readonly errors: SwitchyardError[]
  readonly logged: string[]
  readonly metered: string[]
  /** Waits until `count` entries have been reported. */
  hasReported(count: number): Promise<void>
  send(command: SwitchCommand): Promise<CommandResult>
}

/** A started switch that talks to a scripted peer. An event of leg `throw` makes the observer throw. */
export async function startRig(
  t: { teardown(clean: () => Promise<unknown>): void },
  options: Partial<FreeSwitchOptions> = {},
  onLoss: () => void = () => {},
): Promise<Rig> {
  const peer = await ScriptedPeer.listen()
  const clock = new ManualClock(1_000_000)
  const reported: string[] = []
  const errors: SwitchyardError[] = []
  const logged: string[] = []
  const metered: string[] = []
  const note = (level: string) => (fields: Record<string, unknown>, message: string) =>
    logged.push(`${level} ${message} ${JSON.stringify(fields)}`)
  const sw = createFreeSwitch({
    id: 'fs1' as SwitchId,
    host: '127.0.0.1',
    port: peer.port,
    password,
    clock,
    random: () => 0.5,
    log: { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') },
    meter: {
      eventDecoded: (name) => metered.push(`decoded ${name}`),
      commandAnswered: (name, outcome) => metered.push(`${name} ${outcome}`),
      frameOdd: (kind) => metered.push(`odd ${kind}`),
      connection: (isUp) => metered.push(`up ${isUp}`),
    },
    ...options,
  })
  t.teardown(async () => {
    await Promise.all([peer.close(), sw.stop()])
  })
  sw.start({
    event(event) {
      reported.push(event.type)
      if ('legId' in event && event.legId === ('throw' as LegId)) {
        throw new Error('observer')
      }
    },
    connected: () => reported.push('connected'),
    disconnected(error) {
      reported.push((error as SwitchyardError).code)
      errors.push(error as SwitchyardError)
      onLoss()
    },
  })
  return {
    sw,
    peer,
    clock,
    reported,
    errors,
    logged,
    metered,
    hasReported: (count) => until(() => reported.length >= count),
    send: (command) => new Promise((resolve) => sw.send(command, resolve)),
  }
}

/** Waits until `isTrue`, letting the sockets work; the time limit of the test ends a wait in vain. */
export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) {
    await new Promise((resolve) => setImmediate(resolve))
  }
}

export function plain(headers: Record<string, string>): string {
  const body = `${Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join('')}\n`
  return `Content-Length: ${Buffer.byteLength(body)}\nContent-Type: text/event-plain\n\n${body}`
}

export function apiReply(text: string): string {
  return `Content-Type: api/response\nContent-Length: ${Buffer.byteLength(text)}\n\n${text}`
}

export const okReply = 'Content-Type: command/reply\nReply-Text: +OK\n\n'
