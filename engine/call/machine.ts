import { initialContext } from './call-context.ts'
import { flowCutOff, inFlow } from './flow-states.ts'
import { startDialling, startFlow, startReached } from './outbound.ts'
import { cutOff, dialling, heldBack, leaving, waiting } from './queue-states.ts'
import { always, call } from './steps.ts'
import { agentStays, talking } from './talk-states.ts'
import { carryOn } from './talking.ts'
import { queueUp } from './waiting.ts'

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
    heldBack,
    dialling,
    waiting,
    inFlow,
    flowCutOff,
    cutOff,
    leaving,
    talking,
    agentStays,
    gone: { type: 'final' },
  },
})
