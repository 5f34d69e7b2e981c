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
import { advanceFlow, handlePromptEvent, handleTimePassed } from './flowing.ts'
import { canJoinFoundQueue, isOfferedLeg, isStray } from './guards.ts'
import { dropOffer } from './ringing.ts'
import { forgetStray, refuse, writeMarks } from './shared-actions.ts'
import { always, call, on } from './steps.ts'
import { applyChange } from './waiting.ts'

/** States of a call that a flow talks to. See the picture in README.md. */

const handOverFromFlow = on(['joined', 'leftPark'], (context, { at }) =>
  handOverInFlow(context, at),
)

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

/** A flow talks to the caller, who is in no queue of the core meanwhile. */
export const inFlow = call.createStateConfig({
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
})

/**
 * The switch of a call in a flow is disconnected: the flow waits, and repeats its last prompt
 * when the switch is back.
 */
export const flowCutOff = call.createStateConfig({
  on: {
    ...ofCallInFlow,
    restored: {
      target: 'inFlow',
      actions: on('restored', (context, { at }) => advanceFlow(context, { type: 'restored', at })),
    },
  },
})
