import { SwitchyardError } from '../errors.ts'
import { Deadlines } from './deadlines.ts'
import type { AcdEffect, AcdEvent, AgentState } from './event.ts'
import type { Agent } from './groups.ts'
import type { AgentId, CallId, EpochMs, QueueId } from './ids.ts'
import { MatchIndex } from './match-index.ts'
import { Offers } from './offers.ts'
import { Roster } from './roster.ts'
import type { AcdSettings, AgentStatus } from './settings.ts'
import { SteadyTime } from './steady-time.ts'
import { WaitingRoom } from './waiting-room.ts'

/** How full a queue is. */
export interface QueueDepth {
  /** Calls that wait, those on offer included. */
  readonly waiting: number
  /** Since when the longest of them waits. */
  readonly oldestAt: EpochMs | undefined
}

/**
 * Distributes the calls of one tenant to its agents.
 *
 * Pure: it reads no clock, does no I/O and draws no random number. The same
 * events at the same instants give the same effects. Each event costs
 * O(groups that suit + log n); no event looks at all calls or all agents.
 */
export class Acd {
  readonly #time: SteadyTime
  readonly #deadlines = new Deadlines()
  readonly #room: WaitingRoom
  readonly #roster: Roster
  readonly #offers: Offers
  #effects: AcdEffect[] = []

  constructor({ queues, agents }: AcdSettings, now: EpochMs) {
    this.#time = new SteadyTime(now)
    const shared = {
      index: new MatchIndex(),
      deadlines: this.#deadlines,
      time: this.#time,
      emit: (effect: AcdEffect) => {
        this.#effects.push(effect)
      },
    }
    this.#room = new WaitingRoom(queues, shared)
    this.#roster = new Roster(agents, {
      ...shared,
      onReady: (agent) => this.#offers.serveAgent(agent),
    })
    this.#offers = new Offers({ ...shared, room: this.#room, roster: this.#roster })
  }

  /**
   * Takes a fact and says what shall be done. Deadlines up to `now` are reached
   * first, so an answer that comes too late is refused. A `now` before the last
   * one is a clock set back: spans already begun still end after their length.
   *
   * Facts about calls and agents it does not know are ignored: the switch may
   * speak of what has just ended.
   *
   * @returns the wishes that follow, in order
   * @throws SwitchyardError `SY_QUEUE_UNKNOWN`, with nothing changed, for a call
   *   queued where there is no such queue
   */
  handle(event: AcdEvent, now: EpochMs): readonly AcdEffect[] {
    if (event.type === 'callQueued' && !this.#room.hasQueue(event.queueId)) {
      throw new SwitchyardError('SY_QUEUE_UNKNOWN', `no queue ${event.queueId}`)
    }
    this.#time.read(now)
    this.#deadlines.reachUntil(this.#time.now)
    this.#apply(event)
    const effects = this.#effects
    this.#effects = []
    return effects
  }

  /**
   * When {@link handle} wants to be called with `timePassed`, if nothing happens
   * before. It may have passed already: a call adopted beyond its limit on waiting.
   */
  nextWakeAt(): EpochMs | undefined {
    const at = this.#deadlines.nextAt()
    return at === undefined ? undefined : this.#time.toWall(at)
  }

  /** Costs a walk over the queue's calls: for metrics, not for the hot path. */
  depth(queueId: QueueId): QueueDepth {
    const { waiting, oldestAt } = this.#room.measure(queueId)
    return { waiting, oldestAt: oldestAt === undefined ? undefined : this.#time.toWall(oldestAt) }
  }

  /** Whether a call waits and no agent is being rung for it. */
  isUnserved(callId: CallId): boolean {
    return this.#room.get(callId)?.offeredTo.length === 0
  }

  /** How many agents are in each state now. An agent who rests after an offer counts as idle. */
  agentsByState(): Readonly<Record<AgentState, number>> {
    return this.#roster.countByState()
  }

  agentState(agentId: AgentId): AgentState | undefined {
    return this.#roster.get(agentId)?.state
  }

  #apply(event: AcdEvent): void {
    switch (event.type) {
      case 'callQueued':
        this.#queueCall(event)
        break
      case 'callLeft':
        this.#offers.drop(event.callId)
        break
      case 'timePassed':
      case 'callChanged':
      case 'settingsChanged':
        break
      default: {
        const agent = this.#roster.get(event.agentId)
        if (agent !== undefined) {
          this.#applyToAgent(agent, event)
        } else if (event.type === 'talkFound') {
          this.#offers.drop(event.callId)
        }
      }
    }
  }

  #applyToAgent(agent: Agent, event: Extract<AcdEvent, { agentId: AgentId }>): void {
    switch (event.type) {
      case 'offerAccepted':
        this.#offers.accept(event.callId, agent)
        break
      case 'offerFailed':
        this.#offers.fail(event.callId, agent, event.outcome)
        break
      case 'talkFound':
        this.#findTalk(agent, event.callId, event.queueId)
        break
      case 'talkEnded':
        this.#endTalk(agent, event.callId)
        break
      case 'wrapUpEnded':
        this.#endWrapUp(agent)
        break
      case 'statusChosen':
        this.#chooseStatus(agent, event.status)
        break
    }
  }

  #queueCall(event: Extract<AcdEvent, { type: 'callQueued' }>): void {
    const call = this.#room.admit(event)
    if (call !== undefined) {
      this.#offers.serveCall(call)
    }
  }

  /** The switch is right: whatever was meant for this call and this agent is over. */
  #findTalk(agent: Agent, callId: CallId, queueId: QueueId): void {
    if (agent.state === 'ringing' && agent.callId === callId) {
      this.#offers.accept(callId, agent)
      return
    }
    this.#offers.drop(callId)
    if (agent.state !== 'talking') {
      this.#offers.recall(agent)
      this.#roster.startTalk(agent, callId, queueId)
    }
  }

  #endTalk(agent: Agent, callId: CallId | undefined): void {
    const isTheirs = callId === undefined || callId === agent.callId
    if (agent.state === 'talking' && isTheirs) {
      const queue = agent.queueId === undefined ? undefined : this.#room.settingsOf(agent.queueId)
      this.#roster.startWrapUp(agent, queue?.wrapUpMs ?? 0)
    }
  }

  #endWrapUp(agent: Agent): void {
    if (agent.state === 'wrapUp') {
      this.#roster.free(agent)
    }
  }

  #chooseStatus(agent: Agent, status: AgentStatus): void {
    this.#roster.chooseStatus(agent, status)
    if (agent.state === 'ringing' && status.type !== 'available') {
      this.#offers.recall(agent)
      this.#roster.free(agent)
    }
  }
}
