import { enterFlowAfterTalk, queueAfterTalk, sendOn, setNext, transferTalk } from './after-talk.ts'
import { refuseAnswer, startFoundTalk, startTalk } from './answering.ts'
import { initialContext, takeCall } from './call-context.ts'
import { changeNeeds, requeue } from './changing.ts'
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
import { advanceFlow, handlePromptEvent, handleTimePassed, leaveForFlow } from './flowing.ts'
import {
  canJoinFoundQueue,
  continuesWith,
  isActiveLeg,
  isCallerLeaving,
  isCancelled,
  isOfferedLeg,
  isPlaceOnly,
  isSentToFlow,
  isSentToQueue,
  isStandingOffer,
  isStray,
  isTalkLeg,
  isTalkOffer,
} from './guards.ts'
import { giveUp, handOver, leaveAgain, overflow } from './leaving.ts'
import { endMissed, withdrawn } from './offer-end.ts'
import {
  failDialling,
  reportDialFailure,
  startDialling,
  startFlow,
  startReached,
  startTalkReached,
} from './outbound.ts'
import { dropOffer, endLeg, endOffer, loseOffer, missLeg, ring, withdraw } from './ringing.ts'
import { always, call, on } from './steps.ts'
import { carryOn, complete, dismiss, hold, part, releaseAgent, resume } from './talking.ts'
import {
  applyChange,
  beginClassified,
  beginSuspended,
  beginWaiting,
  dropStray,
  queueUp,
  reportAction,
  restore,
  suspend,
  wait,
} from './waiting.ts'

const handOverFromFlow = on(['joined', 'leftPark'], (context, { at }) =>
  handOverInFlow(context, at),
)
const handOverCall = on(['joined', 'leftPark', 'offerEnded'], (context, { at }) =>
  handOver(context, at),
)
const endDialling = on(['callerGone', 'leftPark'], (context, { at }) =>
  reportDialFailure(context, withdrawn, at),
)
const refuse = on('joined', refuseAnswer)
const forgetStray = on(['agentLegGone', 'legMissing'], (context, { legId }) =>
  dropStray(context, legId),
)
const writeMarks = always((context) => ({ effects: [takeCall(context)] }))

/**
 * Transitions of a call in a flow, with or without a connection to its switch: about the offer that
 * stood when the flow began, and about the caller's end.
 */
const ofCallInFlow = {
  offerEnded: { actions: always(dropOffer) },
  offerVanished: { actions: always(dropOffer) },
  joined: [
    { guard: isOfferedLeg, actions: refuse },
    { guard: isStray, actions: refuse },
    { target: 'gone', actions: handOverFromFlow },
  ],
  parted: {},
  agentLegGone: { actions: forgetStray },
  withdrawn: {},
  foundUnmarked: { actions: writeMarks },
  leftPark: { target: 'gone', actions: handOverFromFlow },
  callerGone: { target: 'gone', actions: on('callerGone', hangUpInFlow) },
} as const

/**
 * The life of one call, from entering a queue or flow to the last hang-up.
 *
 * The machine is pure: every effect is an emitted {@link CallEffect}, the time is the `at` of each
 * event, and there are no timers. The core and the runtime keep the deadlines.
 */
export const callMachine = call.createMachine({
  id: 'call',
  context: ({ input }) => initialContext(input),
  initial: 'starting',
  on: {
    // Late answers to prompts of a flow that the caller has left.
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
          guard: ({ context }) => context.dialled !== undefined && context.firstFlow === undefined,
          target: 'waiting',
          actions: always(startReached),
        },
        {
          guard: ({ context }) => context.firstFlow !== undefined,
          target: 'inFlow',
          actions: always(startFlow),
        },
        { guard: ({ context }) => context.holdUntil !== undefined, target: 'heldBack' },
        { target: 'waiting', actions: always((context) => queueUp(context, context.at)) },
      ],
    },
    /** Held back until the call is classified or the time is up. */
    heldBack: {
      on: {
        changed: [
          { guard: isPlaceOnly, actions: on('changed', applyChange) },
          { target: 'waiting', actions: on('changed', beginClassified) },
        ],
        timePassed: {
          target: 'waiting',
          actions: on('timePassed', (context, { at }) => beginWaiting(context, at)),
        },
        joined: { target: 'gone', actions: handOverCall },
        leftPark: { target: 'gone', actions: handOverCall },
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
        joined: { guard: isActiveLeg, target: 'talking', actions: on('joined', startTalkReached) },
        offerEnded: {
          guard: isStandingOffer,
          target: 'leaving',
          actions: on('offerEnded', (context, event) => failDialling(context, event, event.at)),
        },
        offerRefused: {
          target: 'leaving',
          actions: on('offerRefused', (context, { cause, at }) =>
            failDialling(context, { outcome: 'failed', cause }, at),
          ),
        },
        offerVanished: {
          target: 'leaving',
          actions: on('offerVanished', (context, { at }) => failDialling(context, endMissed, at)),
        },
        withdrawn: {
          target: 'leaving',
          actions: on('withdrawn', (context, { at }) => failDialling(context, withdrawn, at)),
        },
        callerGone: { target: 'gone', actions: endDialling },
        leftPark: { target: 'gone', actions: endDialling },
        // `offerEnded` follows and counts.
        agentLegGone: {},
        parted: {},
        foundUnmarked: { actions: writeMarks },
      },
    },
    /** In its queue; an agent's phone rings while an offer stands. */
    waiting: {
      on: {
        offered: { actions: on('offered', ring) },
        notOffered: { actions: always(wait) },
        withdrawn: { actions: on('withdrawn', withdraw) },
        offerEnded: [
          { guard: isCallerLeaving },
          // Not cancelled by the engine: somebody is moving the caller, and the state of the switch will show where.
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
          { guard: isActiveLeg, target: 'talking', actions: on('joined', startTalk) },
          { guard: isOfferedLeg, actions: refuse },
          { guard: isStray, actions: refuse },
          // Somebody picked the caller up by other means.
          { target: 'gone', actions: handOverCall },
        ],
        // From a late answer that was refused, or from a leg of an offer, which ends before the offer.
        parted: {},
        agentLegGone: { actions: on('agentLegGone', endLeg) },
        legMissing: { actions: on('legMissing', missLeg) },
        changed: { actions: on('changed', changeNeeds) },
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
        leftPark: { target: 'gone', actions: handOverCall },
        callerGone: { target: 'gone', actions: on('callerGone', giveUp) },
        foundUnmarked: { actions: writeMarks },
        cutOff: {
          target: 'cutOff',
          actions: on('cutOff', (context, { at }) => suspend(context, at)),
        },
      },
    },
    /** A flow talks to the caller, who is in no queue of the core meanwhile. */
    inFlow: {
      always: [
        { guard: ({ context }) => isBack(context), target: 'waiting', actions: always(goBack) },
        { guard: ({ context }) => isOut(context), target: 'leaving', actions: always(leaveFlow) },
      ],
      on: {
        promptEnded: { actions: on('promptEnded', handlePromptEvent) },
        digitsCollected: { actions: on('digitsCollected', handlePromptEvent) },
        promptRefused: { actions: on('promptRefused', handlePromptEvent) },
        timePassed: {
          actions: on('timePassed', (context, { at }) => handleTimePassed(context, at)),
        },
        queueFound: [
          { guard: canJoinFoundQueue, target: 'waiting', actions: on('queueFound', queueFromFlow) },
          { target: 'leaving', actions: on('queueFound', turnAway) },
        ],
        changed: { actions: on('changed', applyChange) },
        ...ofCallInFlow,
        legMissing: { actions: always(dropOffer) },
        cutOff: { target: 'flowCutOff' },
      },
    },
    /**
     * The switch of a call in a flow is disconnected: the flow waits, and repeats its last prompt
     * when the switch is back.
     */
    flowCutOff: {
      on: {
        ...ofCallInFlow,
        restored: {
          target: 'inFlow',
          actions: on('restored', (context, { at }) =>
            advanceFlow(context, { type: 'restored', at }),
          ),
        },
      },
    },
    /** The switch of a waiting call is disconnected: there, the call goes on waiting, ringing or talking. */
    cutOff: {
      on: {
        // The core's answer to `callLeft`.
        withdrawn: {},
        offerEnded: [
          { guard: isCallerLeaving },
          { guard: isStandingOffer, actions: always(dropOffer) },
        ],
        offerVanished: { actions: always(dropOffer) },
        joined: [
          { guard: isOfferedLeg, target: 'talking', actions: on('joined', startFoundTalk) },
          { guard: isStray, actions: refuse },
          { target: 'gone', actions: handOverCall },
        ],
        parted: {},
        agentLegGone: { actions: forgetStray },
        leftPark: { target: 'gone', actions: handOverCall },
        callerGone: { target: 'gone', actions: on('callerGone', giveUp) },
        foundUnmarked: { actions: writeMarks },
        restored: { target: 'waiting', actions: always(restore) },
      },
    },
    /** Sent away and reported; the switch has not confirmed it yet. */
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
            actions: handOverCall,
          },
          {
            guard: (asked) => isTalkOffer(asked) && continuesWith(asked, 'flow'),
            target: 'inFlow',
            actions: on('offerEnded', (context, { at }) => enterFlowAfterTalk(context, at)),
          },
          {
            guard: (asked) => isTalkOffer(asked) && continuesWith(asked, 'queue'),
            target: 'waiting',
            actions: on('offerEnded', (context, { at }) => queueAfterTalk(context, at)),
          },
          { guard: isTalkOffer, actions: always(dismiss) },
        ],
        offerVanished: [
          {
            guard: (asked) => continuesWith(asked, 'flow'),
            target: 'inFlow',
            actions: on('offerVanished', (context, { at }) => enterFlowAfterTalk(context, at)),
          },
          {
            guard: (asked) => continuesWith(asked, 'queue'),
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
          { target: 'agentStays', actions: handOverCall },
        ],
        // About the agents who lost the race for the call.
        withdrawn: {},
        leftPark: { target: 'agentStays', actions: handOverCall },
        callerGone: {
          target: 'agentStays',
          actions: on('callerGone', (context, { at }) => complete(context, at)),
        },
        foundUnmarked: { actions: writeMarks },
      },
    },
    /** The caller has left; the agent is not free until their leg is gone. */
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
