import { refuseAnswer } from './answering.ts'
import { takeCall } from './call-context.ts'
import { handOver } from './leaving.ts'
import { always, on } from './steps.ts'
import { dropStray } from './waiting.ts'

/** The caller is no longer ours: reports who took them, and releases the agent. */
export const handOverCall = on(['joined', 'leftPark', 'offerEnded'], (context, { at }) =>
  handOver(context, at),
)

/** Hangs up a leg that answered too late. */
export const refuse = on('joined', refuseAnswer)

/** A leg of an earlier offer has ended. */
export const forgetStray = on(['agentLegGone', 'legMissing'], (context, { legId }) =>
  dropStray(context, legId),
)

/** Writes the marks again that the channel has lost. */
export const writeMarks = always((context) => ({ effects: [takeCall(context)] }))
