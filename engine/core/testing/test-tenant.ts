import type { AgentStatus } from '../../catalogue/agent.ts'
import type { AgentId, CallId, DurationMs, EpochMs, QueueId, SkillId } from '../../catalogue/ids.ts'
import type { Requirement } from '../../catalogue/needs.ts'
import type { OfferOutcome } from '../../catalogue/outcomes.ts'
import { Acd } from '../acd.ts'
import type { AcdEffect, AcdEvent, CallChanged, CallQueued } from '../event.ts'
import { plainAgent, plainMembership, plainQueue, plainTenant } from '../plain-settings.ts'
import type { AcdSettings, AgentSettings, Membership, QueueSettings } from '../settings.ts'

/** When {@link startAcd} starts: instants in tests read as milliseconds since then. */
export const startAt: EpochMs = 1_000_000

export const available: AgentStatus = { type: 'available' }
export const atLunch: AgentStatus = { type: 'onBreak', reason: 'lunch' }

/**
 * A queue with the defaults of tests: no limits, 15 s of ringing, 30 s before a refused call is
 * offered again.
 */
export function queue(queueId: string, over: Partial<QueueSettings> = {}): QueueSettings {
  return {
    ...plainQueue(queueId as QueueId),
    ringMs: 15_000,
    wrapUpMs: 10_000,
    retryDeclinedMs: 30_000,
    ...over,
  }
}

/** A requirement that holds from the start: all skills of one of these. */
export function needs(...anyOf: readonly Readonly<Record<string, number>>[]): Requirement {
  return [step(0, ...anyOf)]
}

/** A step that holds from `afterMs` on: all skills of one of these. */
export function step(
  afterMs: DurationMs,
  ...anyOf: readonly Readonly<Record<string, number>>[]
): Requirement[number] {
  const alternatives = anyOf.map((skills) =>
    Object.entries(skills).map(([skill, minLevel]) => ({ skill: skill as SkillId, minLevel })),
  )
  return { afterMs, anyOf: alternatives }
}

/** An agent with the defaults of tests: in the queue `sales`, available, never resting. */
export function agent(
  agentId: string,
  {
    queues = ['sales'],
    skills = {},
    ...over
  }: Partial<Omit<AgentSettings, 'queues' | 'skills'>> & {
    /** The name of a queue, or more of the membership. */
    readonly queues?: readonly (
      | string
      | (Partial<Omit<Membership, 'queueId'>> & { readonly queueId: string })
    )[]
    readonly skills?: Readonly<Record<string, number>>
  } = {},
): AgentSettings {
  return {
    ...plainAgent(agentId as AgentId),
    queues: queues.map((queue) =>
      typeof queue === 'string'
        ? plainMembership(queue as QueueId)
        : {
            ...plainMembership(queue.queueId as QueueId),
            ...queue,
            queueId: queue.queueId as QueueId,
          },
    ),
    skills: new Map(Object.entries(skills) as [SkillId, number][]),
    ...over,
  }
}

/**
 * A core with short methods for its events. They return the effects in short form, as {@link brief}
 * writes them.
 */
export function startAcd(
  agents: readonly AgentSettings[],
  queues = [queue('sales')],
  rules: Partial<AcdSettings> = {},
) {
  const acd = new Acd({ ...plainTenant, queues, agents, ...rules }, startAt)
  const tell = (event: AcdEvent, at: DurationMs) =>
    acd.handle(event, startAt + at).map((effect) => brief(effect))
  return {
    acd,
    tell,
    /** Queues a call that came at `at`, unless it brings an earlier place. */
    queueCall(
      callId: string,
      at: DurationMs,
      {
        queueId = 'sales',
        enqueuedAt = at,
        ...over
      }: {
        readonly queueId?: string
        readonly enqueuedAt?: DurationMs
      } & Partial<Omit<CallQueued, 'queueId' | 'enqueuedAt'>> = {},
    ) {
      return tell(
        {
          type: 'callQueued',
          callId: callId as CallId,
          queueId: queueId as QueueId,
          enqueuedAt: startAt + enqueuedAt,
          priority: 0,
          ...over,
        },
        at,
      )
    },
    accept: (callId: string, agentId: string, at: DurationMs) =>
      tell({ type: 'offerAccepted', callId: callId as CallId, agentId: agentId as AgentId }, at),
    fail: (callId: string, agentId: string, outcome: OfferOutcome, at: DurationMs) =>
      tell(
        { type: 'offerFailed', callId: callId as CallId, agentId: agentId as AgentId, outcome },
        at,
      ),
    leave: (callId: string, at: DurationMs) =>
      tell({ type: 'callLeft', callId: callId as CallId }, at),
    findTalk: (callId: string, agentId: string, at: DurationMs) =>
      tell(
        {
          type: 'talkFound',
          callId: callId as CallId,
          agentId: agentId as AgentId,
          queueId: 'sales' as QueueId,
        },
        at,
      ),
    endTalk: (agentId: string, at: DurationMs) =>
      tell({ type: 'talkEnded', agentId: agentId as AgentId }, at),
    endWrapUp: (agentId: string, at: DurationMs) =>
      tell({ type: 'wrapUpEnded', agentId: agentId as AgentId }, at),
    choose: (agentId: string, status: AgentStatus, at: DurationMs) =>
      tell({ type: 'statusChosen', agentId: agentId as AgentId, status }, at),
    pass: (at: DurationMs) => tell({ type: 'timePassed' }, at),
    prolong: (agentId: string, byMs: DurationMs, at: DurationMs) =>
      tell({ type: 'wrapUpProlonged', agentId: agentId as AgentId, byMs }, at),
    /** More is known of a waiting call. */
    changeCall: (callId: string, more: Omit<CallChanged, 'type' | 'callId'>, at: DurationMs) =>
      tell({ type: 'callChanged', callId: callId as CallId, ...more }, at),
    setSkills: (agentId: string, skills: Readonly<Record<string, number>>, at: DurationMs) =>
      tell(
        {
          type: 'skillsSet',
          agentId: agentId as AgentId,
          skills: new Map(Object.entries(skills) as [SkillId, number][]),
        },
        at,
      ),
    /** Changes the settings. What is left out goes back to what the core was started with. */
    change: (settings: Partial<AcdSettings>, at: DurationMs) =>
      tell(
        {
          type: 'settingsChanged',
          settings: { ...plainTenant, queues, agents, ...rules, ...settings },
        },
        at,
      ),
    /** When the core asks to be woken, counted from the start. */
    wakeAt: () => {
      const at = acd.nextWakeAt()
      return at === undefined ? undefined : at - startAt
    },
    state: (agentId: string) => acd.agentState(agentId as AgentId),
  }
}

/** An effect in a few words: `offer c1 to ann`, `ann idle>ringing c1`. */
export function brief(effect: AcdEffect): string {
  switch (effect.type) {
    case 'offer':
      return `offer ${effect.callId} to ${effect.agentIds.join(' ')}`
    case 'withdraw':
      return `withdraw ${effect.callId} from ${effect.agentId}: ${effect.reason}`
    case 'overflow':
      return `overflow ${effect.callId} from ${effect.queueId}: ${effect.reason}`
    case 'actionDue':
      return `action ${effect.name} ${effect.count} for ${effect.callId}`
    case 'scorerFailed':
      return `scorer ${effect.scorer} failed in ${effect.queueId}: ${effect.message}`
    case 'agentChanged': {
      const { agentId, previous, state, status, callId = '' } = effect
      const reason = status.type === 'onBreak' ? ` (${status.reason})` : ''
      return `${agentId} ${previous}>${state}${reason} ${callId}`.trimEnd()
    }
  }
}
