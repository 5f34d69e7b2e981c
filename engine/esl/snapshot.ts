import type { LegId } from '../catalogue/ids.ts'
import { SwitchyardError } from '../errors.ts'
import type { LegActivity, LegSnapshot } from '../switch/switch.ts'
import { type BadValue, readAgentLeg, readCallerChannel } from './caller-channel.ts'
import { EventView, type Headers } from './event-view.ts'
import type { EslReply } from './reply-queue.ts'
import type { EslSession } from './session.ts'

type Commands = Pick<EslSession, 'api' | 'bgapi'>

/** A channel in one of these states has hung up, although it is still listed. */
const gone = /^CS_(HANGUP|REPORTING|DESTROY)$/

/**
 * Reads the channels of the switch, except those that `isKnown` accepts. Returns those that are
 * ours, and those of `alsoLegs` that exist. At most `inFlight` dumps are requested at a time, so
 * that events get through in between.
 *
 * @throws SwitchyardError SY_SWITCH_DISCONNECTED, SY_SWITCH_TIMEOUT or SY_SWITCH_REFUSED
 */
export async function readSnapshot(
  session: Commands,
  { alsoLegs, isKnown }: { alsoLegs: Iterable<LegId>; isKnown(legId: LegId): boolean },
  inFlight: number,
  badValue: BadValue,
): Promise<readonly LegSnapshot[]> {
  const wanted = new Set<LegId>(alsoLegs)
  const listed = (await listChannels(session)).filter((legId) => !isKnown(legId))
  const legs = new Set<LegId>([...listed, ...wanted])
  const found: LegSnapshot[] = []
  const readAll = async (legIds: Iterable<LegId>) => {
    const rest = legIds[Symbol.iterator]()
    const readRest = async () => {
      for (let next = rest.next(); next.done !== true; next = rest.next()) {
        const legId = next.value
        const headers = await dump(session, legId)
        const leg = headers === undefined ? undefined : readLeg(legId, headers, badValue)
        if (leg !== undefined && (leg.caller ?? leg.agentLeg ?? wanted.has(legId))) {
          found.push(leg)
        }
      }
    }
    await Promise.all(Array.from({ length: inFlight }, readRest))
  }
  await readAll(legs)
  // The list may lag behind: without the other leg, a conversation would look like a caller alone.
  await readAll(
    found.flatMap(({ joinedTo }) =>
      joinedTo === undefined || legs.has(joinedTo) || isKnown(joinedTo) ? [] : [joinedTo],
    ),
  )
  return found
}

async function listChannels(session: Commands): Promise<LegId[]> {
  const text = take(
    await new Promise<EslReply>((resolve) =>
      session.bgapi('show', 'channels as json', undefined, resolve),
    ),
    'show channels',
  )
  const list = parseJson(text) as { rows?: { uuid?: unknown }[] } | undefined
  if (list === undefined || !Array.isArray(list.rows ?? [])) {
    throw new SwitchyardError('SY_SWITCH_REFUSED', 'the answer to `show channels` is not a list')
  }
  return (list.rows ?? []).map(({ uuid }) => String(uuid ?? '') as LegId).filter((id) => id !== '')
}

/** The channel's headers and variables; undefined when it no longer exists. */
async function dump(session: Commands, legId: LegId): Promise<Headers | undefined> {
  const json = await uuidDump(session, `${legId} json`)
  if (json === undefined) {
    return undefined
  }
  const values = parseJson(json)
  if (typeof values === 'object' && values !== null) {
    return { get: (name) => textOf((values as Record<string, unknown>)[name]) }
  }
  // A variable may make the JSON invalid; the plain form can always be read.
  const plain = await uuidDump(session, legId)
  return plain === undefined ? undefined : new EventView(Buffer.from(plain))
}

async function uuidDump(session: Commands, args: string): Promise<string | undefined> {
  const reply = await new Promise<EslReply>((resolve) => session.api('uuid_dump', args, resolve))
  return !reply.ok && reply.message.includes('No such channel')
    ? undefined
    : take(reply, 'uuid_dump')
}

function readLeg(legId: LegId, headers: Headers, badValue: BadValue): LegSnapshot | undefined {
  if (gone.test(headers.get('Channel-State') ?? '')) {
    return undefined
  }
  return {
    legId,
    // Not bridge_uuid: it remains set after the join has ended (switch_ivr_bridge.c).
    joinedTo: (headers.get('variable_bridge_to') || undefined) as LegId | undefined,
    isAnswered: headers.get('Answer-State') === 'answered',
    caller: readCallerChannel(headers, badValue),
    agentLeg: readAgentLeg(headers, legId),
    activity: activities.get(headers.get('variable_current_application') ?? '') ?? 'other',
  }
}

/** What a channel is doing, by the application that was started last. */
const activities: ReadonlyMap<string, LegActivity> = new Map([
  ['park', 'parked'],
  ['playback', 'playing'],
  ['read', 'prompting'],
  ['say', 'prompting'],
  ['bridge', 'bridging'],
])

function take(reply: EslReply, command: string): string {
  if (reply.ok) {
    return reply.text
  }
  const codes = {
    refused: 'SY_SWITCH_REFUSED',
    timeout: 'SY_SWITCH_TIMEOUT',
    disconnected: 'SY_SWITCH_DISCONNECTED',
  } as const
  throw new SwitchyardError(codes[reply.reason], `${command}: ${reply.message}`)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A repeated variable is an array; `get` returns its first value, as for an event. */
function textOf(value: unknown): string | undefined {
  const first = Array.isArray(value) ? value[0] : value
  return typeof first === 'string' ? first : undefined
}
