import type { AgentState, AgentStatus } from '../catalogue/agent.ts'
import type { AgentId, CallId, DurationMs, EpochMs, QueueId } from '../catalogue/ids.ts'
import { SwitchyardError } from '../errors.ts'
import { hasReady } from './choose.ts'
import { Deadlines } from './deadlines.ts'
import type { AcdEffect, AcdEvent } from './event.ts'
import { type Agent, isOffered } from './groups.ts'
import { Listing } from './listing.ts'
import { MatchIndex } from './match-index.ts'
import { Offers } from './offers.ts'
import { Forecast, type Outlook } from './outlook.ts'
import type { Shared } from './ports.ts'
import { groupOf } from './queue-state.ts'
import { Recorder } from './recorder.ts'
import { stepAfter } from './requirement.ts'
import { Roster } from './roster.ts'
import { levelByTime } from './schedule.ts'
import { Scoring } from './scoring.ts'
import type { AcdSettings } from './settings.ts'
import type { AcdSnapshot } from './snapshot.ts'
import { Staffing } from './staffing.ts'
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
 * O(groups that meet in a queue + log n); no event looks at all calls or all agents
 * but a change of the settings.
 */
export class Acd {
  readonly #time: SteadyTime
  readonly #deadlines = new Deadlines()
  readonly #shared: Shared
  readonly #room: WaitingRoom
  readonly #roster: Roster
  readonly #staffing: Staffing
  readonly #offers: Offers
  readonly #recorder: Recorder
  readonly #forecast = new Forecast()
  #effects: AcdEffect[] = []

  constructor(settings: AcdSettings, now: EpochMs, snapshot?: AcdSnapshot) {
    const { queues, agents } = settings
    this.#time = new SteadyTime(now, snapshot?.aheadMs)
    this.#shared = {
      index: new MatchIndex(queues),
      deadlines: this.#deadlines,
      time: this.#time,
      rules: settings,
      emit: (effect) => {
        this.#effects.push(effect)
      },
    }
    const shared = this.#shared
    const listing = new Listing({ shared, findAgent: (agentId) => this.#roster.get(agentId) })
    this.#room = new WaitingRoom({
      shared,
      listing,
      onChange: (call) => this.#offers.serveCall(call),
    })
    this.#staffing = new Staffing({
      index: shared.index,
      onDeserted: (queue) => this.#room.timers.startUnstaffed(queue),
      onStaffed: (queue) => this.#room.timers.endUnstaffed(queue),
      relist: (call) => listing.relist(call),
      serveAgent: (agent) => this.#offers.serveAgent(agent),
      serveCall: (call) => this.#offers.serveCall(call),
    })
    this.#roster = new Roster({
      shared,
      staffing: this.#staffing,
      onReady: (agent) => this.#offers.serveAgent(agent),
    })
    const scoring = new Scoring(shared)
    this.#recorder = new Recorder(shared, scoring)
    this.#offers = new Offers({
      shared,
      room: this.#room,
      listing,
      roster: this.#roster,
      recorder: this.#recorder,
      scoring,
      onStart: (call) => this.#forecast.noteStart(call, this.#time.now),
    })
    if (snapshot === undefined) {
      for (const agent of agents) {
        this.#roster.add(agent)
      }
    } else {
      this.#restore(settings, snapshot)
    }
  }

  /**
   * A core that goes on where another was, in every effect and instant.
   *
   * @param settings those the other had
   */
  static restore(settings: AcdSettings, snapshot: AcdSnapshot): Acd {
    return new Acd(settings, snapshot.wallAt, snapshot)
  }

  /** All it has learnt. O(calls + agents). */
  snapshot(): AcdSnapshot {
    const { wallAt, aheadMs } = this.#time
    return {
      wallAt,
      aheadMs,
      roster: this.#roster.save(),
      room: this.#room.save(),
      paces: this.#forecast.save(),
      offers: this.#recorder.offers,
    }
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
    if (event.type === 'callQueued' && this.#shared.index.queue(event.queueId) === undefined) {
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

  /**
   * What a waiting caller can be told now; undefined for a call that does not wait.
   * Costs a walk over the queue's calls.
   */
  outlook(callId: CallId): Outlook | undefined {
    const call = this.#room.get(callId)
    return call === undefined ? undefined : this.#forecast.outlook(call)
  }

  /**
   * The wait that a call would have to expect that came to this queue now and brought
   * nothing of its own. Undefined while too little is known, or nobody is staffed.
   */
  expectWait(queueId: QueueId): DurationMs | undefined {
    const queue = this.#shared.index.queue(queueId)
    if (queue === undefined) {
      return undefined
    }
    const { ownRequirement } = queue
    const step = stepAfter(ownRequirement.steps, 0)
    const group = groupOf(queue, ownRequirement, step, levelByTime(queue, 0))
    return hasReady(group) ? 0 : this.#forecast.expectWait(queue, queue.calls.size + 1)
  }

  /** How many agents are in each state now. An agent who rests after an offer counts as idle. */
  agentsByState(): Readonly<Record<AgentState, number>> {
    return this.#roster.countByState()
  }

  agentState(agentId: AgentId): AgentState | undefined {
    return this.#roster.get(agentId)?.state
  }

  /** When an agent's wrap-up ends by itself; undefined for one who is in none. */
  wrapUpEndsAt(agentId: AgentId): EpochMs | undefined {
    const agent = this.#roster.get(agentId)
    return agent?.state === 'wrapUp' && agent.deadline !== undefined
      ? this.#time.toWall(agent.deadline.at)
      : undefined
  }

  /** What is known of an agent now. */
  agent(
    agentId: AgentId,
  ): Pick<Agent, 'state' | 'status' | 'skills' | 'callId' | 'queueId'> | undefined {
    return this.#roster.get(agentId)
  }

  #apply(event: AcdEvent): void {
    switch (event.type) {
      case 'callQueued': {
        const call = this.#room.admit(event)
        if (call !== undefined) {
          this.#offers.serveCall(call)
        }
        break
      }
      case 'callChanged': {
        const call = this.#room.get(event.callId)
        if (call !== undefined && call.overflow === undefined) {
          this.#room.change(call, event)
          this.#offers.serveCall(call)
        }
        break
      }
      case 'callReached': {
        const call = this.#room.get(event.callId)
        if (call?.dial !== undefined) {
          this.#offers.reach(call)
        }
        break
      }
      case 'callLeft':
        this.#offers.drop(event.callId)
        break
      case 'settingsChanged':
        this.#changeSettings(event.settings)
        break
      case 'timePassed':
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
        if (agent.state === 'wrapUp') {
          this.#roster.free(agent)
        }
        break
      case 'wrapUpProlonged':
        this.#roster.prolongWrapUp(agent, event.byMs)
        break
      case 'statusChosen':
        this.#chooseStatus(agent, event.status)
        break
      case 'skillsSet':
        this.#roster.setSkills(agent, event.skills)
        this.#offers.serveAgent(agent)
        break
    }
  }

  /** The switch is right: whatever was meant for this call and this agent is over. */
  #findTalk(agent: Agent, callId: CallId, queueId: QueueId): void {
    if (isOffered(agent) && agent.callId === callId) {
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
    if (agent.state !== 'talking' || !isTheirs) {
      return
    }
    const { queueId, talkSince } = agent
    const queue = queueId === undefined ? undefined : this.#shared.index.queue(queueId)
    if (queue !== undefined && talkSince !== undefined) {
      const spanMs = this.#time.now - talkSince + this.#roster.wrapUpOf(agent)
      this.#forecast.noteHandled(queue, spanMs)
    }
    this.#roster.startWrapUp(agent)
  }

  #chooseStatus(agent: Agent, status: AgentStatus): void {
    this.#roster.chooseStatus(agent, status)
    if (isOffered(agent) && status.type !== 'available') {
      this.#offers.recall(agent)
      this.#roster.free(agent)
    }
    this.#staffing.settle(agent)
  }

  #changeSettings(settings: AcdSettings): void {
    const { index } = this.#shared
    const names = new Set(settings.agents.map(({ agentId }) => agentId))
    for (const agent of [...this.#roster.agents]) {
      if (!names.has(agent.agentId)) {
        this.#offers.withdraw(agent)
        this.#roster.remove(agent)
      }
    }
    this.#shared.rules = settings
    this.#room.moveOut()
    this.#roster.moveOut()
    index.replaceQueues(settings.queues)
    this.#roster.moveIn(settings.agents)
    this.#room.moveIn()
    for (const agent of this.#roster.agents) {
      this.#offers.serveAgent(agent)
    }
  }

  #restore({ agents }: AcdSettings, snapshot: AcdSnapshot): void {
    this.#roster.restore(agents, snapshot.roster)
    this.#room.restore(snapshot.room, {
      lease: (call, lease) => this.#offers.holdLease(call, lease),
      apart: (call, agentId, until) => this.#offers.holdApart(call, agentId, until),
    })
    this.#forecast.restore(snapshot.paces)
    this.#recorder.offers = snapshot.offers
  }
}
