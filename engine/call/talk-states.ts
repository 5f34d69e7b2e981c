import { enterFlowAfterTalk, queueAfterTalk, sendOn, setNext, transferTalk } from './after-talk.ts'
import {
  continuesWith,
  isCallerLeaving,
  isStray,
  isTakenOver,
  isTalkLeg,
  isTalkOffer,
} from './guards.ts'
import { forgetStray, handOverCall, refuse, writeMarks } from './shared-actions.ts'
import { always, call, on } from './steps.ts'
import { complete, dismiss, hold, part, releaseAgent, resume } from './talking.ts'

/** States of a call in conversation, and after it. See the picture in README.md. */

export const talking = call.createStateConfig({
  on: {
    held: { actions: on('held', (context, { at }) => hold(context, at)) },
    unheld: { actions: on('unheld', (context, { at }) => resume(context, at)) },
    parted: { guard: isTalkLeg, actions: on('parted', part) },
    agentLegGone: [{ guard: isTalkLeg, actions: always(releaseAgent) }, { actions: forgetStray }],
    offerEnded: [
      { guard: isCallerLeaving },
      {
        guard: (asked) => isTalkOffer(asked) && isTakenOver(asked),
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
})

/** The caller has left; the agent is not free until their leg is gone. */
export const agentStays = call.createStateConfig({
  always: { guard: ({ context }) => context.talk?.isAgentOn !== true, target: 'gone' },
  on: {
    agentLegGone: { guard: isTalkLeg, actions: always(releaseAgent) },
    legMissing: { guard: isTalkLeg, actions: always(releaseAgent) },
  },
})
