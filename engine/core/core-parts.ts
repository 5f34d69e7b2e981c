import { AgentStates } from './agent-states.ts'
import { Deadlines } from './deadlines.ts'
import type { AcdEffect } from './event.ts'
import { Listing } from './listing.ts'
import { MatchIndex } from './match-index.ts'
import { Offers } from './offers.ts'
import { Forecast } from './outlook.ts'
import { Recorder } from './recorder.ts'
import { Roster } from './roster.ts'
import { Scoring } from './scoring.ts'
import type { AcdSettings } from './settings.ts'
import type { Shared } from './shared.ts'
import type { AcdSnapshot } from './snapshot.ts'
import { Staffing } from './staffing.ts'
import type { SteadyTime } from './steady-time.ts'
import { WaitingRoom } from './waiting-room.ts'

/** The parts of one core. Each knows the others only by the functions that it is given. */
export interface CoreParts {
  readonly shared: Shared
  readonly room: WaitingRoom
  readonly roster: Roster
  readonly states: AgentStates
  readonly staffing: Staffing
  readonly offers: Offers
  readonly recorder: Recorder
  readonly forecast: Forecast
}

/**
 * Builds the parts of a core and connects them. No agent is in it yet.
 *
 * @param emit called with each effect, in order
 */
export function createParts(
  settings: AcdSettings,
  time: SteadyTime,
  emit: (effect: AcdEffect) => void,
): CoreParts {
  const shared: Shared = {
    index: new MatchIndex(settings.queues),
    deadlines: new Deadlines(),
    time,
    rules: settings,
    emit,
  }
  const forecast = new Forecast()
  const scoring = new Scoring(shared)
  const recorder = new Recorder(shared, scoring)
  const listing = new Listing({ shared, findAgent: (agentId) => roster.get(agentId) })
  const room = new WaitingRoom({ shared, listing, onChange: (call) => offers.serveCall(call) })
  const staffing = new Staffing({
    index: shared.index,
    onDeserted: (queue) => room.timers.startUnstaffed(queue),
    onStaffed: (queue) => room.timers.endUnstaffed(queue),
    relist: (call) => listing.relist(call),
    serveAgent: (agent) => offers.serveAgent(agent),
    serveCall: (call) => offers.serveCall(call),
  })
  const states = new AgentStates({
    shared,
    staffing,
    onReady: (agent) => offers.serveAgent(agent),
  })
  const roster = new Roster({ shared, states })
  const offers = new Offers({
    shared,
    room,
    listing,
    roster,
    states,
    recorder,
    scoring,
    onStart: (call) => forecast.noteStart(call, time.now),
  })
  return { shared, room, roster, states, staffing, offers, recorder, forecast }
}

/** The whole state of the parts. O(calls + agents). */
export function saveParts({ shared, roster, room, forecast, recorder }: CoreParts): AcdSnapshot {
  const { wallAt, aheadMs } = shared.time
  return {
    wallAt,
    aheadMs,
    roster: roster.save(),
    room: room.save(),
    paces: forecast.save(),
    offers: recorder.offers,
  }
}

/** Brings parts in which nobody is yet to the state of a snapshot taken under the same settings. */
export function restoreParts(
  { roster, room, offers, forecast, recorder }: CoreParts,
  { agents }: AcdSettings,
  snapshot: AcdSnapshot,
): void {
  roster.restore(agents, snapshot.roster)
  room.restore(snapshot.room, {
    lease: (call, lease) => offers.holdLease(call, lease),
    apart: (call, agentId, until) => offers.holdApart(call, agentId, until),
  })
  forecast.restore(snapshot.paces)
  recorder.offers = snapshot.offers
}
