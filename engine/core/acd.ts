import type { AgentState } from '../catalogue/agent.ts'
import type { AgentId, CallId, DurationMs, EpochMs, QueueId } from '../catalogue/ids.ts'
import { SwitchyardError } from '../errors.ts'
import { applyEvent } from './apply-event.ts'
import { type CoreParts, createParts, restoreParts, saveParts } from './core-parts.ts'
import type { AcdEffect, AcdEvent } from './event.ts'
import type { Agent } from './groups.ts'
import type { Outlook } from './outlook.ts'
import type { AcdSettings } from './settings.ts'
import type { AcdSnapshot } from './snapshot.ts'
import { SteadyTime } from './steady-time.ts'

/** How full a queue is. */
export interface QueueDepth {
  /** Calls that wait, those on offer included. */
  readonly waiting: number
  /** Since when the longest of them has been waiting. */
  readonly oldestAt: EpochMs | undefined
}

/**
 * Distributes the calls of one tenant to its agents.
 *
 * Pure: it reads no clock, does no I/O and draws no random number. The same events at the same
 * instants give the same effects. An event costs O(groups in a queue + log n). No event but a
 * change of the settings looks at all calls or all agents.
 */
export class Acd {
  readonly #time: SteadyTime
  readonly #parts: CoreParts
  #effects: AcdEffect[] = []

  constructor(settings: AcdSettings, now: EpochMs, snapshot?: AcdSnapshot) {
    this.#time = new SteadyTime(now, snapshot?.aheadMs)
    this.#parts = createParts(settings, this.#time, (effect) => {
      this.#effects.push(effect)
    })
    if (snapshot === undefined) {
      for (const agent of settings.agents) {
        this.#parts.roster.add(agent)
      }
    } else {
      restoreParts(this.#parts, settings, snapshot)
    }
  }

  /**
   * A core that continues where another one stopped, in every effect and instant.
   *
   * @param settings those of the other core
   */
  static restore(settings: AcdSettings, snapshot: AcdSnapshot): Acd {
    return new Acd(settings, snapshot.wallAt, snapshot)
  }

  /** The whole state of this core. O(calls + agents). */
  snapshot(): AcdSnapshot {
    return saveParts(this.#parts)
  }

  /**
   * Takes an event and returns what has to be done. Deadlines up to `now` are reached first, so an
   * answer that comes too late is refused. A `now` before the last one is a clock that was set
   * back: spans already begun still last as long as they should.
   *
   * Events about calls and agents that the core does not know are ignored: the switch may report
   * something that has just ended.
   *
   * @returns the effects, in order
   * @throws SwitchyardError `SY_QUEUE_UNKNOWN` for a call queued in a queue that does not exist;
   *   nothing has changed then
   */
  handle(event: AcdEvent, now: EpochMs): readonly AcdEffect[] {
    const { index, deadlines } = this.#parts.shared
    if (event.type === 'callQueued' && index.queue(event.queueId) === undefined) {
      throw new SwitchyardError('SY_QUEUE_UNKNOWN', `no queue ${event.queueId}`)
    }
    this.#time.read(now)
    deadlines.reachUntil(this.#time.now)
    applyEvent(this.#parts, event)
    const effects = this.#effects
    this.#effects = []
    return effects
  }

  /**
   * When to call {@link handle} with `timePassed` if nothing happens before. It may be in the past:
   * a call adopted after a restart may already be over its limit on waiting.
   */
  nextWakeAt(): EpochMs | undefined {
    const at = this.#parts.shared.deadlines.nextAt()
    return at === undefined ? undefined : this.#time.toWall(at)
  }

  /** O(calls in the queue): for metrics, not for the hot path. */
  depth(queueId: QueueId): QueueDepth {
    const { waiting, oldestAt } = this.#parts.room.measure(queueId)
    return { waiting, oldestAt: oldestAt === undefined ? undefined : this.#time.toWall(oldestAt) }
  }

  /** Whether a call waits and no agent is being rung for it. */
  isUnserved(callId: CallId): boolean {
    return this.#parts.room.get(callId)?.offeredTo.length === 0
  }

  /**
   * What a waiting caller can be told now; undefined for a call that does not wait. O(calls in the
   * queue).
   */
  outlook(callId: CallId): Outlook | undefined {
    const { room, forecast } = this.#parts
    const call = room.get(callId)
    return call === undefined ? undefined : forecast.outlook(call)
  }

  /**
   * The wait that a call without needs of its own would have to expect if it came to this queue
   * now. Undefined while too little is known, or nobody is staffed.
   */
  expectWait(queueId: QueueId): DurationMs | undefined {
    const { shared, forecast } = this.#parts
    const queue = shared.index.queue(queueId)
    return queue === undefined ? undefined : forecast.expectNewcomer(queue)
  }

  /** How many agents are in each state now. An agent who rests after an offer counts as idle. */
  agentsByState(): Readonly<Record<AgentState, number>> {
    return this.#parts.states.count()
  }

  agentState(agentId: AgentId): AgentState | undefined {
    return this.#parts.roster.get(agentId)?.state
  }

  /** When an agent's wrap-up ends by itself; undefined for an agent who is not in wrap-up. */
  wrapUpEndsAt(agentId: AgentId): EpochMs | undefined {
    const agent = this.#parts.roster.get(agentId)
    return agent?.state === 'wrapUp' && agent.deadline !== undefined
      ? this.#time.toWall(agent.deadline.at)
      : undefined
  }

  /** What is known of an agent now. */
  agent(
    agentId: AgentId,
  ): Pick<Agent, 'state' | 'status' | 'skills' | 'callId' | 'queueId'> | undefined {
    return this.#parts.roster.get(agentId)
  }
}
