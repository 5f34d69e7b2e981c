import { setNext, transferTalk } from './after-talk.ts'
import { startFoundTalk, startTalk } from './answering.ts'
import { changeNeeds, requeue } from './changing.ts'
import { leaveForFlow } from './flowing.ts'
import {
  isActiveLeg,
  isCallerLeaving,
  isCancelled,
  isOfferedLeg,
  isPlaceOnly,
  isSentToFlow,
  isSentToQueue,
  isStandingOffer,
  isStray,
} from './guards.ts'
import { giveUp, leaveAgain, overflow } from './leaving.ts'
import { endMissed, withdrawn } from './offer-end.ts'
import { failDialling, reportDialFailure, startTalkReached } from './outbound.ts'
import { dropOffer, endLeg, endOffer, loseOffer, missLeg, ring, withdraw } from './ringing.ts'
import { forgetStray, handOverCall, refuse, writeMarks } from './shared-actions.ts'
import { always, call, on } from './steps.ts'
import {
  applyChange,
  beginClassified,
  beginSuspended,
  beginWaiting,
  reportAction,
  restore,
  suspend,
  wait,
} from './waiting.ts'

/** States of a call that waits for an agent, or leaves its queue. See the picture in README.md. */

const endDialling = on(['callerGone', 'leftPark'], (context, { at }) =>
  reportDialFailure(context, withdrawn, at),
)

/** Held back until the call is classified or the time is up. */
export const heldBack = call.createStateConfig({
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
})

/** The agent is on the line; the customer's phone rings. */
export const dialling = call.createStateConfig({
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
})

/** In its queue; an agent's phone rings while an offer stands. */
export const waiting = call.createStateConfig({
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
})

/** The switch of a waiting call is disconnected: there, the call goes on waiting, ringing or talking. */
export const cutOff = call.createStateConfig({
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
})

/** Sent away and reported; the switch has not confirmed it yet. */
export const leaving = call.createStateConfig({
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
})
