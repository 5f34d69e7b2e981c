import { enterFlowAfterTalk, queueAfterTalk, sendOn, setNext, transferTalk } from './after-talk.ts'
import { refuseAnswer, startTalk, startTalkUnasked } from './answering.ts'
import { remember, takeCall } from './call-context.ts'
import { changeFacts, requeue } from './changing.ts'
import {
  goBack,
  handOverInFlow,
  hangUpInFlow,
  isBack,
  isOut,
  leaveFlow,
  queueFromFlow,
  turnAway,
} from './flow-leaving.ts'
import { hear, leaveForFlow, passTime, tellRun } from './flowing.ts'
import {
  goesOn,
  isCallerLeaving,
  isCancelled,
  isCounted,
  isOfferedLeg,
  isPlaceAlone,
  isSentToFlow,
  isSentToQueue,
  isStandingOffer,
  isStray,
  isTaken,
  isTalkLeg,
  isTalkOffer,
} from './guards.ts'
import { giveUp, handOver, leaveAgain, overflow } from './leaving.ts'
import { unheard, withdrawn } from './offer-end.ts'
import {
  loseAgent,
  missCustomer,
  startDialling,
  startFlow,
  startReached,
  startTalkReached,
} from './outbound.ts'
import { dropOffer, endLeg, endOffer, loseOffer, missLeg, ring, withdraw } from './ringing.ts'
import { always, call, on } from './steps.ts'
import { carryOn, complete, dismiss, hold, part, releaseAgent, resume } from './talking.ts'
import {
  beginKnown,
  beginSuspended,
  beginWaiting,
  dropStray,
  noteFacts,
  queueUp,
  reportAction,
  restore,
  suspend,
  wait,
} from './waiting.ts'

const letGoFromFlow = on(['joined', 'leftPark'], (context, { at }) => handOverInFlow(context, at))
const letGo = on(['joined', 'leftPark', 'offerEnded'], (context, { at }) => handOver(context, at))
const agentLost = on(['callerGone', 'leftPark'], (context, { at }) =>
  loseAgent(context, withdrawn, at),
)
const refuse = on('joined', refuseAnswer)
const forgetStray = on(['agentLegGone', 'legMissing'], (context, { legId }) =>
  dropStray(context, legId),
)
const remark = always((context) => ({ effects: [takeCall(context)] }))

/** In a flow, whether its switch is there or away: of the offer that stood when it began, and of the caller's end. */
const ofCallInFlow = {
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
} as const

/**
 * Life of one call, from entering a queue to the last hang-up.
 *
 * The machine performs nothing: every effect is an emitted {@link CallEffect}, and
 * time is what each event says. It holds no timer: deadlines are the core's.
 */
export const callMachine = call.createMachine({
  id: 'call',
  context: ({ input }) => remember(input),
  initial: 'starting',
  on: {
    // Of what was said to a caller who is at something else by now.
    promptEnded: {},
    digitsCollected: {},
    promptRefused: {},
    timePassed: {},
    '*': { actions: call.emit(({ event }) => ({ type: 'ignore', event: event.type })) },
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
          guard: ({ context }) => context.dialled?.isAgentFirst === true,
          target: 'dialling',
          actions: always(startDialling),
        },
        {
          guard: ({ context }) => context.dialled !== undefined && context.begins === undefined,
          target: 'waiting',
          actions: always(startReached),
        },
        {
          guard: ({ context }) => context.begins !== undefined,
          target: 'inFlow',
          actions: always(startFlow),
        },
        { guard: ({ context }) => context.holdUntil !== undefined, target: 'heldBack' },
        { target: 'waiting', actions: always((context) => queueUp(context, context.at)) },
      ],
    },
    /** Whoever classifies calls may say what it needs before it waits. */
    heldBack: {
      on: {
        changed: [
          { guard: isPlaceAlone, actions: on('changed', noteFacts) },
          { target: 'waiting', actions: on('changed', beginKnown) },
        ],
        timePassed: {
          target: 'waiting',
          actions: on('timePassed', (context, { at }) => beginWaiting(context, at)),
        },
        joined: { target: 'gone', actions: letGo },
        leftPark: { target: 'gone', actions: letGo },
        callerGone: { target: 'gone', actions: on('callerGone', giveUp) },
        foundUnmarked: {},
        cutOff: {
          target: 'cutOff',
          actions: on('cutOff', (context, { at }) => beginSuspended(context, at)),
        },
      },
    },
    /** The agent is on the line; the customer's phone rings. */
    dialling: {
      on: {
        joined: { guard: isCounted, target: 'talking', actions: on('joined', startTalkReached) },
        offerEnded: {
          guard: isStandingOffer,
          target: 'leaving',
          actions: on('offerEnded', (context, event) => missCustomer(context, event, event.at)),
        },
        offerRefused: {
          target: 'leaving',
          actions: on('offerRefused', (context, { cause, at }) =>
            missCustomer(context, { outcome: 'failed', cause }, at),
          ),
        },
        offerVanished: {
          target: 'leaving',
          actions: on('offerVanished', (context, { at }) => missCustomer(context, unheard, at)),
        },
        withdrawn: {
          target: 'leaving',
          actions: on('withdrawn', (context, { at }) => missCustomer(context, withdrawn, at)),
        },
        callerGone: { target: 'gone', actions: agentLost },
        leftPark: { target: 'gone', actions: agentLost },
        // The end of the offer says it.
        agentLegGone: {},
        parted: {},
        foundUnmarked: { actions: remark },
      },
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
            actions: call.emit({ type: 'reconcile' }),
          },
          {
            guard: isStandingOffer,
            actions: on('offerEnded', (context, event) => endOffer(context, event, event.at)),
          },
        ],
        offerRefused: {
          guard: isStandingOffer,
          actions: on('offerRefused', (context, { cause, at }) =>
            endOffer(context, { outcome: 'failed', cause }, at),
          ),
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
        nextSet: { actions: on('nextSet', setNext) },
        transferAsked: { actions: on('transferAsked', transferTalk) },
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
        ...ofCallInFlow,
        legMissing: { actions: always(dropOffer) },
        cutOff: { target: 'flowCutOff' },
      },
    },
    /** Its switch is away: the flow waits, and says its last words again when the switch is back. */
    flowCutOff: {
      on: {
        ...ofCallInFlow,
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
          {
            guard: (asked) => isTalkOffer(asked) && goesOn(asked, 'flow'),
            target: 'inFlow',
            actions: on('offerEnded', (context, { at }) => enterFlowAfterTalk(context, at)),
          },
          {
            guard: (asked) => isTalkOffer(asked) && goesOn(asked, 'queue'),
            target: 'waiting',
            actions: on('offerEnded', (context, { at }) => queueAfterTalk(context, at)),
          },
          { guard: isTalkOffer, actions: always(dismiss) },
        ],
        offerVanished: [
          {
            guard: (asked) => goesOn(asked, 'flow'),
            target: 'inFlow',
            actions: on('offerVanished', (context, { at }) => enterFlowAfterTalk(context, at)),
          },
          {
            guard: (asked) => goesOn(asked, 'queue'),
            target: 'waiting',
            actions: on('offerVanished', (context, { at }) => queueAfterTalk(context, at)),
          },
          { actions: always(dismiss) },
        ],
        legMissing: { actions: forgetStray },
        nextSet: { actions: on('nextSet', setNext) },
        sentOn: { actions: on('sentOn', sendOn) },
        transferAsked: { actions: on('transferAsked', transferTalk) },
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
