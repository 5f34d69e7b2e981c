import type { EpochMs } from '../catalogue/ids.ts'
import { callerVariables, loopbackVariables, phoneVariables } from './channel-variables.ts'
import type { Action } from './dialplan.ts'
import type { Party } from './party.ts'
import type { Message, Run } from './run.ts'
import { createTemplate, type Fields, type Template } from './template.ts'
import type { ByteString, Format } from './wire-text.ts'

/** Where a channel came from. It decides what the channel's events carry. */
export type ChannelKind = 'caller' | 'phone' | 'loopback' | 'aborted'

/** Values of Channel-State, and the Channel-State-Number of each. */
export const channelStates = {
  CS_NEW: 0,
  CS_INIT: 1,
  CS_ROUTING: 2,
  CS_SOFT_EXECUTE: 3,
  CS_EXECUTE: 4,
  CS_EXCHANGE_MEDIA: 5,
  CS_PARK: 6,
  CS_CONSUME_MEDIA: 7,
  CS_HANGUP: 10,
  CS_REPORTING: 11,
  CS_NONE: 13,
} as const
export type ChannelState = keyof typeof channelStates

export type CallState = 'DOWN' | 'RINGING' | 'ACTIVE' | 'RING_WAIT' | 'HELD' | 'UNHELD' | 'HANGUP'

const templates: Readonly<Record<ChannelKind, Template>> = {
  caller: createTemplate(callerVariables, 'variable_'),
  phone: createTemplate(phoneVariables, 'variable_'),
  loopback: createTemplate(loopbackVariables, 'variable_'),
  aborted: createTemplate(
    [
      ['direction', 'outbound'],
      ['is_outbound', 'true'],
      ['uuid', '{uuid}'],
      ['call_uuid', '{uuid}'],
      ['session_id', '{session}'],
    ],
    'variable_',
  ),
}

/** Two channels that hear each other. The bridge's events are events of `a`. */
export interface Bridge {
  readonly a: Channel
  readonly b: Channel
  /** One side leaves. The other side is told, then goes on or ends as its variables say. */
  left(channel: Channel, how: 'hangup' | 'transfer'): void
}

/** Pieces of event text that are valid until the channel changes. */
interface TextCache {
  fixed: string | undefined
  variables: string | undefined
  profile: string | undefined
  asOther: string | undefined
}

export interface ChannelOrigin {
  readonly uuid: string
  readonly kind: ChannelKind
  readonly direction: 'inbound' | 'outbound'
  readonly name: ByteString
  readonly session: number
  readonly createdAt: EpochMs
  readonly callerName: ByteString
  readonly callerNumber: ByteString
  readonly destination: ByteString
  readonly context: ByteString
  /** UUID of the channel this one was dialled for. @default its own UUID */
  readonly originator?: string | undefined
}

/** One leg on the simulated switch: its state, its variables and the applications it runs. */
export class Channel {
  readonly uuid: string
  readonly kind: ChannelKind
  readonly direction: 'inbound' | 'outbound'
  readonly name: ByteString
  readonly session: number
  readonly createdAt: EpochMs
  readonly originator: string
  readonly callerName: ByteString
  readonly callerNumber: ByteString
  readonly dialled: ByteString
  /** The caller as the caller profile shows it. */
  shownName: ByteString
  shownNumber: ByteString
  destination: ByteString
  context: ByteString
  transferSource: ByteString = ''
  profileIndex = 1

  state: ChannelState = 'CS_NONE'
  callState: CallState = 'DOWN'
  answerState: 'ringing' | 'answered' | 'hangup' = 'ringing'
  hangupCause: string | undefined
  answeredAt: EpochMs = 0
  bridgedAt: EpochMs = 0
  endedAt: EpochMs = 0
  other: { readonly type: 'originator' | 'originatee'; readonly channel: Channel } | undefined

  /** The running applications, the innermost last. */
  readonly stack: Run[] = []
  /** `sendmsg` commands that the channel has not handled yet. */
  readonly inbox: Message[] = []
  /** The running application of a `sendmsg` with event-lock. The other messages wait for it. */
  lockedBy: Run | undefined
  /** The actions of its extension that are still to run. */
  plan: Action[] = []
  bridge: Bridge | undefined
  /** Whoever is at the far end: a caller, a phone, another channel. */
  party: Party | undefined
  /** The channel is leaving all its applications. Nothing new may start. */
  isUnwinding = false
  /** Being transferred. Channel-State-Number is then ahead of Channel-State. */
  isLeaving = false
  isGone = false
  /** Paths of the files the call is being recorded to. */
  readonly recordings = new Set<ByteString>()
  /** Called once, after the channel's last event. */
  onGone: ((cause: string) => void) | undefined
  /** Called when the far end rings or answers, while the leg is being dialled. */
  onProgress: (() => void) | undefined
  onAnswer: (() => void) | undefined

  readonly #variables = new Map<string, ByteString>()
  readonly #text: Record<Format['name'], TextCache> = { plain: empty(), json: empty() }

  constructor(origin: ChannelOrigin) {
    this.uuid = origin.uuid
    this.kind = origin.kind
    this.direction = origin.direction
    this.name = origin.name
    this.session = origin.session
    this.createdAt = origin.createdAt
    this.callerName = origin.callerName
    this.callerNumber = origin.callerNumber
    this.dialled = origin.destination
    this.shownName = origin.callerName
    this.shownNumber = origin.callerNumber
    this.destination = origin.destination
    this.context = origin.context
    this.originator = origin.originator ?? origin.uuid
  }

  get isUp(): boolean {
    return this.hangupCause === undefined
  }

  /** The channel it is joined to. */
  get partner(): Channel | undefined {
    return this.bridge?.a === this ? this.bridge.b : this.bridge?.a
  }

  /** The innermost running application. */
  get top(): Run | undefined {
    return this.stack[this.stack.length - 1]
  }

  /**
   * The value that was set, or else the value the endpoint provides.
   *
   * @param name without the `variable_` prefix
   */
  variable(name: string): ByteString | undefined {
    return (
      this.#variables.get(name) ?? templates[this.kind].value(`variable_${name}`, this.fields())
    )
  }

  /** Like the dialplan's `set`: `undefined` or an empty value removes the variable. */
  setVariable(name: string, value: ByteString | undefined): void {
    if (value === undefined || value === '') this.#variables.delete(name)
    else this.#variables.set(name, value)
    this.#text.plain.variables = undefined
    this.#text.json.variables = undefined
  }

  isTrue(name: string): boolean {
    return /^(true|yes|on|enabled|active|allow|1)$/i.test(this.#variables.get(name) ?? '')
  }

  variables(): ReadonlyMap<string, ByteString> {
    return this.#variables
  }

  /** Must be called after every change of a field that the caller profile shows. */
  profileChanged(): void {
    for (const cache of [this.#text.plain, this.#text.json]) {
      cache.profile = undefined
      cache.asOther = undefined
    }
  }

  /** Returns a piece of event text, rendered anew only after the channel has changed. */
  cached(format: Format, piece: keyof TextCache, render: () => string): string {
    const cache = this.#text[format.name]
    const kept = cache[piece]
    if (kept !== undefined) return kept
    const text = render()
    cache[piece] = text
    return text
  }

  /** The variables that the endpoint provides, as pieces of event text. */
  fixedVariables(format: Format): [shared: string, own: string] {
    const template = templates[this.kind]
    return [
      template.shared[format.name],
      this.cached(format, 'fixed', () => template.render(this.fields(), format)),
    ]
  }

  fields(): Fields {
    return {
      uuid: this.uuid,
      name: this.name,
      session: String(this.session),
      port: String(5080 + (this.session % 900)),
      number: this.callerNumber,
      callerName: this.callerName,
      dialled: this.dialled,
      direction: this.direction,
      originator: this.originator,
      created: `${this.createdAt}000`,
    }
  }
}

function empty(): TextCache {
  return { fixed: undefined, variables: undefined, profile: undefined, asOther: undefined }
}
