import { assertEvent, setup } from 'xstate'
import { offerOutcome } from '../switch/cause.ts'
import { refuseAnswer, startTalk, startTalkUnasked } from './answering.ts'
import type { CallContext, Of, Step } from './call-context.ts'
import { counted, noOffer, takeCall } from './call-context.ts'
import type { CallEffect, CallEvent, CallInput } from './call-event.ts'
import { changeFacts, requeue } from './changing.ts'
import {
  canQueue,
  goBack,
  handOverInFlow,
  hangUpInFlow,
  isBack,
  isOut,
  leaveFlow,
  noteFacts,
  queueFromFlow,
  turnAway,
} from './flow-leaving.ts'
import { enterFlow, hear, leaveForFlow, passTime, tellRun } from './flowing.ts'
import { giveUp, handOver, leaveAgain, overflow, wayOut } from './leaving.ts'
import { dropOffer, endLeg, endOffer, loseOffer, missLeg, ring, withdraw } from './ringing.ts'
import { carryOn, complete, dismiss, hold, part, releaseAgent, resume } from './talking.ts'
import { dropStray, queueUp, reportAction, restore, suspend, wait } from './waiting.ts'

type EventType = CallEvent['type']

const call = setup({
  types: {
    context: {} as CallContext,
    events: {} as CallEvent,
    emitted: {} as CallEffect,
    input: {} as CallInput,
  },
})

/** Runs a step on the event of its transition: changes the call, then emits its wishes in order. */
function on<T extends EventType>(
  types: T | readonly T[],
  step: (context: CallContext, event: Of<T>) => Step,
) {
  return call.enqueueActions(({ context, event, enqueue }) => {
    assertEvent(event, types)
    perform(step(context, event as unknown as Of<T>), enqueue)
  })
}

/** Runs a step that any event, also the first, may lead to. */
function always(step: (context: CallContext) => Step) {
  return call.enqueueActions(({ context, enqueue }) => perform(step(context), enqueue))
}

function perform(
  { change, effects = [] }: Step,
  enqueue: { assign(change: Partial<CallContext>): void; emit(effect: CallEffect): void },
): void {
  if (change !== undefined) {
    enqueue.assign(change)
  }
  for (const effect of effects) {
    enqueue.emit(effect)
  }
}

interface Asked<T extends EventType> {
  readonly context: CallContext
  readonly event: Of<T>
}

const isStandingOffer = ({ context, event }: Asked<'offerEnded' | 'offerRefused'>): boolean =>
  context.standing?.offerId === event.offerId
const isOfferedLeg = ({ context, event }: Asked<'joined'>): boolean =>
  context.standing?.legs.some(({ legId }) => legId === event.legId) ?? false
const isCounted = ({ context, event }: Asked<'joined'>): boolean =>
  counted(context).some(({ legId }) => legId === event.legId)
const isStray = ({ context, event }: Asked<'joined'>): boolean =>
  context.strays.includes(event.legId)
const isTalkLeg = ({
  context,
  event,
}: Asked<'parted' | 'agentLegGone' | 'legMissing' | 'joined'>): boolean =>
  context.talk?.legId === event.legId
const isTalkOffer = ({ context, event }: Asked<'offerEnded'>): boolean =>
  context.talk?.offerId === undefined || context.talk.offerId === event.offerId
const isCallerLeaving = ({ event }: Asked<'offerEnded'>): boolean => event.isCallerGone
const isCancelled = ({ context, event }: Asked<'offerEnded'>): boolean =>
  counted(context).length > 0 && offerOutcome(event.disposition) === 'withdrawn'

const isSentToQueue = ({ context, event }: Asked<'givenUp'>): boolean =>
  wayOut(context, event).type === 'queue'

const isSentToFlow = ({ context, event }: Asked<'givenUp'>): boolean =>
  wayOut(context, event).type === 'flow'
const isTaken = ({ context, event }: Asked<'queueFound'>): boolean => canQueue(context, event)

const letGoFromFlow = on(['joined', 'leftPark'], (context, { at }) => handOverInFlow(context, at))
const letGo = on(['joined', 'leftPark', 'offerEnded'], (context, { at }) => handOver(context, at))
const refuse = on('joined', refuseAnswer)
const forgetStray = on('agentLegGone', (context, { legId }) => dropStray(context, legId))
const remark = always((context) => ({ effects: [takeCall(context)] }))

/**
 * Life of one call, from entering a queue to the last hang-up.
 *
 * The machine performs nothing: every wish is an emitted {@link CallEffect}, and
 * time is what each event says. It holds no timer: deadlines are the core's.
 */
export const callMachine = call.createMachine({
  id: 'call',
  context: ({ input: { flow: begins, ...input } }) => ({
    begins,
    ...input,
    ...noOffer,
    flow: undefined,
    variables: {},
    isMusicOn: input.found?.isMusicOn ?? false,
    exit: undefined,
    tried: { at: 0, queueIds: [] },
    strays: input.found?.strays ?? [],
    talk:
      input.found?.talk === undefined
        ? undefined
        : {
            ...input.found.talk,
            offerId: undefined,
            heldSince: undefined,
            holdMs: 0,
            isAgentOn: true,
            endedBy: 'switch',
          },
  }),
  initial: 'starting',
  on: {
    // Of what was said to a caller who is at something else by now.
    promptEnded: {},
    digitsCollected: {},
    promptRefused: {},
    timePassed: {},
    '*': { actions: call.emit(({ event }) => ({ type: 'ignore', fact: event.type })) },
  },
  states: {
    starting: {
      always: [
        {
          guard: ({ context }) => context.talk !== undefined,
          target: 'talking',
          actions: always(carryOn),
        },
        {
          guard: ({ context }) => context.begins !== undefined,
          target: 'inFlow',
          actions: always((context) =>
            context.begins === undefined ? {} : enterFlow(context, context.begins, context.at),
          ),
        },
        { target: 'waiting', actions: always((context) => queueUp(context, context.at)) },
      ],
    },
    /** In its queue; while an offer stands, an agent's phone rings. */
    waiting: {
      on: {
        offered: { actions: on('offered', ring) },
        notOffered: { actions: always(wait) },
        withdrawn: { actions: on('withdrawn', withdraw) },
        offerEnded: [
          { guard: isCallerLeaving },
          // Nobody of ours cancelled it: the caller is being taken away, and who does it will be heard.
          {
            guard: (asked) => isStandingOffer(asked) && isCancelled(asked),
            actions: call.emit({ type: 'doubt' }),
          },
          {
            guard: isStandingOffer,
            actions: on('offerEnded', (context, { disposition, at }) =>
              endOffer(context, disposition, at),
            ),
          },
        ],
        offerRefused: {
          guard: isStandingOffer,
          actions: on('offerRefused', (context, { cause, at }) => endOffer(context, cause, at)),
        },
        offerVanished: {
          actions: on('offerVanished', (context, { at }) => loseOffer(context, at)),
        },
        joined: [
          { guard: isCounted, target: 'talking', actions: on('joined', startTalk) },
          { guard: isOfferedLeg, actions: refuse },
          { guard: isStray, actions: refuse },
          // Somebody picked the caller out of the queue by other means.
          { target: 'gone', actions: letGo },
        ],
        // A late answer that was refused, and any offer's own leg, which ends before the offer.
        parted: {},
        agentLegGone: { actions: on('agentLegGone', endLeg) },
        legMissing: { actions: on('legMissing', missLeg) },
        changed: { actions: on('changed', changeFacts) },
        requeued: { actions: on('requeued', requeue) },
        flowAsked: { target: 'inFlow', actions: on('flowAsked', leaveForFlow) },
        actionDue: { actions: on('actionDue', reportAction) },
        givenUp: [
          { guard: isSentToQueue, actions: on('givenUp', overflow) },
          { guard: isSentToFlow, target: 'inFlow', actions: on('givenUp', overflow) },
          { target: 'leaving', actions: on('givenUp', overflow) },
        ],
        leftPark: { target: 'gone', actions: letGo },
        callerGone: { target: 'gone', actions: on('callerGone', giveUp) },
        foundUnmarked: { actions: remark },
        cutOff: {
          target: 'cutOff',
          actions: on('cutOff', (context, { at }) => suspend(context, at)),
        },
      },
    },
    /** A flow talks to the caller, who is in no queue of the core's meanwhile. */
    inFlow: {
      always: [
        { guard: ({ context }) => isBack(context), target: 'waiting', actions: always(goBack) },
        { guard: ({ context }) => isOut(context), target: 'leaving', actions: always(leaveFlow) },
      ],
      on: {
        promptEnded: { actions: on('promptEnded', hear) },
        digitsCollected: { actions: on('digitsCollected', hear) },
        promptRefused: { actions: on('promptRefused', hear) },
        timePassed: { actions: on('timePassed', (context, { at }) => passTime(context, at)) },
        queueFound: [
          { guard: isTaken, target: 'waiting', actions: on('queueFound', queueFromFlow) },
          { target: 'leaving', actions: on('queueFound', turnAway) },
        ],
        changed: { actions: on('changed', noteFacts) },
        // The end of the offer that stood when the flow began.
        offerEnded: { actions: always(dropOffer) },
        offerVanished: { actions: always(dropOffer) },
        joined: [
          { guard: isOfferedLeg, actions: refuse },
          { guard: isStray, actions: refuse },
          { target: 'gone', actions: letGoFromFlow },
        ],
        parted: {},
        agentLegGone: { actions: forgetStray },
        legMissing: { actions: always(dropOffer) },
        withdrawn: {},
        foundUnmarked: { actions: remark },
        leftPark: { target: 'gone', actions: letGoFromFlow },
        callerGone: { target: 'gone', actions: on('callerGone', hangUpInFlow) },
        cutOff: { target: 'flowCutOff' },
      },
    },
    /** Its switch is away: the flow waits, and says its last words again when the switch is back. */
    flowCutOff: {
      on: {
        offerEnded: { actions: always(dropOffer) },
        offerVanished: { actions: always(dropOffer) },
        joined: [
          { guard: isOfferedLeg, actions: refuse },
          { guard: isStray, actions: refuse },
          { target: 'gone', actions: letGoFromFlow },
        ],
        parted: {},
        agentLegGone: { actions: forgetStray },
        withdrawn: {},
        foundUnmarked: { actions: remark },
        leftPark: { target: 'gone', actions: letGoFromFlow },
        callerGone: { target: 'gone', actions: on('callerGone', hangUpInFlow) },
        restored: {
          target: 'inFlow',
          actions: on('restored', (context, { at }) => tellRun(context, { type: 'restored', at })),
        },
      },
    },
    /** Its switch is away: on the switch it waits, rings or talks as before. */
    cutOff: {
      on: {
        // The core's answer to our leaving its queue.
        withdrawn: {},
        offerEnded: [
          { guard: isCallerLeaving },
          { guard: isStandingOffer, actions: always(dropOffer) },
        ],
        offerVanished: { actions: always(dropOffer) },
        joined: [
          { guard: isOfferedLeg, target: 'talking', actions: on('joined', startTalkUnasked) },
          { guard: isStray, actions: refuse },
          { target: 'gone', actions: letGo },
        ],
        parted: {},
        agentLegGone: { actions: forgetStray },
        leftPark: { target: 'gone', actions: letGo },
        callerGone: { target: 'gone', actions: on('callerGone', giveUp) },
        foundUnmarked: { actions: remark },
        restored: { target: 'waiting', actions: always(restore) },
      },
    },
    /** Overflowed: reported and sent away, and not gone yet. */
    leaving: {
      on: {
        offerEnded: { actions: always(dropOffer) },
        offerVanished: { actions: always(dropOffer) },
        joined: { actions: refuse },
        parted: {},
        agentLegGone: { actions: forgetStray },
        legMissing: { actions: always(dropOffer) },
        withdrawn: {},
        notOffered: {},
        changed: {},
        foundUnmarked: {},
        leftPark: { target: 'gone' },
        callerGone: { target: 'gone' },
        restored: { actions: always(leaveAgain) },
      },
    },
    talking: {
      on: {
        held: { actions: on('held', (context, { at }) => hold(context, at)) },
        unheld: { actions: on('unheld', (context, { at }) => resume(context, at)) },
        parted: { guard: isTalkLeg, actions: on('parted', part) },
        agentLegGone: [
          { guard: isTalkLeg, actions: always(releaseAgent) },
          { actions: forgetStray },
        ],
        offerEnded: [
          { guard: isCallerLeaving },
          {
            guard: (asked) => isTalkOffer(asked) && asked.event.isTransferred,
            target: 'agentStays',
            actions: letGo,
          },
          { guard: isTalkOffer, actions: always(dismiss) },
        ],
        offerVanished: { actions: always(dismiss) },
        joined: [
          { guard: isTalkLeg },
          { guard: isStray, actions: refuse },
          { target: 'agentStays', actions: letGo },
        ],
        // Those who lost the race for the call.
        withdrawn: {},
        leftPark: { target: 'agentStays', actions: letGo },
        callerGone: {
          target: 'agentStays',
          actions: on('callerGone', (context, { at }) => complete(context, at)),
        },
        foundUnmarked: { actions: remark },
      },
    },
    /** The caller is no longer ours; the agent is not free while their leg lives. */
    agentStays: {
      always: { guard: ({ context }) => context.talk?.isAgentOn !== true, target: 'gone' },
      on: {
        agentLegGone: { guard: isTalkLeg, actions: always(releaseAgent) },
        legMissing: { guard: isTalkLeg, actions: always(releaseAgent) },
      },
    },
    gone: { type: 'final' },
  },
})
